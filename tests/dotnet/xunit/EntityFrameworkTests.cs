using Microsoft.EntityFrameworkCore;
using Shop;
using Xunit;

namespace UserImage.XunitTests;

/// <summary>The storage of ffi/dotnet/examples/EntityFrameworkServer, behind the endpoint and by itself.</summary>
public sealed class EntityFrameworkTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("userimage").FullName;

    static EntityFrameworkTests()
    {
        SQLitePCL.Batteries_V2.Init();
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    private Task<Site> StartAsync()
    {
        return Site.StartAsync(kestrel: true, new() { ["storage:memory:base_url"] = null }, builder =>
        {
            builder.Services.AddDbContextFactory<PhotoContext>(options => options.UseSqlite($"Data Source={folder}/photos.db"));
            builder.Services.AddSingleton<IAsyncStorage>(services =>
            {
                var contexts = services.GetRequiredService<IDbContextFactory<PhotoContext>>();
                using PhotoContext context = contexts.CreateDbContext();
                context.Database.EnsureCreated();
                return new PhotoStorage(contexts, "/shop/");
            });
        });
    }

    [Fact]
    public async Task StoresServesListsAndDeletes()
    {
        await using Site site = await StartAsync();
        using HttpClient client = site.Client();
        using (HttpResponseMessage answer = await client.SendAsync(Site.Upload(Site.Photo)))
        {
            string json = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, json);
            Assert.Contains("\"Id\":1,", json, StringComparison.Ordinal);
        }
        StoredImage image = (await site.Uploader.FindAsync(1001, 1))!;
        Assert.Equal(Site.Photo, await client.GetByteArrayAsync(image.OriginalUrl));
        using (var part = new HttpRequestMessage(HttpMethod.Get, image.OriginalUrl))
        {
            part.Headers.Range = new(10, 19);
            using HttpResponseMessage answer = await client.SendAsync(part);
            Assert.Equal(206, (int)answer.StatusCode);
            Assert.Equal(Site.Photo[10..20], await answer.Content.ReadAsByteArrayAsync());
        }
        Assert.Null(await site.Uploader.FindAsync(1002, 1));

        // The same bytes again: another image, with the photo code of the first.
        using (HttpResponseMessage answer = await client.SendAsync(Site.Upload(Site.Photo)))
        {
            Assert.Contains("\"Id\":2,", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal("1", (await site.Uploader.FindAsync(1001, 2))!.PhotoCode);
        ImageList list = await site.Uploader.ListAsync(1001, "12345", 0, 1);
        Assert.Equal((2L, 2L), (list.Total, list.Images.Single().Id));
        var all = new List<long>();
        await foreach (StoredImage one in site.Uploader.ListAllAsync(1001, "12345"))
        {
            all.Add(one.Id);
        }
        Assert.Equal([2, 1], all);
        Assert.True(await site.Uploader.DeleteAsync(1001, 1));
        Assert.False(await site.Uploader.DeleteAsync(1001, 1));
        using HttpResponseMessage gone = await client.GetAsync(image.OriginalUrl);
        Assert.Equal(404, (int)gone.StatusCode);
    }

    [Fact]
    public async Task ManyAtOnceAreAllStored()
    {
        await using Site site = await StartAsync();
        using HttpClient client = site.Client();
        HttpResponseMessage[] answers = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(_ => client.SendAsync(Site.Upload(Site.Photo))));
        Assert.All(answers, answer => Assert.Equal(200, (int)answer.StatusCode));
        Assert.Equal(30, (await site.Uploader.ListAsync(1001, "12345", 0, 1)).Total);
        foreach (HttpResponseMessage answer in answers)
        {
            answer.Dispose();
        }
    }
}
