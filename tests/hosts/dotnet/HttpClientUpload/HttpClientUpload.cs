// Uploads a file as .NET's HttpClient does: HttpClientUpload URL FILE NAME [KEY]. Prints the status and the answer.
using System;
using System.IO;
using System.Net.Http;
using System.Threading.Tasks;

internal static class HttpClientUpload
{
    private static async Task Main(string[] arguments)
    {
        using var client = new HttpClient();
        using var form = new MultipartFormDataContent();
        client.DefaultRequestHeaders.Add("websiteId", "1001");
        client.DefaultRequestHeaders.Add("webApiClientKey", arguments.Length > 3 ? arguments[3] : "abc123");
        form.Add(new StringContent("12345"), "userId");
        // With filename and filename*.
        form.Add(new StreamContent(File.OpenRead(arguments[1])), "postedFile", arguments[2]);
        HttpResponseMessage response = await client.PostAsync(arguments[0], form);
        Console.WriteLine((int)response.StatusCode + " " + await response.Content.ReadAsStringAsync());
    }
}
