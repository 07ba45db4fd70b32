using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using UserImage;
using UserImage.AspNetCore;

// The namespace of the type that it extends, as for all such methods.
namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the API's requests.</summary>
public static class UserImageEndpointRouteBuilderExtensions
{
    private static readonly int[] Failures = [400, 401, 413, 500, 503];
    private static readonly string[] Json = ["application/json"];

    /// <summary>
    /// Answers everything under a prefix: uploads, and what the configuration's "http" turns on, such as files and lists. The
    /// limit of a body is the website's, in place of the server's. The configuration's "http" has no prefix of its own.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="prefix">What the paths begin with, such as "/shop".</param>
    public static IEndpointConventionBuilder MapUserImage(this IEndpointRouteBuilder endpoints, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(prefix);
        string before = prefix.TrimEnd('/');
        RouteGroupBuilder group = endpoints.MapGroup(before);
        // The parameters are for OpenAPI: the library reads the request itself, and sees what was sent twice.
        group.MapPost("/api/4/UploadImage/UploadImage", (
                HttpContext context,
                Uploader uploader,
                BodyBudget budget,
                [FromHeader(Name = "websiteId")] string? websiteId,
                [FromHeader(Name = "webApiClientKey")] string? clientKey,
                [FromQuery(Name = "userId")] string? userId,
                [FromQuery(Name = "DPI")] string? dpi) => UserImageEndpoint.AnswerAsync(context, uploader, budget, before))
            .WithName("UploadUserImage")
            .WithTags("UserImage")
            .WithSummary("Uploads an image")
            .Accepts<IFormFile>("multipart/form-data")
            .WithMetadata(new ProducesResponseTypeMetadata(200, typeof(UserImageEnvelope), Json))
            .WithMetadata(Failures.Select(status =>
                (object)new ProducesResponseTypeMetadata(status, typeof(UserImageEnvelope), Json)).ToArray());
        group.Map("/{**rest}", (HttpContext context, Uploader uploader, BodyBudget budget) =>
                UserImageEndpoint.AnswerAsync(context, uploader, budget, before))
            .ExcludeFromDescription();
        return group;
    }
}
