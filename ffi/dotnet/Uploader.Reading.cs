using System;
using System.IO;
using UserImage.Native;

namespace UserImage;

// What the storage has: finding, reading, listing, deleting, sweeping.
public sealed unsafe partial class Uploader
{
    /// <summary>A website's image by its id, or null.</summary>
    /// <exception cref="UserImageException">
    /// <see cref="ErrorCode.Unsupported"/> if the storage does not read back, <see cref="ErrorCode.ServerError"/> if it
    /// fails, <see cref="ErrorCode.InvalidWebsiteId"/>; so for all functions that read back.
    /// </exception>
    public StoredImage? Find(int websiteId, long id)
    {
        using var call = Use();
        return FindCore(websiteId, id);
    }

    private StoredImage? FindCore(int websiteId, long id)
    {
        userimage_image* image = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        int code = NativeMethods.userimage_find(uploader.Pointer, websiteId, Id(id), &image, &error);
        return StoredImage.TakeIfFound(code, image, error);
    }

    /// <summary>
    /// The image of any website that has a file under this key, such as <see cref="ImageRecord.OriginalKey"/>, or null. For
    /// a server that serves files: a key cannot be guessed, and whoever knows it was given the image's URL.
    /// </summary>
    public StoredImage? FindKey(string key)
    {
        Argument.NotNull(key, nameof(key));
        using var call = Use();
        return FindKeyCore(key);
    }

    private StoredImage? FindKeyCore(string key)
    {
        userimage_image* image = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* text = pins.ClientText(key, out nuint length);
        int code = NativeMethods.userimage_find_key(uploader.Pointer, text, length, &image, &error);
        return StoredImage.TakeIfFound(code, image, error);
    }

    /// <summary>One of an image's two files, or null.</summary>
    public byte[]? Read(int websiteId, long id, Variant variant)
    {
        CheckVariant(variant);
        using var call = Use();
        return ReadCore(websiteId, id, variant);
    }

    /// <summary>
    /// As <see cref="Read(int, long, Variant)"/>, as a stream that can seek. It is not an array of the garbage collector's; dispose of it.
    /// </summary>
    public Stream? OpenRead(int websiteId, long id, Variant variant)
    {
        CheckVariant(variant);
        using var call = Use();
        return OpenReadCore(websiteId, id, variant);
    }

    private byte[]? ReadCore(int websiteId, long id, Variant variant)
    {
        using BytesHandle? bytes = BytesCore(websiteId, id, variant);
        return bytes?.Copy();
    }

    private BytesStream? OpenReadCore(int websiteId, long id, Variant variant)
    {
        BytesHandle? bytes = BytesCore(websiteId, id, variant);
        return bytes == null ? null : new BytesStream(bytes);
    }

    private BytesHandle? BytesCore(int websiteId, long id, Variant variant)
    {
        userimage_bytes* bytes = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        int code = NativeMethods.userimage_read(uploader.Pointer, websiteId, Id(id), (int)variant, &bytes, &error);
        return NativeCall.Finds(code, error) ? new BytesHandle(bytes) : null;
    }

    private static void CheckVariant(Variant variant)
    {
        if (variant is not (Variant.Original or Variant.Standard))
        {
            throw new ArgumentOutOfRangeException(nameof(variant), variant, "There is no such variant.");
        }
    }

    private static void CheckPage(string userId, long pageIndex, int pageSize)
    {
        Argument.NotNull(userId, nameof(userId));
        Argument.NotNegative(pageIndex, nameof(pageIndex));
        Argument.NotNegative(pageSize, nameof(pageSize));
    }

    /// <summary>A page of a user's images, newest first.</summary>
    /// <param name="websiteId">The website.</param>
    /// <param name="userId">The user.</param>
    /// <param name="pageIndex">Which page, counted from 0. (The HTTP endpoint counts from 1.)</param>
    /// <param name="pageSize">How many images a page has.</param>
    public ImageList List(int websiteId, string userId, long pageIndex, int pageSize)
    {
        CheckPage(userId, pageIndex, pageSize);
        using var call = Use();
        return ListCore(websiteId, userId, pageIndex, pageSize);
    }

    private ImageList ListCore(int websiteId, string userId, long pageIndex, int pageSize)
    {
        userimage_list* list = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* text = pins.ClientText(userId, out nuint length);
        try
        {
            int code = NativeMethods.userimage_list_images(
                uploader.Pointer, websiteId, text, length, (ulong)pageIndex, (uint)pageSize, &list, &error);
            NativeCall.Check(code, error);
            return ImageList.Read(list);
        }
        finally
        {
            NativeMethods.userimage_list_free(list);
        }
    }

    /// <summary>Deletes an image and all its files. Returns false if there is no such image.</summary>
    public bool Delete(int websiteId, long id)
    {
        using var call = Use();
        return DeleteCore(websiteId, id);
    }

    private bool DeleteCore(int websiteId, long id)
    {
        userimage_error* error = null;
        using var uploader = handle.Use();
        return NativeCall.Finds(
            NativeMethods.userimage_delete(uploader.Pointer, websiteId, Id(id), &error), error);
    }

    /// <summary>
    /// Removes what uploads and deletions that never finished have left, if it is older than this. An upload that takes
    /// longer fails.
    /// </summary>
    public SweepReport Sweep(TimeSpan minAge)
    {
        Argument.NotNegative(minAge.Ticks, nameof(minAge));
        using var call = Use();
        return SweepCore(minAge);
    }

    private SweepReport SweepCore(TimeSpan minAge)
    {
        long milliseconds = Argument.NotNegative(minAge.Ticks, nameof(minAge)) / TimeSpan.TicksPerMillisecond;
        var report = new userimage_sweep_report();
        userimage_error* error = null;
        using var uploader = handle.Use();
        int code = NativeMethods.userimage_sweep(uploader.Pointer, (ulong)milliseconds, &report, &error);
        NativeCall.Check(code, error);
        return new SweepReport(Saturate.ToLong(report.records), Saturate.ToLong(report.files));
    }

    /// <summary>No image has a number under 1; the library refuses 0 alone.</summary>
    private static ulong Id(long id)
    {
        return id < 0 ? 0 : (ulong)id;
    }
}
