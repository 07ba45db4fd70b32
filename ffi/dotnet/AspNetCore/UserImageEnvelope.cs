using System.Text.Json.Serialization;

namespace UserImage.AspNetCore;

/// <summary>The API's answer, for OpenAPI.</summary>
/// <param name="Response">"Success" or "Error".</param>
/// <param name="Message">The API's text of the code, if it is an error.</param>
/// <param name="Data">The image, if it is stored.</param>
/// <param name="ErrorCode">The code, such as "262", if it is an error.</param>
public sealed record UserImageEnvelope(
    [property: JsonPropertyName("Response")] string Response,
    [property: JsonPropertyName("Message")] string Message,
    [property: JsonPropertyName("Data")] UserImageData? Data,
    [property: JsonPropertyName("ErrorCode")] string ErrorCode);

/// <summary>The image of an <see cref="UserImageEnvelope"/>.</summary>
/// <param name="Id">Its number.</param>
/// <param name="ImageName">The client's file name.</param>
/// <param name="UniqueName">The name that it is stored under.</param>
/// <param name="Width">Width in pixels as displayed.</param>
/// <param name="Height">Height in pixels as displayed.</param>
/// <param name="DPI">Horizontal dots per inch.</param>
/// <param name="Extension">The extension with its dot.</param>
/// <param name="MimeType">The MIME type.</param>
/// <param name="PhotoCode">The API's PhotoCode.</param>
/// <param name="OriginalURL">Where the original is.</param>
/// <param name="StandardURL">Where the standard rendition is.</param>
public sealed record UserImageData(
    [property: JsonPropertyName("Id")] long Id,
    [property: JsonPropertyName("ImageName")] string ImageName,
    [property: JsonPropertyName("UniqueName")] string UniqueName,
    [property: JsonPropertyName("Width")] int Width,
    [property: JsonPropertyName("Height")] int Height,
    [property: JsonPropertyName("DPI")] int DPI,
    [property: JsonPropertyName("Extension")] string Extension,
    [property: JsonPropertyName("MimeType")] string MimeType,
    [property: JsonPropertyName("PhotoCode")] string PhotoCode,
    [property: JsonPropertyName("OriginalURL")] string OriginalURL,
    [property: JsonPropertyName("StandardURL")] string StandardURL);
