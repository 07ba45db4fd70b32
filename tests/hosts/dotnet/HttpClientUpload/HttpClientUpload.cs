// Uploads a file as .NET's HttpClient does: HttpClientUpload.exe URL FILE NAME [KEY]. Prints the status and the answer.
using System;
using System.IO;
using System.Net.Http;

internal static class HttpClientUpload
{
    private static void Main(string[] arguments)
    {
        using (var client = new HttpClient())
        using (var form = new MultipartFormDataContent())
        {
            client.DefaultRequestHeaders.Add("websiteId", "1001");
            client.DefaultRequestHeaders.Add("webApiClientKey", arguments.Length > 3 ? arguments[3] : "abc123");
            form.Add(new StringContent("12345"), "userId");
            // With filename and filename*.
            form.Add(new StreamContent(File.OpenRead(arguments[1])), "postedFile", arguments[2]);
            HttpResponseMessage response = client.PostAsync(arguments[0], form).Result;
            Console.WriteLine((int)response.StatusCode + " " + response.Content.ReadAsStringAsync().Result);
        }
    }
}
