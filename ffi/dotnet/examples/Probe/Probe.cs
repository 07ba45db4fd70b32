// Prints what image files are, from their headers alone: dotnet run -f net8.0 -- FILE...
using System;
using UserImage;

int status = 0;
foreach (string path in args)
{
    try
    {
        ImageInfo info = ImageInfo.ProbeFile(path);
        string size = info.Width == null ? "" : $", {info.Width} x {info.Height} pixels";
        string dpi = info.DpiX == null ? "" : $", {info.DpiX} x {info.DpiY} dpi by {info.DpiSource}";
        Console.WriteLine(path + ": " + info.MimeType + size + dpi);
    }
    catch (UserImageException error)
    {
        Console.WriteLine(path + ": " + error.Reason);
        status = 1;
    }
}
return status;
