using System;
using UserImage.Native;

namespace UserImage;

/// <summary>Code 372: the websiteId is missing.</summary>
public sealed class MissingWebsiteIdException : UserImageException
{
    internal MissingWebsiteIdException(userimage_error_view view, string protocolMessage, string reason, Exception? inner)
        : base(view, protocolMessage, reason, inner)
    {
    }
}

/// <summary>Code 221: the websiteId is malformed or not known.</summary>
public sealed class InvalidWebsiteIdException : UserImageException
{
    internal InvalidWebsiteIdException(userimage_error_view view, string protocolMessage, string reason, Exception? inner)
        : base(view, protocolMessage, reason, inner)
    {
    }
}

/// <summary>Code 226: the webApiClientKey is missing, malformed or refused.</summary>
public sealed class InvalidClientKeyException : UserImageException
{
    internal InvalidClientKeyException(userimage_error_view view, string protocolMessage, string reason, Exception? inner)
        : base(view, protocolMessage, reason, inner)
    {
    }
}

/// <summary>Code 261: the userId is missing or malformed.</summary>
public sealed class InvalidUserIdException : UserImageException
{
    internal InvalidUserIdException(userimage_error_view view, string protocolMessage, string reason, Exception? inner)
        : base(view, protocolMessage, reason, inner)
    {
    }
}

/// <summary>Code 262: the file is missing, over a limit, or not a complete image of an allowed format.</summary>
public sealed class InvalidFileException : UserImageException
{
    internal InvalidFileException(userimage_error_view view, string protocolMessage, string reason, Exception? inner)
        : base(view, protocolMessage, reason, inner)
    {
    }
}

/// <summary>Code 265: the DPI is malformed or under the website's minimum.</summary>
public sealed class InvalidDpiException : UserImageException
{
    internal InvalidDpiException(userimage_error_view view, string protocolMessage, string reason, Exception? inner)
        : base(view, protocolMessage, reason, inner)
    {
    }
}

/// <summary>Code 500: the storage or the authenticator failed, or a file of the host cannot be read.</summary>
public sealed class ServerErrorException : UserImageException
{
    internal ServerErrorException(userimage_error_view view, string protocolMessage, string reason, Exception? inner)
        : base(view, protocolMessage, reason, inner)
    {
    }
}

/// <summary>The configuration is malformed or contradicts itself, or its storage cannot be opened.</summary>
public sealed class InvalidConfigException : UserImageException
{
    internal InvalidConfigException(userimage_error_view view, string protocolMessage, string reason, Exception? inner)
        : base(view, protocolMessage, reason, inner)
    {
    }
}
