using System;
using System.IO;
using System.Linq;

namespace UserImage.Tests
{
    /// <summary>Every value of an image and of an info; reading back, listing and deleting.</summary>
    internal static class Values
    {
        internal static void Run(string folder, string photo)
        {
            string config =
                "{\"storage\": {\"local\": {\"path\": \"" + folder + "\", \"base_url\": \"https://img.example/\"}}," +
                " \"authentication\": \"keys\", \"websites\": [{\"id\": 1001, \"keys\": [\"abc123\"]}]}";
            UploadRequest request = Check.GoodRequest();
            request.UserId = "J\u00f6rg \u0436";
            request.FileName = "C:\\\u0444\\\u043a\u043e\u0442 \U0001F408.png";
            StoredImage image;
            using (var uploader = new Uploader(config))
            {
                uploader.Validate(request);
                image = uploader.Upload(request);
            }
            CheckImage(image);

            using (var uploader = new Uploader(config))
            {
                StoredImage again = uploader.Find(1001, image.Id);
                Check.Equal(image.Json, again.Json);
                CheckImage(again);
                Check.That(uploader.Find(1002, image.Id) == null, "another website finds nothing");
                Check.That(uploader.Read(1001, image.Id, Variant.Original).SequenceEqual(Check.Png), "the original");
                Check.Equal(image.Record.StandardLength, uploader.Read(1001, image.Id, Variant.Standard).LongLength);
                Check.That(uploader.Read(1001, 77777, Variant.Original) == null, "nothing to read");

                var fields = new UploadRequest { WebsiteId = "1001", ClientKey = "abc123", UserId = "J\u00f6rg \u0436" };
                StoredImage second = uploader.UploadFileAsync(fields, photo).Result;
                Check.Equal(Path.GetFileName(photo), second.ImageName);
                Check.Equal(300, second.Dpi);
                ImageList list = uploader.List(1001, "J\u00f6rg \u0436", 0, 10);
                Check.Equal(2L, list.Total);
                Check.Equal(second.Id + " " + image.Id, string.Join(" ", list.Images.Select(i => i.Id)));
                using (var stream = File.OpenRead(photo))
                {
                    var streamed = new UploadRequest("s.jpg", stream)
                    {
                        WebsiteId = "1001", ClientKey = "abc123", UserId = "J\u00f6rg \u0436",
                    };
                    StoredImage third = uploader.UploadAsync(streamed).Result;
                    Check.Equal(second.PhotoCode, third.PhotoCode);
                }
                Check.That(uploader.Delete(1001, image.Id), "it is deleted");
                Check.That(!uploader.Delete(1001, image.Id), "it was deleted before");
                Check.Equal(0L, uploader.Sweep(TimeSpan.Zero).Records);
            }
            CheckInfo(photo);
            Console.WriteLine("values: all read back, library " + Uploader.LibraryVersion);
        }

        private static void CheckImage(StoredImage image)
        {
            ImageRecord record = image.Record;
            Check.That(image.Id > 0, "the id");
            Check.Equal(image.Id.ToString(), image.PhotoCode);
            Check.Equal("https://img.example/" + record.OriginalKey, image.OriginalUrl);
            Check.Equal("https://img.example/" + record.StandardKey, image.StandardUrl);
            Check.Equal(200, image.HttpStatus);
            Check.Equal("\u043a\u043e\u0442 \U0001F408.png", image.ImageName);
            Check.Equal("original/" + image.UniqueName, record.OriginalKey);
            Check.Equal("J\u00f6rg \u0436", record.UserId);
            Check.Equal(1001, record.WebsiteId);
            Check.Equal("png image/png .png", record.Format + " " + image.MimeType + " " + image.Extension);
            Check.Equal("8x6", image.Width + "x" + image.Height);
            Check.Equal("8x6", record.StoredWidth + "x" + record.StoredHeight);
            Check.Equal(1, record.Orientation);
            Check.Equal(96, image.Dpi);
            Check.Equal(Check.Png.LongLength, record.Length);
            Check.Equal(32, record.Sha256.Length);
            Check.That(Math.Abs((DateTime.UtcNow - record.Created).TotalMinutes) < 5, "the time");
            Check.Equal("jpeg image/jpeg 8x6", record.StandardFormat + " " + record.StandardMimeType + " " +
                record.StandardWidth + "x" + record.StandardHeight);
            Check.That(record.Json.StartsWith("{") && record.Json.Contains("\"dpi\":96"), "the document");
        }

        private static void CheckInfo(string photo)
        {
            ImageInfo info = ImageInfo.ProbeFileAsync(photo).Result;
            Check.Equal("jpeg image/jpeg .jpg", info.Format + " " + info.MimeType + " " + info.Extension);
            Check.Equal("1200x1600 1600x1200", info.Width + "x" + info.Height + " " + info.StoredWidth + "x" +
                info.StoredHeight);
            Check.Equal(6, info.Orientation);
            Check.Equal(300.0, info.DpiX);
            Check.Equal(300.0, info.DpiY);
            Check.Equal(300.0, info.DisplayedDpiX);
            Check.Equal(300.0, info.DisplayedDpiY);
            Check.Equal("4x" + 1600.0 / 300.0, info.Print.Value.WidthInches + "x" + info.Print.Value.HeightInches);
            PrintSize print = info.LargestPrint(100).Value;
            Check.Equal("12x16", print.WidthInches + "x" + print.HeightInches);
            Check.That(info.LargestPrint(0) == null && info.LargestPrint(double.NaN) == null, "no such print");
            byte[] bytes = File.ReadAllBytes(photo);
            Check.Equal(1L, ImageInfo.CountFrames(bytes, 10));
            ExifDetails exif = ExifDetails.Read(bytes);
            Check.Equal("Example|Phone 1||1.0|2024:05:17 10:20:30", exif.Make + "|" + exif.Model + "|" + exif.Lens + "|" + exif.Software + "|" + exif.Time);
            Check.That(exif.Lens == null && exif.HasPosition, "the rest of EXIF");
            Check.That(ExifDetails.Read(Check.Png) == null, "there is no EXIF");
            Check.Equal("exif", info.DpiSource);
            Check.Equal("rgb", info.ColourModel);
            Check.Equal(8, info.ColourBits);
            Check.Equal(false, info.HasAlpha);
            Check.That(info.HasExif && !info.HasIcc && !info.HasXmp, "what is embedded");
            using (var stream = File.OpenRead(photo))
            {
                Check.Equal(info.DpiSource, ImageInfo.Probe(stream).DpiSource);
            }
            info = ImageInfo.Probe(Check.Png);
            Check.That(info.DpiX == null && info.DpiSource == null, "what is absent is null");
            Check.That(info.DisplayedDpiX == null && info.Print == null, "what is absent is null");
        }
    }
}
