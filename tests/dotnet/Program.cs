// The tests of the C# package. They are compiled together with its sources (C# 6, by mcs), and the same
// program runs on Mono and on .NET Core: see tests/run-c-and-dotnet.
using System;

namespace UserImage.Tests
{
    internal static class Program
    {
        private static int Main(string[] arguments)
        {
            try
            {
                switch (arguments[0])
                {
                    case "vectors":
                        Vectors.Run(arguments[1]);
                        break;
                    case "values":
                        Values.Run(arguments[1], arguments[2]);
                        break;
                    case "misuse":
                        Misuse.Run();
                        break;
                    case "http":
                        Http.Run();
                        break;
                    case "callbacks":
                        Callbacks.Run();
                        break;
                    case "panic":
                        Misuse.Panic();
                        break;
                    case "soak":
                        Soak.Run(int.Parse(arguments[1]));
                        break;
                    case "layout":
                        Layout.Print();
                        break;
                    case "bench":
                        Bench.Run(arguments[1]);
                        break;
                    case "missing":
                        Misuse.MissingLibrary();
                        break;
                    default:
                        throw new ArgumentException(arguments[0]);
                }
                return 0;
            }
            catch (Exception exception)
            {
                Console.Error.WriteLine(exception);
                return 1;
            }
        }
    }

    internal static class Check
    {
        internal const string KeysConfig =
            "{\"storage\": {\"memory\": {\"base_url\": \"https://img.example/\"}}," +
            " \"authentication\": \"keys\", \"websites\": [{\"id\": 1001, \"keys\": [\"abc123\"]}]}";

        internal const string HostConfig = "{\"authentication\": \"host\"}";

        /// <summary>8 x 6 pixels, RGB, without a density.</summary>
        internal static readonly byte[] Png = Convert.FromBase64String(
            "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAAH0lEQVR4nGNkYGiQZ2BQwEAsDFoMWAELgzYuCarpAAAEWQJJsNhy" +
            "RQAAAABJRU5ErkJggg==");

        internal static UploadRequest GoodRequest()
        {
            return new UploadRequest("ArtifiLogo.png", Png)
            {
                WebsiteId = "1001", ClientKey = "abc123", UserId = "12345", Dpi = "96",
            };
        }

        internal static void That(bool condition, string what)
        {
            if (!condition)
            {
                throw new Exception("not so: " + what);
            }
        }

        internal static void Equal<T>(T expected, T actual)
        {
            if (!object.Equals(expected, actual))
            {
                throw new Exception("\n      is " + actual + "\n  not as " + expected);
            }
        }

        internal static T Throws<T>(Action action)
            where T : Exception
        {
            try
            {
                action();
            }
            catch (T exception)
            {
                return exception;
            }
            throw new Exception(typeof(T).Name + " was not thrown");
        }

        internal static UserImageException Fails(ErrorCode code, Action action)
        {
            var exception = Throws<UserImageException>(action);
            if (exception.Code != code)
            {
                throw new Exception("not " + code, exception);
            }
            return exception;
        }
    }
}
