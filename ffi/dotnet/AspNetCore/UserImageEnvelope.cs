namespace UserImage.AspNetCore;

/// <summary>The API's answer, for OpenAPI.</summary>
/// <param name="Response">"Success" or "Error".</param>
/// <param name="Message">The API's text of the code, if it is an error.</param>
/// <param name="Data">The image, if it is stored.</param>
/// <param name="ErrorCode">The code, such as "262", if it is an error.</param>
public sealed record UserImageEnvelope(string Response, string Message, UserImageData? Data, string ErrorCode);

/// <summary>The image of an <see cref="UserImageEnvelope"/>.</summary>
public sealed record UserImageData(
    string ImageName,
    string UniqueImageName,
    string OriginalURL,
    string StandardURL,
    int Width,
    int Height,
    int DPI,
    string FileExtension,
    string MimeType,
    string PhotoCode);
