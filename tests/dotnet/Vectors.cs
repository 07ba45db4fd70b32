using System;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;

namespace UserImage.Tests;

/// <summary>Runs the vectors of tests/vectors, as flat.py prints them: answers equal to the byte.</summary>
internal static class Vectors
{
    internal static void Run(string path)
    {
        int cases = 0, steps = 0;
        string name = "";
        Uploader? uploader = null;
        var request = new FormRequest();
        bool isLeftOut = false;
        foreach (string line in File.ReadAllLines(path))
        {
            string[] words = line.Split(' ');
            if (words[0] == "case")
            {
                isLeftOut = !IsBuilt(TextOrNull(words[3]));
            }
            if (isLeftOut)
            {
                continue;
            }
            switch (words[0])
            {
                case "case":
                    name = Text(words[1]);
                    uploader?.Dispose();
                    uploader = new Uploader(Text(words[2]));
                    cases++;
                    break;
                case "header":
                    request.AddHeader(Text(words[1]), Text(words[2]));
                    break;
                case "query":
                    request.AddQuery(Text(words[1]), Text(words[2]));
                    break;
                case "part":
                    request.AddPart(Text(words[1]), Bytes(words[4])!, TextOrNull(words[2]), TextOrNull(words[3]));
                    break;
                case "step":
                    try
                    {
                        Step(uploader!, request, Text(words[1]), Text(words[2]), Text(words[3]),
                            TextOrNull(words[4]));
                    }
                    catch (Exception exception)
                    {
                        throw new InvalidOperationException(name, exception);
                    }
                    request = new FormRequest();
                    steps++;
                    break;
                default:
                    throw new InvalidDataException(line);
            }
        }
        Check.That(cases >= 120, "there are enough cases");
        Console.WriteLine("vectors: {0} cases, {1} uploads, all answers equal", cases, steps);
    }

    /// <summary>Whether the library is built for the format that a case needs.</summary>
    private static bool IsBuilt(string? format)
    {
        return format == null || ImageFormat.Find(format)!.HasRendition;
    }

    private static void Step(
        Uploader uploader, FormRequest request, string status, string answer, string all, string? kind)
    {
        if (all == "")
        {
            uploader.ValidateForm(request);
        }
        else
        {
            var first = Check.Throws<UserImageException>(() => uploader.ValidateForm(request));
            string end = ",\"ErrorCode\":\"" + all + "\"}";
            Check.That(first.Envelope.EndsWith(end, StringComparison.Ordinal), first.Envelope);
            Check.Equal(first.Kind, first.Failures[0].Kind);
        }
        try
        {
            StoredImage image = uploader.UploadForm(request);
            string unique = image.UniqueName.Substring(0, image.UniqueName.LastIndexOf('.'));
            Check.Equal(answer.Replace("{unique}", unique), image.Envelope);
            Check.Equal(status, image.HttpStatus.ToString());
            Check.That(kind == null, "a kind of error is expected");
        }
        catch (UserImageException error)
        {
            Check.Equal(answer, error.Envelope);
            Check.Equal(status, error.HttpStatus.ToString());
            Check.Equal((int)error.Code, (int)error.Kind / 100);
            Check.Equal(kind, Words(error.Kind));
            // In two steps it is refused in the same words.
            var again = Check.Throws<UserImageException>(() =>
            {
                using Admitted admitted = uploader.Admit(request);
                admitted.Finish(request);
            });
            Check.Equal(error.Envelope, again.Envelope);
            Check.Equal(error.Kind, again.Kind);
        }
    }

    /// <summary>The kind's name in the other languages, such as "not_an_image".</summary>
    private static string Words(ErrorKind? kind)
    {
        return Regex.Replace(kind.ToString()!, "\\B[A-Z]", "_$0").ToLowerInvariant();
    }

    private static string Text(string argument)
    {
        return TextOrNull(argument) ?? throw new InvalidDataException(argument);
    }

    private static string? TextOrNull(string argument)
    {
        byte[]? bytes = Bytes(argument);
        return bytes == null ? null : new UTF8Encoding(false, true).GetString(bytes);
    }

    private static byte[]? Bytes(string argument)
    {
        if (argument == "-")
        {
            return null;
        }
        var bytes = new byte[argument.Length / 2];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = Convert.ToByte(argument.Substring(1 + 2 * i, 2), 16);
        }
        return bytes;
    }
}
