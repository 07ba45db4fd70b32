using System;
using System.Collections.Generic;
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

    /// <summary>One of an image's files, or null: also if the image was uploaded without this rendition.</summary>
    /// <exception cref="UserImageException">
    /// As <see cref="Find"/>, and <see cref="ErrorCode.InvalidArgument"/> for what cannot be the name of a rendition.
    /// </exception>
    public byte[]? Read(int websiteId, long id, Variant variant)
    {
        using var call = Use();
        return ReadCore(websiteId, id, variant);
    }

    /// <summary>
    /// Opens one of an image's files, or returns null as <see cref="Read"/>. Its bytes are read when they are asked for: the stream has a length
    /// and can seek, so a range of a large file costs no more than that range. It throws <see cref="IOException"/> when they
    /// cannot be read. Dispose of it.
    /// </summary>
    public Stream? OpenRead(int websiteId, long id, Variant variant)
    {
        using var call = Use();
        return OpenReadCore(websiteId, id, variant);
    }

    /// <summary>
    /// Opens the file with this key, of any website, or returns null: as <see cref="FindKey"/> and <see cref="OpenRead"/>, with
    /// one look-up. For a server that serves files.
    /// </summary>
    public StoredFile? OpenReadKey(string key)
    {
        Argument.NotNull(key, nameof(key));
        using var call = Use();
        return OpenReadKeyCore(key);
    }

    /// <summary>
    /// A URL of one of an image's files that works at least so long: a signed one where the files are private, else the
    /// image's own. Null if the image was uploaded without this rendition.
    /// </summary>
    public string? GetUrl(StoredImage image, Variant variant, TimeSpan expires)
    {
        CheckUrl(image, expires);
        using var call = Use();
        return GetUrlCore(image, variant, expires);
    }

    private byte[]? ReadCore(int websiteId, long id, Variant variant)
    {
        userimage_bytes* bytes = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* name = pins.Text(variant.Name, out nuint length);
        int code = NativeMethods.userimage_read(uploader.Pointer, websiteId, Id(id), name, length, &bytes, &error);
        if (!NativeCall.Finds(code, error))
        {
            return null;
        }
        using var read = new BytesHandle(bytes);
        return read.Copy();
    }

    private Stream? OpenReadCore(int websiteId, long id, Variant variant)
    {
        userimage_file* file = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* name = pins.Text(variant.Name, out nuint length);
        int code = NativeMethods.userimage_open(uploader.Pointer, websiteId, Id(id), name, length, &file, &error);
        return NativeCall.Finds(code, error) ? StoredFile.Take(file).Content : null;
    }

    private StoredFile? OpenReadKeyCore(string key)
    {
        userimage_file* file = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* text = pins.ClientText(key, out nuint length);
        int code = NativeMethods.userimage_open_key(uploader.Pointer, text, length, &file, &error);
        return NativeCall.Finds(code, error) ? StoredFile.Take(file) : null;
    }

    private string? GetUrlCore(StoredImage image, Variant variant, TimeSpan expires)
    {
        userimage_bytes* url = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var native = new NativeImage(image);
        using var pins = new Pins();
        byte* name = pins.Text(variant.Name, out nuint length);
        ulong milliseconds = (ulong)(expires.Ticks / TimeSpan.TicksPerMillisecond);
        int code = NativeMethods.userimage_get_url(
            uploader.Pointer, native.Pointer, name, length, milliseconds, &url, &error);
        if (!NativeCall.Finds(code, error))
        {
            return null;
        }
        using var bytes = new BytesHandle(url);
        return bytes.Text();
    }

    private static void CheckUrl(StoredImage image, TimeSpan expires)
    {
        Argument.NotNull(image, nameof(image));
        Argument.NotNegative(expires.Ticks, nameof(expires));
    }

    private static void CheckPage(string userId, long pageIndex, int pageSize)
    {
        Argument.NotNull(userId, nameof(userId));
        Argument.NotNegative(pageIndex, nameof(pageIndex));
        Argument.NotNegative(pageSize, nameof(pageSize));
    }

    private static void CheckAfter(string userId, long? before, int size)
    {
        Argument.NotNull(userId, nameof(userId));
        Argument.NotNegative(size, nameof(size));
        if (before < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(before), before, "It must be an id, or null for the first page.");
        }
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
        int code = NativeMethods.userimage_list_images(
            uploader.Pointer, websiteId, text, length, (ulong)pageIndex, (uint)pageSize, &list, &error);
        return ImageList.Take(code, list, error);
    }

    /// <summary>
    /// A user's images by key, newest first: those whose ids are less than <paramref name="before"/>. Every page is as fast as
    /// the first, and an upload meanwhile moves none.
    /// </summary>
    /// <param name="websiteId">The website.</param>
    /// <param name="userId">The user.</param>
    /// <param name="before">The last id of the page before; null for the first page.</param>
    /// <param name="size">How many images a page has at most.</param>
    public IReadOnlyList<StoredImage> ListAfter(int websiteId, string userId, long? before, int size)
    {
        CheckAfter(userId, before, size);
        using var call = Use();
        return ListAfterCore(websiteId, userId, before, size);
    }

    private IReadOnlyList<StoredImage> ListAfterCore(int websiteId, string userId, long? before, int size)
    {
        userimage_list* list = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* text = pins.ClientText(userId, out nuint length);
        int code = NativeMethods.userimage_list_after(
            uploader.Pointer, websiteId, text, length, Id(before ?? 0), (uint)size, &list, &error);
        return ImageList.Take(code, list, error).Images;
    }

    /// <summary>
    /// A page of those of a user's images whose name contains a text, ignoring case, newest first.
    /// <see cref="ImageList.Total"/> is how many there are.
    /// </summary>
    /// <param name="websiteId">The website.</param>
    /// <param name="userId">The user.</param>
    /// <param name="text">The text.</param>
    /// <param name="pageIndex">Which page, counted from 0.</param>
    /// <param name="pageSize">How many images a page has.</param>
    public ImageList Search(int websiteId, string userId, string text, long pageIndex, int pageSize)
    {
        CheckPage(userId, pageIndex, pageSize);
        Argument.NotNull(text, nameof(text));
        using var call = Use();
        return SearchCore(websiteId, userId, text, pageIndex, pageSize);
    }

    private ImageList SearchCore(int websiteId, string userId, string text, long pageIndex, int pageSize)
    {
        userimage_list* list = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* user = pins.ClientText(userId, out nuint userLength);
        byte* part = pins.ClientText(text, out nuint length);
        int code = NativeMethods.userimage_search(
            uploader.Pointer, websiteId, user, userLength, part, length, (ulong)pageIndex, (uint)pageSize, &list, &error);
        return ImageList.Take(code, list, error);
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
    /// longer fails. Deletes the images that are older than the retention of their website's policy.
    /// </summary>
    public SweepReport Sweep(TimeSpan minAge)
    {
        Argument.NotNegative(minAge.Ticks, nameof(minAge));
        using var call = Use();
        return SweepCore(minAge, null);
    }

    private SweepReport SweepCore(TimeSpan minAge, userimage_cancellation* cancellation)
    {
        long milliseconds = minAge.Ticks / TimeSpan.TicksPerMillisecond;
        var report = new userimage_sweep_report();
        userimage_error* error = null;
        using var uploader = handle.Use();
        int code = NativeMethods.userimage_sweep(uploader.Pointer, (ulong)milliseconds, cancellation, &report, &error);
        NativeCall.Check(code, error);
        return new SweepReport(Saturate.ToLong(report.records), Saturate.ToLong(report.files))
        {
            Images = Saturate.ToLong(report.images),
        };
    }

    /// <summary>No image has a number under 1; the library refuses 0 alone.</summary>
    private static ulong Id(long id)
    {
        return id < 0 ? 0 : (ulong)id;
    }
}
