using Xunit;

namespace UserImage.XunitTests;

/// <summary>Renditions of the formats beyond the six of the default policy.</summary>
public class FormatTests
{
    /// <summary>The sizes are those of tests/fixtures/truth.json. What is transparent becomes a PNG.</summary>
    [Theory]
    [InlineData("psd-rgb-packed.psd", "psd", 64, 48, "jpeg")]
    [InlineData("psd-rgba.psd", "psd", 64, 48, "png")]
    [InlineData("psd-rgba-psb.psb", "psd", 64, 48, "png")]
    [InlineData("jxl-lossy.jxl", "jxl", 61, 45, "jpeg")]
    [InlineData("jxl-rgba.jxl", "jxl", 61, 45, "png")]
    [InlineData("jp2-show-lossless.jp2", "jp2", 61, 45, "jpeg")]
    [InlineData("jp2-show-lossless-rgba.jp2", "jp2", 61, 45, "png")]
    [InlineData("jp2-show-lossless-bare.j2k", "j2k", 61, 45, "jpeg")]
    [InlineData("pdf-draw.pdf", "pdf", 64, 48, "jpeg")]
    [InlineData("pdf-draw-rotated90.pdf", "pdf", 48, 64, "jpeg")]
    [InlineData("eps-draw-preview.eps", "eps", 64, 48, "jpeg")]
    [InlineData("svg-draw-opaque.svg", "svg", 64, 48, "jpeg")]
    [InlineData("svg-draw-clear.svg", "svg", 64, 48, "png")]
    [InlineData("heic-coded-odd.heic", "heic", 61, 45, "jpeg")]
    [InlineData("heic-coded-rgba.heic", "heic", 128, 64, "png")]
    public async Task IsRenderedAndUploadedWhereItIsNamed(string file, string name, int width, int height, string rendition)
    {
        byte[] data = await File.ReadAllBytesAsync(Site.Repository("tests/fixtures/files/" + file));
        ImageFormat format = ImageFormat.Find(name)!;
        Assert.Equal(
            ErrorKind.FormatNotAllowed, Assert.Throws<InvalidFileException>(() => Rendition.Render(data)).Kind);
        // HEIC is in no default build; the script that runs the tests states whether it is in this one.
        if (name == "heic" && Environment.GetEnvironmentVariable("USERIMAGE_HEIC") == null)
        {
            Assert.False(format.HasRendition);
            UserImageException missing = Assert.ThrowsAny<UserImageException>(
                () => Rendition.Render(data, new RenderOptions { Formats = [format] }));
            Assert.Contains("heic", missing.Reason, StringComparison.Ordinal);
            return;
        }
        Assert.True(format.HasRendition);
        Rendition made = Rendition.Render(data, new RenderOptions { Formats = [format] });
        Assert.Equal((width, height, rendition), (made.Width, made.Height, made.Format.Name));
        ImageInfo info = ImageInfo.Probe(made.Data);
        Assert.Equal((width, height, rendition), (info.Width, info.Height, info.Format.Name));

        await using var uploader = new Uploader(new UploaderOptions
        {
            Storage = new MemoryStorageOptions { BaseUrl = "/" },
            Authentication = Authentication.AlreadyChecked,
            Policy = new() { Formats = [format] },
        });
        StoredImage image = await uploader.UploadAsync(new(file, data) { WebsiteId = "1001", ClientKey = "-", UserId = "1" });
        Assert.Equal((width, height, name), (image.Width, image.Height, image.Record.Format.Name));
        Assert.Equal(made.Data, uploader.Read(image.ImageId, Variant.Standard));
        UploadResult photo = await uploader.TryUploadAsync(new("a.jpg", Site.Photo) { WebsiteId = "1001", ClientKey = "-", UserId = "1" });
        Assert.Equal(ErrorKind.FormatNotAllowed, photo.Error!.Kind);
    }
}
