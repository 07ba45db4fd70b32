// Tells what image files are, from their headers alone: Probe.exe FILE...
using System;
using UserImage;

internal static class Probe
{
    private static int Main(string[] arguments)
    {
        int status = 0;
        foreach (string path in arguments)
        {
            try
            {
                ImageInfo info = ImageInfo.ProbeFile(path);
                string size = info.Width == null ? "" : ", " + info.Width + " x " + info.Height + " pixels";
                string dpi = info.DpiX == null
                    ? ""
                    : ", " + info.DpiX + " x " + info.DpiY + " dpi by " + info.DpiSource;
                Console.WriteLine(path + ": " + info.MimeType + size + dpi);
            }
            catch (UserImageException error)
            {
                Console.WriteLine(path + ": " + error.Reason);
                status = 1;
            }
        }
        return status;
    }
}
