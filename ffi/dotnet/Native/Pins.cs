using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace UserImage.Native;

/// <summary>Keeps texts, as UTF-8, and bytes at their addresses until it is disposed of.</summary>
internal sealed unsafe class Pins : IDisposable
{
    private static readonly UTF8Encoding Strict = new(false, true);

    /// <summary>What an empty array points to: NULL would mean that there is no array.</summary>
    private static readonly byte[] Empty = new byte[1];

    private readonly List<GCHandle> handles = [];
#if NET
    private readonly List<System.Buffers.MemoryHandle> memories = [];
#endif

    /// <summary>A text of the program, such as a path; null is NULL.</summary>
    /// <exception cref="ArgumentException">It has half of a surrogate pair.</exception>
    internal byte* Text(string? text, out nuint length)
    {
        return Bytes(text == null ? null : Strict.GetBytes(text), out length);
    }

    /// <summary>
    /// A text as a client sent it. Half of a surrogate pair becomes bytes that are not UTF-8: the library refuses them in
    /// a field, and replaces them in the name of a file.
    /// </summary>
    internal byte* ClientText(string? text, out nuint length)
    {
        return Bytes(text == null ? null : Encode(text), out length);
    }

    /// <summary>Bytes; null is NULL, and an empty array is not.</summary>
    internal byte* Bytes(byte[]? bytes, out nuint length)
    {
        length = bytes == null ? 0 : (nuint)bytes.Length;
        return bytes == null ? null : Pin<byte>(bytes.Length == 0 ? Empty : bytes);
    }

#if NET
    /// <summary>Bytes in memory of any kind.</summary>
    internal byte* Memory(ReadOnlyMemory<byte> bytes, out nuint length)
    {
        if (bytes.IsEmpty)
        {
            return Bytes([], out length);
        }
        System.Buffers.MemoryHandle pin = bytes.Pin();
        memories.Add(pin);
        length = (nuint)bytes.Length;
        return (byte*)pin.Pointer;
    }
#endif

    internal T* Array<T>(T[] elements, out nuint length)
        where T : unmanaged
    {
        length = (nuint)elements.Length;
        return elements.Length == 0 ? null : Pin<T>(elements);
    }

    /// <summary>An image of the host's own storage, with its record.</summary>
    internal userimage_stored Stored(StoredImage image)
    {
        userimage_stored stored = Stored(image.Id, image.PhotoCode, image.OriginalUrl, image.StandardUrl);
        stored.record_json = Text(image.Record.ToJson(), out stored.record_json_len);
        stored.rendition_urls = Urls(image.RenditionUrls, out stored.rendition_url_count);
        return stored;
    }

    /// <summary>What the host's own storage answers for an image that it has stored.</summary>
    internal userimage_stored Stored(StoreResult result)
    {
        userimage_stored stored = Stored(result.Id, result.PhotoCode, result.OriginalUrl, result.StandardUrl);
        stored.rendition_urls = Urls(result.RenditionUrls, out stored.rendition_url_count);
        return stored;
    }

    private userimage_rendition_url* Urls(IReadOnlyDictionary<string, string> urls, out nuint count)
    {
        var native = new List<userimage_rendition_url>(urls.Count);
        foreach (KeyValuePair<string, string> pair in urls)
        {
            var url = new userimage_rendition_url();
            url.name = Text(pair.Key, out url.name_len);
            url.url = Text(pair.Value, out url.url_len);
            native.Add(url);
        }
        return Array(native.ToArray(), out count);
    }

    public void Dispose()
    {
        foreach (GCHandle handle in handles)
        {
            handle.Free();
        }
        handles.Clear();
#if NET
        foreach (System.Buffers.MemoryHandle pin in memories)
        {
            pin.Dispose();
        }
        memories.Clear();
#endif
    }

    private userimage_stored Stored(long id, string photoCode, string originalUrl, string standardUrl)
    {
        // The library refuses 0, which is not an id.
        var stored = new userimage_stored { id = id > 0 ? (ulong)id : 0 };
        stored.photo_code = Text(photoCode, out stored.photo_code_len);
        stored.original_url = Text(originalUrl, out stored.original_url_len);
        stored.standard_url = Text(standardUrl, out stored.standard_url_len);
        return stored;
    }

    private static byte[] Encode(string text)
    {
        try
        {
            return Strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            var bytes = new List<byte>();
            for (int i = 0; i < text.Length; i++)
            {
                if (char.IsSurrogate(text[i]) && !char.IsSurrogatePair(text, i))
                {
                    bytes.AddRange([0xED, (byte)(0x80 | ((text[i] >> 6) & 0x3F)), (byte)(0x80 | (text[i] & 0x3F))]);
                    continue;
                }
                int length = char.IsSurrogate(text[i]) ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, length)));
                i += length - 1;
            }
            return bytes.ToArray();
        }
    }

    private T* Pin<T>(object value)
        where T : unmanaged
    {
        var handle = GCHandle.Alloc(value, GCHandleType.Pinned);
        handles.Add(handle);
        return (T*)handle.AddrOfPinnedObject();
    }
}
