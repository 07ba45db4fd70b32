using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Runtime.InteropServices;
using UserImage.Native;

namespace UserImage
{
    /// <summary>The answer to a whole HTTP request.</summary>
    public sealed class HttpAnswer
    {
        private HttpAnswer(IntPtr response)
        {
            Status = Get.Value<int>(response, NativeMethods.userimage_http_response_status).Value;
            Body = Get.Bytes(response, NativeMethods.userimage_http_response_body);
            ulong count = Get.Value<UIntPtr>(response, NativeMethods.userimage_http_response_header_count)
                .Value.ToUInt64();
            var headers = new List<KeyValuePair<string, string>>();
            for (ulong i = 0; i < count; i++)
            {
                headers.Add(Header(response, (UIntPtr)i));
            }
            Headers = headers;
        }

        /// <summary>The status, for example 200.</summary>
        public int Status { get; private set; }

        /// <summary>The headers, with names in lower case. One is content-length.</summary>
        public IList<KeyValuePair<string, string>> Headers { get; private set; }

        /// <summary>The body. The answer to HEAD has none, whatever its content-length says.</summary>
        public byte[] Body { get; private set; }

        /// <summary>Reads all values and frees the handle.</summary>
        internal static HttpAnswer Take(IntPtr pointer)
        {
            using (var handle = new HttpResponseHandle(pointer))
            {
                return new HttpAnswer(handle.Pointer);
            }
        }

        private static KeyValuePair<string, string> Header(IntPtr response, UIntPtr index)
        {
            IntPtr name = IntPtr.Zero, value = IntPtr.Zero;
            UIntPtr nameLength = UIntPtr.Zero, valueLength = UIntPtr.Zero;
            Call.Succeeds((ref IntPtr error) => NativeMethods.userimage_http_response_header(
                response, index, ref name, ref nameLength, ref value, ref valueLength));
            return new KeyValuePair<string, string>(Get.Utf8(name, nameLength), Get.Utf8(value, valueLength));
        }
    }

    /// <summary>
    /// An HTTP request whose body comes in pieces: see <see cref="Uploader.Begin"/>. It is for one thread at a
    /// time. To give a request up, dispose of it.
    /// </summary>
    public sealed class HttpExchange : IDisposable
    {
        private readonly HttpExchangeHandle handle;

        private HttpExchange(IntPtr exchange)
        {
            handle = new HttpExchangeHandle(exchange);
            WantsBody = Get.YesNo(exchange, NativeMethods.userimage_http_exchange_wants_body).Value;
            ulong? limit = Get.Value<ulong>(exchange, NativeMethods.userimage_http_exchange_limit);
            Limit = limit == null ? (long?)null : (long)Math.Min(limit.Value, long.MaxValue);
        }

        /// <summary>Whether the body is wanted. One that is not need not be read.</summary>
        public bool WantsBody { get; private set; }

        /// <summary>The longest body that is taken, in bytes; null where none is wanted.</summary>
        public long? Limit { get; private set; }

        /// <summary>
        /// Takes the next piece of the body. Tells whether more is wanted: not once the body is longer than the
        /// limit.
        /// </summary>
        /// <exception cref="UserImageException">After <see cref="Finish"/>.</exception>
        public bool Feed(byte[] buffer, int offset, int count)
        {
            if (buffer == null)
            {
                throw new ArgumentNullException("buffer");
            }
            if (offset < 0 || count < 0 || count > buffer.Length - offset)
            {
                throw new ArgumentOutOfRangeException("count");
            }
            int more = 0;
            using (var pins = new Pins())
            {
                UIntPtr length;
                IntPtr data = pins.Bytes(buffer, out length);
                Call.Succeeds((ref IntPtr error) => NativeMethods.userimage_http_feed(
                    handle, IntPtr.Add(data, offset), (UIntPtr)(uint)count, ref more, ref error));
            }
            return WantsBody = more != 0;
        }

        /// <summary>
        /// Answers, once the body has ended or is not wanted any more. This decodes and stores the image. It can
        /// be done once. A body that broke off must not be finished as if it had ended.
        /// </summary>
        /// <exception cref="UserImageException">The second time.</exception>
        public HttpAnswer Finish()
        {
            IntPtr response = IntPtr.Zero;
            Call.Succeeds((ref IntPtr error) => NativeMethods.userimage_http_finish(handle, ref response, ref error));
            WantsBody = false;
            return HttpAnswer.Take(response);
        }

        /// <summary>Frees it, finished or given up.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        internal static HttpExchange Begin(
            UploaderHandle uploader, string method, string target, IEnumerable<KeyValuePair<string, string>> headers)
        {
            IntPtr exchange = IntPtr.Zero;
            using (var pins = new Pins())
            {
                var request = default(HttpRequest);
                request.StructSize = (uint)Marshal.SizeOf(typeof(HttpRequest));
                request.Method = pins.Octets(method, out request.MethodLen);
                request.Target = pins.Octets(target, out request.TargetLen);
                var natives = new List<HttpHeader>();
                foreach (var header in headers)
                {
                    var native = default(HttpHeader);
                    native.Name = pins.Octets(header.Key ?? "", out native.NameLen);
                    native.Value = pins.Octets(header.Value ?? "", out native.ValueLen);
                    natives.Add(native);
                }
                request.Headers = pins.Array(natives.ToArray(), out request.HeaderCount);
                Call.Succeeds((ref IntPtr error) =>
                    NativeMethods.userimage_http_begin(uploader, ref request, ref exchange, ref error));
            }
            return new HttpExchange(exchange);
        }

        /// <summary>Answers, after as much of the body as is wanted.</summary>
        internal HttpAnswer Read(Stream body)
        {
            var buffer = new byte[64 * 1024];
            int read;
            while (WantsBody && (read = body.Read(buffer, 0, buffer.Length)) > 0)
            {
                Feed(buffer, 0, read);
            }
            return Finish();
        }
    }

    internal static class Headers
    {
        /// <summary>One that came twice, twice, where the collection still tells.</summary>
        internal static IEnumerable<KeyValuePair<string, string>> Of(NameValueCollection headers)
        {
            for (int i = 0; i < headers.Count; i++)
            {
                foreach (string value in headers.GetValues(i) ?? new string[0])
                {
                    yield return new KeyValuePair<string, string>(headers.GetKey(i), value);
                }
            }
        }
    }
}
