using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage
{
    /// <summary>How weighty a line of the log is.</summary>
    public enum LogLevel
    {
        /// <summary>A failure of the server's.</summary>
        Error = 1,

        /// <summary>Something odd.</summary>
        Warn = 2,

        /// <summary>Each upload, stored or refused.</summary>
        Info = 3,

        /// <summary>For the library's own developers.</summary>
        Debug = 4,

        /// <summary>For the library's own developers, in detail.</summary>
        Trace = 5,
    }

    /// <summary>What the host brings to an uploader.</summary>
    public sealed class UploaderHost
    {
        /// <summary>A storage of the host's own, where the configuration names none.</summary>
        public IStorage Storage { get; set; }

        /// <summary>An authenticator of the host's own, where "authentication" is "host".</summary>
        public IAuthenticator Authenticator { get; set; }

        /// <summary>Takes what the library logs, from any thread that uploads. What it throws is ignored.</summary>
        public Action<LogLevel, string> Log { get; set; }

        /// <summary>The least weighty level that <see cref="Log"/> wants.</summary>
        public LogLevel MaxLogLevel { get; set; } = LogLevel.Info;
    }

    /// <summary>
    /// Takes uploads. Made once, at the start, and used by any number of threads at once; every call blocks,
    /// and the Async ones do it on a thread of the pool.
    /// </summary>
    public sealed class Uploader : IDisposable
    {
        private readonly UploaderHandle handle;

        /// <summary>An uploader from a configuration: a JSON document, see the README.</summary>
        /// <exception cref="UserImageException"><see cref="ErrorCode.InvalidConfig"/>.</exception>
        /// <exception cref="DllNotFoundException">With all places where the library is not.</exception>
        public Uploader(string config)
            : this(config, null)
        {
        }

        /// <summary>An uploader from a configuration and what the host brings.</summary>
        /// <remarks>
        /// What the host brings is disposed of, if it can be, when the uploader has done its last call, or when
        /// it cannot be made; what it brings as storage and as authenticator, once for each.
        /// </remarks>
        public Uploader(string config, UploaderHost host)
        {
            if (config == null)
            {
                throw new ArgumentNullException("config");
            }
            NativeLibraryLoader.Ensure();
            IntPtr uploader = IntPtr.Zero;
            using (var pins = new Pins())
            {
                UIntPtr length;
                IntPtr text = pins.Text(config, out length);
                var table = default(HostTable);
                table.StructSize = (uint)Marshal.SizeOf(typeof(HostTable));
                if (host != null)
                {
                    // From here on nothing fails before the library has taken them over.
                    table.Storage = pins.Struct(HostCallbacks.Table(host.Storage));
                    table.Authenticator = pins.Struct(HostCallbacks.Table(host.Authenticator));
                    table.Log = pins.Struct(HostCallbacks.Table(host.Log, host.MaxLogLevel));
                }
                Call.Succeeds((ref IntPtr error) =>
                    NativeMethods.userimage_uploader_open(text, length, ref table, ref uploader, ref error));
            }
            handle = new UploaderHandle(uploader);
        }

        /// <summary>The native library's version.</summary>
        public static string LibraryVersion
        {
            get
            {
                NativeLibraryLoader.Ensure();
                IntPtr data = IntPtr.Zero;
                UIntPtr length = UIntPtr.Zero;
                Call.Succeeds((ref IntPtr error) => NativeMethods.userimage_version(ref data, ref length));
                return Get.Utf8(data, length);
            }
        }

        /// <summary>
        /// Checks the fields, tells what the image is, makes its standard rendition and stores all of it,
        /// durably, or nothing.
        /// </summary>
        /// <exception cref="UserImageException">The first failure in the protocol's order.</exception>
        public StoredImage Upload(UploadRequest request)
        {
            NotNull(request, "request");
            IntPtr image = IntPtr.Zero;
            using (var pins = new Pins())
            {
                Fields fields = request.Pin(pins);
                Call.Succeeds((ref IntPtr error) =>
                    NativeMethods.userimage_upload(handle, ref fields, ref image, ref error));
            }
            return StoredImage.Take(image);
        }

        /// <summary>As <see cref="Upload(UploadRequest)"/>, for headers, parameters and form parts.</summary>
        public StoredImage Upload(RawUploadRequest request)
        {
            NotNull(request, "request");
            IntPtr image = IntPtr.Zero;
            using (var pins = new Pins())
            using (RequestHandle native = request.Make(pins))
            {
                Call.Succeeds((ref IntPtr error) =>
                    NativeMethods.userimage_upload_request(handle, native, ref image, ref error));
            }
            return StoredImage.Take(image);
        }

        /// <summary>As <see cref="Upload(UploadRequest)"/>, for a file of the host's.</summary>
        /// <param name="request">The fields, without data. Without a file name it is the path's last part.</param>
        /// <param name="path">The file.</param>
        /// <exception cref="UserImageException">Also <see cref="ErrorCode.Io"/>, when it cannot be read.</exception>
        public StoredImage UploadFile(UploadRequest request, string path)
        {
            NotNull(request, "request");
            NotNull(path, "path");
            IntPtr image = IntPtr.Zero;
            using (var pins = new Pins())
            {
                Fields fields = request.Pin(pins);
                UIntPtr length;
                IntPtr text = pins.Text(path, out length);
                Call.Succeeds((ref IntPtr error) =>
                    NativeMethods.userimage_upload_path(handle, ref fields, text, length, ref image, ref error));
            }
            return StoredImage.Take(image);
        }

        /// <summary>As <see cref="Upload(UploadRequest)"/>, on a thread of the pool.</summary>
        public Task<StoredImage> UploadAsync(UploadRequest request)
        {
            return Task.Run(() => Upload(request));
        }

        /// <summary>As <see cref="Upload(RawUploadRequest)"/>, on a thread of the pool.</summary>
        public Task<StoredImage> UploadAsync(RawUploadRequest request)
        {
            return Task.Run(() => Upload(request));
        }

        /// <summary>As <see cref="UploadFile"/>, on a thread of the pool.</summary>
        public Task<StoredImage> UploadFileAsync(UploadRequest request, string path)
        {
            return Task.Run(() => UploadFile(request, path));
        }

        /// <summary>Checks all fields: nothing is decoded or stored.</summary>
        /// <exception cref="UserImageException">
        /// The first failure; its reason and its envelope tell all of them.
        /// </exception>
        public void Validate(UploadRequest request)
        {
            NotNull(request, "request");
            using (var pins = new Pins())
            {
                Fields fields = request.Pin(pins);
                Call.Succeeds((ref IntPtr error) => NativeMethods.userimage_validate(handle, ref fields, ref error));
            }
        }

        /// <summary>As <see cref="Validate(UploadRequest)"/>.</summary>
        public void Validate(RawUploadRequest request)
        {
            NotNull(request, "request");
            using (var pins = new Pins())
            using (RequestHandle native = request.Make(pins))
            {
                Call.Succeeds(
                    (ref IntPtr error) => NativeMethods.userimage_validate_request(handle, native, ref error));
            }
        }

        /// <summary>
        /// Answers a whole HTTP request, by the configuration's "http". What is wrong with method, target or
        /// headers is answered before the body is read, and a body is read no further than it is wanted.
        /// </summary>
        /// <param name="method">For example POST.</param>
        /// <param name="target">Path and query as they stand in the request line: RawUrl.</param>
        /// <param name="headers">All headers; one that came twice, twice.</param>
        /// <param name="body">Where the body is read from. What that throws goes to the caller.</param>
        /// <returns>The answer, whatever is wrong with the request.</returns>
        public HttpAnswer Handle(
            string method, string target, IEnumerable<KeyValuePair<string, string>> headers, Stream body)
        {
            NotNull(body, "body");
            using (HttpExchange exchange = Begin(method, target, headers))
            {
                return exchange.Read(body);
            }
        }

        /// <summary>As the other, with headers as HttpListener and ASP.NET have them.</summary>
        public HttpAnswer Handle(string method, string target, NameValueCollection headers, Stream body)
        {
            NotNull(headers, "headers");
            return Handle(method, target, Headers.Of(headers), body);
        }

        /// <summary>
        /// Begins an HTTP request for a host that has the body in pieces: answers it from its head alone, or
        /// wants its body. The exchange may outlive the uploader.
        /// </summary>
        public HttpExchange Begin(
            string method, string target, IEnumerable<KeyValuePair<string, string>> headers)
        {
            NotNull(method, "method");
            NotNull(target, "target");
            NotNull(headers, "headers");
            return HttpExchange.Begin(handle, method, target, headers);
        }

        /// <summary>A website's image by its id, or null.</summary>
        public StoredImage Find(int websiteId, long id)
        {
            IntPtr image = IntPtr.Zero;
            bool found = Call.Finds((ref IntPtr error) =>
                NativeMethods.userimage_find(handle, websiteId, checked((ulong)id), ref image, ref error));
            return found ? StoredImage.Take(image) : null;
        }

        /// <summary>One of an image's two files, or null.</summary>
        public byte[] Read(int websiteId, long id, Variant variant)
        {
            IntPtr bytes = IntPtr.Zero;
            bool found = Call.Finds((ref IntPtr error) => NativeMethods.userimage_read(
                handle, websiteId, checked((ulong)id), (int)variant, ref bytes, ref error));
            if (!found)
            {
                return null;
            }
            using (var native = new BytesHandle(bytes))
            {
                return Get.Bytes(native.Pointer, NativeMethods.userimage_bytes_data);
            }
        }

        /// <summary>A page of a user's images, newest first.</summary>
        public ImageList List(int websiteId, string userId, long pageIndex, int pageSize)
        {
            NotNull(userId, "userId");
            IntPtr list = IntPtr.Zero;
            using (var pins = new Pins())
            {
                UIntPtr length;
                IntPtr text = pins.Text(userId, out length);
                Call.Succeeds((ref IntPtr error) => NativeMethods.userimage_list_images(
                    handle, websiteId, text, length, checked((ulong)pageIndex), checked((uint)pageSize), ref list,
                    ref error));
            }
            return ImageList.Take(list);
        }

        /// <summary>Deletes an image and both its files; tells whether there was one.</summary>
        public bool Delete(int websiteId, long id)
        {
            return Call.Finds((ref IntPtr error) =>
                NativeMethods.userimage_delete(handle, websiteId, checked((ulong)id), ref error));
        }

        /// <summary>Removes what uploads and deletions that never finished have left, older than this.</summary>
        public Swept Sweep(TimeSpan minAge)
        {
            ulong records = 0, files = 0;
            Call.Succeeds((ref IntPtr error) => NativeMethods.userimage_sweep(
                handle, checked((ulong)minAge.TotalMilliseconds), ref records, ref files, ref error));
            return new Swept(checked((long)records), checked((long)files));
        }

        /// <summary>Frees the uploader, after its last call. What it has answered lives on.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        private static void NotNull(object value, string name)
        {
            if (value == null)
            {
                throw new ArgumentNullException(name);
            }
        }
    }
}
