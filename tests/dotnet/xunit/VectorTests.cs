using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Xunit;
using Xunit.Abstractions;

namespace UserImage.XunitTests;

/// <summary>
/// The vectors of tests/vectors, as flat.py prints them, through Kestrel: the answers are equal to the byte. The file is named by
/// USERIMAGE_VECTORS. What no HTTP/1.1 request can have is left out.
/// </summary>
public class VectorTests(ITestOutputHelper output)
{
    [Fact]
    public async Task AnswersAreEqual()
    {
        string? path = Environment.GetEnvironmentVariable("USERIMAGE_VECTORS");
        Assert.True(path != null, "USERIMAGE_VECTORS names the file that tests/vectors/flat.py prints");
        int equal = 0, left = 0;
        Site? site = null;
        var (headers, query, parts) = (new List<(byte[], byte[])>(), new List<(byte[], byte[])>(), new List<byte[]?[]>());
        var differences = new List<string>();
        string name = "";
        bool isLeftOut = false;
        foreach (string line in await File.ReadAllLinesAsync(path!))
        {
            string[] words = line.Split(' ');
            byte[]?[] values = words.Skip(1).Select(Bytes).ToArray();
            if (words[0] == "case")
            {
                // Of a format that the library is not built for.
                string? needed = values[2] is { } format ? Encoding.UTF8.GetString(format) : null;
                isLeftOut = needed != null && !ImageFormat.Find(needed)!.HasRendition;
            }
            if (isLeftOut)
            {
                continue;
            }
            switch (words[0])
            {
                case "case":
                    if (site != null)
                    {
                        await site.DisposeAsync();
                    }
                    name = Encoding.UTF8.GetString(values[0]!);
                    string json = Encoding.UTF8.GetString(values[1]!);
                    site = await Site.StartAsync(kestrel: true, change: builder =>
                        builder.Services.PostConfigure<AspNetCore.UserImageOptions>(options => options.Configuration = json));
                    break;
                case "header":
                    headers.Add((values[0]!, values[1]!));
                    break;
                case "query":
                    query.Add((values[0]!, values[1]!));
                    break;
                case "part":
                    parts.Add(values);
                    break;
                case "step":
                    if (Possible(headers, parts))
                    {
                        (int status, string body) = Send(site!, headers, query, parts);
                        string expected = Encoding.UTF8.GetString(values[1]!);
                        bool same = Matches(expected, body) && status.ToString(CultureInfo.InvariantCulture) == Encoding.UTF8.GetString(values[0]!);
                        if (same)
                        {
                            equal++;
                        }
                        else
                        {
                            differences.Add($"{name}: {status} {body}, not {expected}");
                        }
                    }
                    else
                    {
                        left++;
                    }
                    (headers, query, parts) = ([], [], []);
                    break;
                default:
                    throw new InvalidDataException(line);
            }
        }
        await site!.DisposeAsync();
        output.WriteLine($"{equal} answers equal, {left} requests that HTTP does not have, {differences.Count} differ");
        differences.ForEach(output.WriteLine);
        Assert.Empty(differences);
        Assert.True(equal >= 200, $"{equal} answers");
    }

    private static bool Matches(string expected, string body)
    {
        int at = expected.IndexOf("{unique}", StringComparison.Ordinal);
        if (at < 0)
        {
            return expected == body;
        }
        int end = body.IndexOf('.', at);
        return end > at && expected.Replace("{unique}", body[at..end], StringComparison.Ordinal) == body;
    }

    /// <summary>
    /// Whether a request can carry them: headers of visible ASCII, and names of parts and files without control characters.
    /// </summary>
    private static bool Possible(List<(byte[] Name, byte[] Value)> headers, List<byte[]?[]> parts)
    {
        return parts.TrueForAll(part => Array.TrueForAll([.. part[0]!, .. part[1] ?? []], b => b is >= 0x20 and not 0x7F))
            && headers.TrueForAll(header =>
            header.Name.Length > 0 && Array.TrueForAll(header.Name, b => char.IsAsciiLetterOrDigit((char)b) || b == '-')
            && Array.TrueForAll(header.Value, b => b is >= 0x20 and < 0x7F));
    }

    private static (int Status, string Body) Send(
        Site site, List<(byte[] Name, byte[] Value)> headers, List<(byte[] Name, byte[] Value)> query, List<byte[]?[]> parts)
    {
        var body = new List<byte>();
        foreach (byte[]?[] part in parts)
        {
            body.AddRange("--frontier\r\nContent-Disposition: form-data; name=\""u8);
            body.AddRange(Quoted(part[0]!));
            body.Add((byte)'"');
            if (part[1] is { } fileName)
            {
                body.AddRange("; filename=\""u8);
                body.AddRange(Quoted(fileName));
                body.Add((byte)'"');
            }
            body.AddRange("\r\n"u8);
            if (part[2] is { } type)
            {
                body.AddRange([.. "Content-Type: "u8, .. type, .. "\r\n"u8]);
            }
            body.AddRange([.. "\r\n"u8, .. part[3] ?? [], .. "\r\n"u8]);
        }
        body.AddRange("--frontier--\r\n"u8);
        string target = "/shop/api/4/UploadImage/UploadImage?"
            + string.Join('&', query.Select(pair => Encoded(pair.Name) + "=" + Encoded(pair.Value)));
        var head = new StringBuilder($"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        foreach ((byte[] header, byte[] value) in headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{Encoding.ASCII.GetString(header)}: {Encoding.ASCII.GetString(value)}\r\n");
        }
        head.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/form-data; boundary=frontier\r\nContent-Length: {body.Count}\r\n\r\n");
        using var client = new TcpClient(site.Address.Host, site.Address.Port);
        NetworkStream stream = client.GetStream();
        stream.Write([.. Encoding.ASCII.GetBytes(head.ToString()), .. body]);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string answer = reader.ReadToEnd();
        int split = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture), answer[(split + 4)..]);
    }

    /// <summary>As browsers write names: a quote and line ends are percent-encoded.</summary>
    private static byte[] Quoted(byte[] text)
    {
        return [.. text.SelectMany(b => b is (byte)'"' or 13 or 10 ? Encoding.ASCII.GetBytes($"%{b:X2}") : [b])];
    }

    private static string Encoded(byte[] bytes)
    {
        return string.Concat(bytes.Select(b => char.IsAsciiLetterOrDigit((char)b) ? ((char)b).ToString() : $"%{b:X2}"));
    }

    private static byte[]? Bytes(string argument)
    {
        return argument == "-" ? null : Convert.FromHexString(argument.AsSpan(1));
    }
}
