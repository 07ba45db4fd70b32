// The tests of the C# package: dotnet run -f net8.0 -- TEST ARGUMENT... See tests/run-dotnet, which runs all of them.
using System;

namespace UserImage.Tests;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        try
        {
            Run(arguments);
            return 0;
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(exception);
            return 1;
        }
    }

    private static void Run(string[] arguments)
    {
        switch (arguments[0])
        {
            case "vectors":
                Vectors.Run(arguments[1]);
                break;
            case "api":
                Api.Run(arguments[1]);
                break;
            case "values":
                Values.Run(arguments[1], arguments[2]);
                break;
            case "operations":
                Operations.Run(arguments[1]);
                break;
            case "cultures":
                Cultures.Run(arguments[1], arguments[2]);
                break;
            case "misuse":
                Misuse.Run();
                break;
            case "http":
                Http.Run();
                break;
            case "callbacks":
                Callbacks.Run();
                Renditions.Run();
                break;
            case "panic":
                Misuse.Panic();
                break;
            case "soak":
                Soak.Run(int.Parse(arguments[1]));
                break;
            case "layout":
                Layout.Run(arguments[1]);
                break;
            case "bench":
                Bench.Run(arguments[1]);
                break;
#if NET
            case "plugins":
                Plugins.Run(arguments[1]);
                break;
            case "plugin":
                Plugins.RunCase(arguments[1], arguments[2]);
                break;
#endif
            case "missing":
                Misuse.MissingLibrary();
                break;
            default:
                throw new ArgumentException(arguments[0]);
        }
    }
}
