using System;
using System.IO;

namespace UserImage.Tests;

/// <summary>A stream that is only read.</summary>
internal abstract class Source : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        throw new NotSupportedException();
    }

    public override void SetLength(long value)
    {
        throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        throw new NotSupportedException();
    }
}

internal sealed class Untouchable : Source
{
    public override int Read(byte[] buffer, int offset, int count)
    {
        throw new InvalidOperationException("the body was read");
    }
}

/// <summary>A stream that says that it has read other numbers of bytes than it can have.</summary>
internal sealed class Liar(int more) : Source
{
    public override int Read(byte[] buffer, int offset, int count)
    {
        return count + more;
    }
}

internal sealed class Endless : Source
{
    internal long Taken { get; private set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        Taken += count;
        return count;
    }
}

internal sealed class Broken : Source
{
    public override int Read(byte[] buffer, int offset, int count)
    {
        throw new IOException("the client is gone");
    }
}
