// The API in ASP.NET Core, with a storage of the shop's own on Entity Framework and SQLite:
//
//     dotnet run -- --urls http://127.0.0.1:8090 --Database photos.db
//     curl 'http://127.0.0.1:8090/shop/api/4/UploadImage/UploadImage?userId=12345' -H 'websiteId: 1001' \
//       -H 'webApiClientKey: abc123' -F postedFile=@photo.jpg
using Microsoft.EntityFrameworkCore;
using Shop;
using UserImage;

SQLitePCL.Batteries_V2.Init();
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddDbContextFactory<PhotoContext>(options =>
    options.UseSqlite("Data Source=" + (builder.Configuration["Database"] ?? "photos.db")));
builder.Services.AddSingleton<IAsyncStorage>(services =>
    new PhotoStorage(services.GetRequiredService<IDbContextFactory<PhotoContext>>(), "/shop/"));
builder.Services.AddUserImage(options => options.Configuration = """
    {"authentication": "keys", "websites": [{"id": 1001, "keys": ["abc123"]}], "http": {"files": true, "list": true}}
    """);
WebApplication app = builder.Build();
using (PhotoContext context = app.Services.GetRequiredService<IDbContextFactory<PhotoContext>>().CreateDbContext())
{
    context.Database.EnsureCreated();
}
app.MapUserImage("/shop");
app.Run();
