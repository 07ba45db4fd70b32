// The host's own storage and authenticator: dotnet run -f net8.0 -- FILE
// The image goes into two files of the current folder.
using System;
using System.IO;
using System.Text;
using System.Threading;
using UserImage;

var host = new UploaderHost
{
    Storage = new ShopStorage(),
    Authenticator = new ShopKeys(),
    Log = (level, line) => Console.Error.WriteLine(level + ": " + line),
};
using var uploader = new Uploader("""{"authentication": "host"}""", host);
using FileStream photo = File.OpenRead(args[0]);
try
{
    StoredImage image = uploader.Upload(new(Path.GetFileName(args[0]), photo)
    {
        WebsiteId = "1001",
        ClientKey = "abc123",
        UserId = "12345",
    });
    Console.WriteLine(image.Envelope);
    return 0;
}
catch (UserImageException error) when (error.Kind == ErrorKind.TooLarge)
{
    Console.Error.WriteLine("at most " + uploader.MaxBytes(1001) + " bytes: " + error.Reason);
    return 1;
}
catch (UserImageException error)
{
    // What ShopStorage throws is the inner exception.
    Console.Error.WriteLine(error);
    return 1;
}

internal sealed class ShopStorage : IStorage
{
    private long lastId;

    // A real storage also forces files and records to the disk. It is called on several threads at once.
    public StoreResult Store(NewImage image)
    {
        string original = image.Record.UniqueName;
        string standard = "standard-" + original;
        File.WriteAllBytes(original, image.Original);
        File.WriteAllBytes(standard, image.Standard);
        long id = Interlocked.Increment(ref lastId);
        return new StoreResult(id, "shop-" + id, original, standard);
    }
}

internal sealed class ShopKeys : IAuthenticator
{
    private static readonly byte[] Right = Encoding.UTF8.GetBytes("abc123");

    public bool Knows(int websiteId)
    {
        return websiteId == 1001;
    }

    // It looks at every character, so that its time does not depend on how many are right. .NET has
    // CryptographicOperations.FixedTimeEquals for this, .NET Framework has not.
    public bool Accepts(int websiteId, string key)
    {
        byte[] given = Encoding.UTF8.GetBytes(key);
        int difference = given.Length ^ Right.Length;
        for (int i = 0; i < given.Length; i++)
        {
            difference |= given[i] ^ Right[i % Right.Length];
        }
        return difference == 0;
    }
}
