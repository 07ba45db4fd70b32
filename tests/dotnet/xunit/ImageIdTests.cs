using NSubstitute;
using Xunit;

namespace UserImage.XunitTests;

/// <summary>An image of a website as one value.</summary>
public class ImageIdTests
{
    [Fact]
    public async Task AnImagesIdIsOneValue()
    {
        await using var uploader = new Uploader("""{"storage": {"memory": {"base_url": "/"}}, "authentication": "already_checked"}""");
        StoredImage image = await uploader.UploadAsync(
            new("photo.jpg", Site.Photo) { WebsiteId = "1001", ClientKey = "-", UserId = "1" });
        ImageId id = image.ImageId;
        Assert.Equal("1001/" + image.Id, id.ToString());
        Assert.Equal(image, uploader.Find(id));
        Assert.Equal(image, await uploader.FindAsync(id));
        Assert.Equal(Site.Photo, uploader.Read(id, Variant.Original));
        Assert.Equal(Site.Photo, await uploader.ReadAsync(id, Variant.Original));
        await using Stream stream = uploader.OpenRead(id, Variant.Original)!;
        await using Stream other = (await uploader.OpenReadAsync(id, Variant.Standard))!;
        Assert.Equal((Site.Photo.Length, image.Record.StandardBytes), (stream.Length, other.Length));
        Assert.Null(await uploader.FindAsync(new ImageId((int)image.Id, 1001)));
        var fake = Substitute.For<IUploader>();
        fake.FindAsync(1001, 9, Arg.Any<CancellationToken>()).Returns(image);
        Assert.Same(image, await fake.FindAsync(new ImageId(1001, 9)));
        Assert.True(uploader.Delete(id));
        Assert.False(await uploader.DeleteAsync(id));
    }
}
