// The endpoint on HttpListener: HttpListenerServer URL CONFIG_FILE, for example http://127.0.0.1:8080/
//
// Memory is bounded: at most Workers requests run at once, each with at most the largest body. A slow client keeps a worker
// busy; in front of the internet belongs a web server that buffers bodies, such as nginx. HttpListener merges headers of one
// name into one: the protocol's rule on a header that came twice can then not be applied.
using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Threading;
using UserImage;

internal static class HttpListenerServer
{
    private const int Workers = 16;

    private static void Main(string[] arguments)
    {
        using var uploader = new Uploader(File.ReadAllText(arguments[1]));
        Serve(arguments[0], context => uploader);
    }

    internal static void Serve(string url, Func<HttpListenerContext, Uploader> uploader)
    {
        var listener = new HttpListener();
        listener.Prefixes.Add(url);
        listener.Start();
        Console.WriteLine(url);
        var workers = new SemaphoreSlim(Workers);
        while (true)
        {
            workers.Wait();
            HttpListenerContext context = listener.GetContext();
            ThreadPool.QueueUserWorkItem(_ =>
            {
                try
                {
                    Answer(uploader(context), context.Request, context.Response);
                }
                catch (Exception error)
                {
                    // The client is gone, or the library has failed.
                    Console.Error.WriteLine(error.Message);
                    context.Response.Abort();
                }
                finally
                {
                    workers.Release();
                }
            });
        }
    }

    private static void Answer(Uploader uploader, HttpListenerRequest request, HttpListenerResponse response)
    {
        using UserImageResponse answer = uploader.Handle(
            request.HttpMethod, request.RawUrl ?? "", request.Headers, request.InputStream, request.RemoteEndPoint?.Address);
        response.StatusCode = answer.Status;
        foreach (var header in answer.Headers)
        {
            if (header.Key == "content-length")
            {
                response.ContentLength64 = long.Parse(header.Value, CultureInfo.InvariantCulture);
            }
            else
            {
                response.AddHeader(header.Key, header.Value);
            }
        }
        answer.Body.CopyTo(response.OutputStream);
        response.Close();
    }
}
