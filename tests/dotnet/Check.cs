using System;

namespace UserImage.Tests;

/// <summary>What the tests check with, and the upload that is right.</summary>
internal static class Check
{
    internal const string KeysConfig = """
        {"storage": {"memory": {"base_url": "https://img.example/"}}, "authentication": "keys",
         "websites": [{"id": 1001, "keys": ["abc123"]}]}
        """;

    /// <summary>The host brings the storage, and lets everybody in.</summary>
    internal const string HostConfig = """{"authentication": "already_checked"}""";

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
            throw new InvalidOperationException("not so: " + what);
        }
    }

    internal static void Equal<T>(T expected, T actual)
    {
        if (!Equals(expected, actual))
        {
            throw new InvalidOperationException($"\n      is {actual}\n  not as {expected}");
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
        throw new InvalidOperationException(typeof(T).Name + " was not thrown");
    }

    internal static UserImageException Fails(ErrorCode code, Action action)
    {
        var exception = Throws<UserImageException>(action);
        if (exception.Code != code)
        {
            throw new InvalidOperationException("not " + code, exception);
        }
        return exception;
    }

    internal static UserImageException Fails(ErrorKind kind, Action action)
    {
        var exception = Throws<UserImageException>(action);
        if (exception.Kind != kind)
        {
            throw new InvalidOperationException("not " + kind, exception);
        }
        return exception;
    }
}
