// Uploads files into a folder and prints the answer to each: dotnet run -f net8.0 -- STORE FILE...
// The only client is website 1001 with the key abc123. The reason of an error goes to standard error.
using System;
using System.IO;
using UserImage;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: Upload STORE FILE...");
    return 2;
}
// In JSON a backslash, which Windows has in paths, is written twice.
string store = Path.GetFullPath(args[0]).Replace("\\", "\\\\").Replace("\"", "\\\"");
string config = $$"""
    {"storage": {"local": {"path": "{{store}}", "base_url": "https://img.example/"} },
     "authentication": "keys", "websites": [{"id": 1001, "keys": ["abc123"]}]}
    """;
int status = 0;
using var uploader = new Uploader(config);
for (int i = 1; i < args.Length; i++)
{
    try
    {
        StoredImage image = uploader.UploadFile(
            new UploadRequest { WebsiteId = "1001", ClientKey = "abc123", UserId = "12345" }, args[i]);
        Console.WriteLine(image.Envelope);
    }
    catch (UserImageException error)
    {
        Console.WriteLine(error.Envelope);
        Console.Error.WriteLine("upload: " + error.Reason);
        status = 1;
    }
}
return status;
