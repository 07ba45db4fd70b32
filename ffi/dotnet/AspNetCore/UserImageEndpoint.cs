using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace UserImage.AspNetCore;

/// <summary>One request: fed to the library as it comes, and answered without a thread of the pool that waits.</summary>
internal static class UserImageEndpoint
{
    internal static async Task AnswerAsync(HttpContext context, Uploader uploader, BodyBudget budget, string prefix)
    {
        HttpRequest request = context.Request;
        CancellationToken aborted = context.RequestAborted;
        using Activity? activity = Telemetry.Activities.StartActivity("userimage.request");
        using BodyBudget.Share share = budget.Begin();
        try
        {
            using BodyReceiver receiver =
                await uploader.BeginAsync(
                    request.Method,
                    Target(context, prefix),
                    Headers(request),
                    context.Connection.RemoteIpAddress,
                    aborted).ConfigureAwait(false);
            if (receiver.WantsMore)
            {
                LiftServersLimit(context);
            }
            using UserImageResponse? answer =
                await FinishAsync(request.BodyReader, receiver, share, aborted).ConfigureAwait(false);
            share.Dispose(); // the bytes are gone; a client that does not read its answer holds none
            await (answer == null
                ? SendBusyAsync(context.Response, aborted)
                : SendAsync(context.Response, answer, aborted)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException
            || (aborted.IsCancellationRequested && exception is OperationCanceledException or IOException))
        {
            // The client is gone. The request is given up; nothing is stored unless that had begun. The server must not
            // read the rest of the body: a read that failed is still in progress for it.
            context.Abort();
        }
    }

    /// <summary>Feeds the body and answers. Returns null if there is no room for it.</summary>
    private static async Task<UserImageResponse?> FinishAsync(
        PipeReader body, BodyReceiver receiver, BodyBudget.Share share, CancellationToken aborted)
    {
        try
        {
            return await ReceiveAsync(body, receiver, share, aborted).ConfigureAwait(false)
                ? await receiver.FinishAsync(aborted).ConfigureAwait(false)
                : null;
        }
        catch (IOException exception) when (exception is not ConnectionResetException && !aborted.IsCancellationRequested)
        {
            // The server found the body malformed, or too slow: 408. The client may still read an answer.
            return exception is BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }
                ? receiver.FinishTimedOut()
                : receiver.FinishBroken(exception.Message);
        }
    }

    /// <summary>Feeds the body. Returns false if there is no room for it.</summary>
    private static async Task<bool> ReceiveAsync(
        PipeReader body, BodyReceiver receiver, BodyBudget.Share share, CancellationToken aborted)
    {
        while (receiver.WantsMore)
        {
            // A body that breaks off throws here, and is not finished.
            ReadResult result = await body.ReadAsync(aborted).ConfigureAwait(false);
            bool room = share.Hold(result.Buffer.Length);
            if (room)
            {
                foreach (ReadOnlyMemory<byte> piece in result.Buffer)
                {
                    receiver.Feed(piece.Span);
                }
            }
            body.AdvanceTo(result.Buffer.End);
            if (!room)
            {
                return false;
            }
            if (result.IsCompleted)
            {
                break;
            }
        }
        return true;
    }

    private static async Task SendAsync(Microsoft.AspNetCore.Http.HttpResponse response, UserImageResponse answer, CancellationToken aborted)
    {
        response.StatusCode = answer.Status;
        foreach (KeyValuePair<string, string> header in answer.Headers)
        {
            response.Headers.Append(header.Key, header.Value);
        }
        if (answer.Body.Length > 0)
        {
            // A stored file is read while it is sent.
            await answer.Body.CopyToAsync(response.Body, aborted).ConfigureAwait(false);
        }
    }

    private static Task SendBusyAsync(Microsoft.AspNetCore.Http.HttpResponse response, CancellationToken aborted)
    {
        UserImageException busy = UserImageException.Create(ErrorKind.Busy);
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.RetryAfter = "1";
        return response.WriteAsync(busy.Envelope, aborted);
    }

    /// <summary>The limit is the website's: the server's would answer without the envelope.</summary>
    private static void LiftServersLimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
    }

    /// <summary>Path and query as in the request line, without what the host has put before them.</summary>
    private static string Target(HttpContext context, string prefix)
    {
        HttpRequest request = context.Request;
        string before = request.PathBase.ToUriComponent() + prefix;
        string raw = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        if (!raw.StartsWith(before + "/", StringComparison.OrdinalIgnoreCase))
        {
            // An absolute target, a path that a middleware changed, or a test server.
            raw = before + request.Path.ToUriComponent()[prefix.Length..] + request.QueryString;
        }
        return raw[before.Length..];
    }

    private static IEnumerable<KeyValuePair<string, string>> Headers(HttpRequest request)
    {
        foreach (KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues> header in request.Headers)
        {
            foreach (string? value in header.Value)
            {
                yield return new(header.Key, value ?? "");
            }
        }
    }
}
