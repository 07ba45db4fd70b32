// The example in ASP.NET with a folder of configurations in App_Data: see CasesListener.cs.
using System.Web;
using UserImage;

public sealed class CasesHandler : UploadHandler
{
    private static readonly Cases All = new Cases(HttpRuntime.AppDomainAppPath + "App_Data");

    protected override Uploader UploaderOf(HttpRequest request)
    {
        return request.RawUrl.StartsWith("/case-") ? All.Of(request.RawUrl) : base.UploaderOf(request);
    }
}
