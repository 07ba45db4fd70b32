using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>The answer to an HTTP request.</summary>
/// <param name="Status">The status, for example 200.</param>
/// <param name="Headers">The headers, with names in lower case. One of them is content-length.</param>
/// <param name="Body">The body. The answer to HEAD has none, whatever its content-length.</param>
public sealed unsafe record UserImageResponse(
    int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    /// <summary>Reads a response, which stays the caller's.</summary>
    internal static UserImageResponse Read(userimage_http_response* response)
    {
        var view = new userimage_http_response_view();
        NativeCall.Check(NativeMethods.userimage_http_response_get(response, &view), null);
        var headers = new KeyValuePair<string, string>[checked((int)view.header_count)];
        for (int i = 0; i < headers.Length; i++)
        {
            userimage_http_header header = view.headers[i];
            headers[i] = new(Utf8.Text(header.name, header.name_len), Utf8.Text(header.value, header.value_len));
        }
        return new UserImageResponse(view.status, headers, Utf8.Copy(view.body, view.body_len));
    }
}
