// A storage and an authenticator of the host's own: CustomStorage.exe FILE
// The image goes into two files of the current folder.
using System;
using System.IO;
using System.Threading;
using UserImage;

internal sealed class ShopStorage : IStorage
{
    private long lastId;

    // A real storage also forces files and records to the disk. It is called from several threads at once.
    public StorageAnswer Store(NewImage image)
    {
        string original = image.Record.UniqueName;
        string standard = "standard-" + original;
        File.WriteAllBytes(original, image.Original);
        File.WriteAllBytes(standard, image.Standard);
        long id = Interlocked.Increment(ref lastId);
        return new StorageAnswer(id, "shop-" + id, original, standard);
    }
}

internal sealed class ShopKeys : IAuthenticator
{
    public bool Knows(int websiteId)
    {
        return websiteId == 1001;
    }

    public bool Accepts(int websiteId, string key)
    {
        // Every character is looked at, so that the time tells nothing.
        const string right = "abc123";
        int differs = key.Length ^ right.Length;
        for (int i = 0; i < key.Length; i++)
        {
            differs |= key[i] ^ right[i % right.Length];
        }
        return differs == 0;
    }
}

internal static class CustomStorage
{
    private static int Main(string[] arguments)
    {
        var host = new UploaderHost
        {
            Storage = new ShopStorage(),
            Authenticator = new ShopKeys(),
            Log = (level, line) => Console.Error.WriteLine(level + ": " + line),
        };
        using (var uploader = new Uploader("{\"authentication\": \"host\"}", host))
        using (FileStream photo = File.OpenRead(arguments[0]))
        {
            try
            {
                StoredImage image = uploader.Upload(new UploadRequest(Path.GetFileName(arguments[0]), photo)
                {
                    WebsiteId = "1001",
                    ClientKey = "abc123",
                    UserId = "12345",
                });
                Console.WriteLine(image.Json);
                return 0;
            }
            catch (UserImageException error)
            {
                // What ShopStorage throws is the inner exception.
                Console.Error.WriteLine(error);
                return 1;
            }
        }
    }
}
