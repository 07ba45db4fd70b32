// Uploads files into a folder and prints the answer to each: Upload.exe STORE FILE...
// The only client is website 1001 with the key abc123. The reason of an error goes to standard error.
using System;
using System.IO;
using UserImage;

internal static class Upload
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length < 2)
        {
            Console.Error.WriteLine("usage: Upload.exe STORE FILE...");
            return 2;
        }
        // As JSON wants it, which sees more in a backslash than Windows does.
        string store = Path.GetFullPath(arguments[0]).Replace("\\", "\\\\").Replace("\"", "\\\"");
        string config =
            "{\"storage\": {\"local\": {\"path\": \"" + store + "\", \"base_url\": \"https://img.example/\"}}," +
            " \"authentication\": \"keys\", \"websites\": [{\"id\": 1001, \"keys\": [\"abc123\"]}]}";
        int status = 0;
        using (var uploader = new Uploader(config))
        {
            for (int i = 1; i < arguments.Length; i++)
            {
                try
                {
                    byte[] photo = File.ReadAllBytes(arguments[i]);
                    StoredImage image = uploader.Upload(new UploadRequest(Path.GetFileName(arguments[i]), photo)
                    {
                        WebsiteId = "1001",
                        ClientKey = "abc123",
                        UserId = "12345",
                    });
                    Console.WriteLine(image.Json);
                }
                catch (UserImageException error)
                {
                    Console.WriteLine(error.Json);
                    Console.Error.WriteLine("upload: " + error.Reason);
                    status = 1;
                }
            }
        }
        return status;
    }
}
