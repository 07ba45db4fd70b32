// Started with "exit", it exits while uploads are in flight: see ExitTests. The tests are run by dotnet test.
namespace UserImage.XunitTests;

public static class Program
{
    public static int Main(string[] arguments)
    {
        return arguments is ["exit"] ? ExitTests.ExitWithUploadsInFlight() : 1;
    }
}
