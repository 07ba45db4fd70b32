namespace UserImage.Native;

/// <summary>An <see cref="IAuthenticator"/> as the library's table.</summary>
internal static unsafe class AuthenticatorCallbacks
{
    private static readonly userimage_authenticator.DestroyCallback DestroyKept = Callback.Destroy;
    private static readonly userimage_authenticator.KnowsCallback KnowsKept = Knows;
    private static readonly userimage_authenticator.AcceptsCallback AcceptsKept = Accepts;

    internal static userimage_authenticator Table(IAuthenticator authenticator, bool owned)
    {
        return new userimage_authenticator
        {
            Destroy = DestroyKept,
            Knows = KnowsKept,
            Accepts = AcceptsKept,
            user_data = Callback.Keep(authenticator, owned),
        };
    }

    private static int Knows(void* userData, int websiteId, userimage_sink* sink)
    {
        return Callback.Guard(sink, () => Decide(sink, Callback.Host<IAuthenticator>(userData).Knows(websiteId)));
    }

    private static int Accepts(void* userData, int websiteId, byte* key, nuint keyLength, userimage_sink* sink)
    {
        return Callback.Guard(sink, () => Decide(
            sink, Callback.Host<IAuthenticator>(userData).Accepts(websiteId, Utf8.Text(key, keyLength))));
    }

    private static int Decide(userimage_sink* sink, bool yes)
    {
        return NativeMethods.userimage_sink_decide(sink, yes ? 1 : 0);
    }
}
