// The example on HttpListener with a folder of configurations, each with a prefix of its own: /case-N/... is for
// N.json. CasesListener URL FOLDER
internal static class CasesListener
{
    private static void Main(string[] arguments)
    {
        var cases = new Cases(arguments[1]);
        HttpListenerServer.Serve(arguments[0], context => cases.Of(context.Request.RawUrl ?? ""));
    }
}
