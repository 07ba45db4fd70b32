// The endpoint in ASP.NET, on IIS or under Mono. One line in up.ashx makes it answer /up.ashx/...:
//
//     <%@ WebHandler Class="UploadHandler" %>
//
// and two in Web.config allow the uploads' size (in KB; IIS has another such limit, requestLimits) and long userIds:
//
//     <system.web><httpRuntime maxRequestLength="102400" maxQueryStringLength="8192" /></system.web>
//
// The configuration is App_Data/userimage.json, with "http": {"prefix": "/up.ashx"}, and the application's path before it
// if it has one. The native library is in bin; Mono, which runs copies of bin's assemblies, finds it where LD_LIBRARY_PATH
// leads.
using System;
using System.IO;
using System.Net;
using System.Web;
using UserImage;

public class UploadHandler : IHttpHandler
{
    // Once, for all threads, by the first request.
    private static readonly Lazy<Uploader> Uploader = new Lazy<Uploader>(
        () => new Uploader(File.ReadAllText(HttpRuntime.AppDomainAppPath + "App_Data/userimage.json")));

    public bool IsReusable => true;

    public void ProcessRequest(HttpContext context)
    {
        HttpRequest request = context.Request;
        IPAddress? peer = IPAddress.TryParse(request.UserHostAddress, out IPAddress? address) ? address : null;
        using UserImageResponse answer = UploaderOf(request).Handle(
            request.HttpMethod, request.RawUrl, request.Headers, request.GetBufferlessInputStream(), peer);
        System.Web.HttpResponse response = context.Response;
        response.StatusCode = answer.Status;
        response.TrySkipIisCustomErrors = true;
        response.SuppressFormsAuthenticationRedirect = true; // of a 401
        foreach (var header in answer.Headers)
        {
            response.AppendHeader(header.Key, header.Value);
        }
        if (answer.Body.Length > 0) // Mono writes no empty array
        {
            response.BufferOutput = false;
            answer.Body.CopyTo(response.OutputStream);
        }
    }

    protected virtual Uploader UploaderOf(HttpRequest request)
    {
        return Uploader.Value;
    }
}
