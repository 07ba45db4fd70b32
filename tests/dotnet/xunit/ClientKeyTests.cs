using Xunit;

namespace UserImage.XunitTests;

/// <summary>The comparison of client keys.</summary>
public class ClientKeyTests
{
    [Theory]
    [InlineData("abc123", "abc123", true)]
    [InlineData("", "", true)]
    [InlineData("abc124", "abc123", false)]
    [InlineData("abc123", "abc1234", false)]
    [InlineData("abc123\0", "abc123", false)]
    [InlineData("", "abc123", false)]
    [InlineData("ABC123", "abc123", false)]
    public void KeysAreCompared(string given, string expected, bool equal)
    {
        Assert.Equal(equal, ClientKey.FixedTimeEquals(given, expected));
    }

    [Fact]
    public void NullIsNoKey()
    {
        Assert.Throws<ArgumentNullException>(() => ClientKey.FixedTimeEquals(null!, "abc123"));
        Assert.Throws<ArgumentNullException>(() => ClientKey.FixedTimeEquals("abc123", null!));
    }
}
