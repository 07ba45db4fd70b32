using Xunit;

namespace UserImage.XunitTests;

/// <summary>The codes that are public.</summary>
public class ErrorCodeTests
{
    [Fact]
    public void AreThoseThatAHostCanSee()
    {
        Assert.Equal(
            "InvalidWebsiteId, InvalidClientKey, InvalidUserId, InvalidFile, InvalidDpi, MissingWebsiteId, ServerError, Panic, InvalidConfig, "
                + "Unsupported, InvalidArgument, Incompatible",
            string.Join(", ", Enum.GetNames<ErrorCode>()));
    }
}
