using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace UserImage.Tests
{
    /// <summary>Runs the vectors of tests/vectors, as flat.py prints them: answers equal to the byte.</summary>
    internal static class Vectors
    {
        internal static void Run(string path)
        {
            int cases = 0, steps = 0;
            string name = null;
            Uploader uploader = null;
            var request = new RawUploadRequest();
            foreach (string line in File.ReadAllLines(path))
            {
                string[] words = line.Split(' ');
                switch (words[0])
                {
                    case "case":
                        name = Text(words[1]);
                        if (uploader != null)
                        {
                            uploader.Dispose();
                        }
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
                        request.AddPart(Text(words[1]), Bytes(words[4]), Text(words[2]), Text(words[3]));
                        break;
                    case "step":
                        try
                        {
                            Step(uploader, request, Text(words[1]), Text(words[2]), Text(words[3]));
                        }
                        catch (Exception exception)
                        {
                            throw new Exception(name, exception);
                        }
                        request = new RawUploadRequest();
                        steps++;
                        break;
                    default:
                        throw new InvalidDataException(line);
                }
            }
            Check.That(cases >= 120, "there are enough cases");
            Console.WriteLine("vectors: {0} cases, {1} uploads, all answers equal", cases, steps);
        }

        private static void Step(
            Uploader uploader, RawUploadRequest request, string status, string answer, string all)
        {
            if (all == "")
            {
                uploader.Validate(request);
            }
            else
            {
                var failures = Check.Throws<UserImageException>(() => uploader.Validate(request));
                string end = ",\"ErrorCode\":\"" + all + "\"}";
                Check.Equal(end, failures.Json.Substring(Math.Max(0, failures.Json.Length - end.Length)));
            }
            try
            {
                StoredImage image = uploader.Upload(request);
                string unique = image.UniqueName.Substring(0, image.UniqueName.LastIndexOf('.'));
                Check.Equal(answer.Replace("{unique}", unique), image.Json);
                Check.Equal(status, image.HttpStatus.ToString());
            }
            catch (UserImageException error)
            {
                Check.Equal(answer, error.Json);
                Check.Equal(status, error.HttpStatus.ToString());
            }
        }

        private static string Text(string argument)
        {
            byte[] bytes = Bytes(argument);
            return bytes == null ? null : new UTF8Encoding(false, true).GetString(bytes);
        }

        private static byte[] Bytes(string argument)
        {
            if (argument == "-")
            {
                return null;
            }
            var bytes = new List<byte>();
            for (int i = 1; i < argument.Length; i += 2)
            {
                bytes.Add(Convert.ToByte(argument.Substring(i, 2), 16));
            }
            return bytes.ToArray();
        }
    }
}
