using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using UserImage.Native;

namespace UserImage
{
    /// <summary>
    /// An upload's fields, as the client sent them: the library checks them. What the client did not send is
    /// null.
    /// </summary>
    public sealed class UploadRequest
    {
        /// <summary>A request without a file, or for <see cref="Uploader.UploadFile"/>.</summary>
        public UploadRequest()
        {
        }

        /// <summary>A request with a file.</summary>
        public UploadRequest(string fileName, byte[] data)
        {
            FileName = fileName;
            Data = data;
        }

        /// <summary>A request with all that is left of a stream as its file.</summary>
        public UploadRequest(string fileName, Stream data)
            : this(fileName, Streams.ReadAll(data))
        {
        }

        /// <summary>The header websiteId.</summary>
        public string WebsiteId { get; set; }

        /// <summary>The header webApiClientKey.</summary>
        public string ClientKey { get; set; }

        /// <summary>The parameter userId.</summary>
        public string UserId { get; set; }

        /// <summary>The parameter DPI.</summary>
        public string Dpi { get; set; }

        /// <summary>The client's name of the file.</summary>
        public string FileName { get; set; }

        /// <summary>The file.</summary>
        public byte[] Data { get; set; }

        internal Fields Pin(Pins pins)
        {
            var fields = default(Fields);
            fields.StructSize = (uint)Marshal.SizeOf(typeof(Fields));
            fields.WebsiteId = pins.Text(WebsiteId, out fields.WebsiteIdLen);
            fields.ClientKey = pins.Text(ClientKey, out fields.ClientKeyLen);
            fields.UserId = pins.Text(UserId, out fields.UserIdLen);
            fields.Dpi = pins.Text(Dpi, out fields.DpiLen);
            fields.FileName = pins.Text(FileName, out fields.FileNameLen);
            fields.Data = pins.Bytes(Data, out fields.DataLen);
            return fields;
        }
    }

    /// <summary>
    /// A request as it arrives: headers, query parameters and form parts, of which a server need not know
    /// which are the protocol's. Names match without regard to ASCII case.
    /// </summary>
    public sealed class RawUploadRequest
    {
        private readonly List<KeyValuePair<string, string>> headers = new List<KeyValuePair<string, string>>();
        private readonly List<KeyValuePair<string, string>> query = new List<KeyValuePair<string, string>>();
        private readonly List<FormPart> parts = new List<FormPart>();

        /// <summary>Adds a header.</summary>
        public void AddHeader(string name, string value)
        {
            headers.Add(Pair(name, value));
        }

        /// <summary>Adds a query parameter, percent-decoded.</summary>
        public void AddQuery(string name, string value)
        {
            query.Add(Pair(name, value));
        }

        /// <summary>Adds a part of the form. A file has a file name or a content type; a field has neither.</summary>
        public void AddPart(string name, byte[] data, string fileName = null, string contentType = null)
        {
            if (name == null || data == null)
            {
                throw new ArgumentNullException(name == null ? "name" : "data");
            }
            parts.Add(new FormPart { Name = name, Data = data, FileName = fileName, ContentType = contentType });
        }

        /// <summary>The request for the library, that lives no longer than what is pinned.</summary>
        internal RequestHandle Make(Pins pins)
        {
            IntPtr pointer = IntPtr.Zero;
            Call.Succeeds((ref IntPtr error) => NativeMethods.userimage_request_new(ref pointer, ref error));
            var request = new RequestHandle(pointer);
            try
            {
                foreach (var header in headers)
                {
                    Add(request, header, pins, NativeMethods.userimage_request_header);
                }
                foreach (var parameter in query)
                {
                    Add(request, parameter, pins, NativeMethods.userimage_request_query);
                }
                foreach (FormPart part in parts)
                {
                    Part native = part.Pin(pins);
                    Call.Succeeds(
                        (ref IntPtr error) => NativeMethods.userimage_request_part(request, ref native, ref error));
                }
                return request;
            }
            catch
            {
                request.Dispose();
                throw;
            }
        }

        private delegate int Adder(
            RequestHandle request, IntPtr name, UIntPtr nameLen, IntPtr value, UIntPtr valueLen, ref IntPtr error);

        private static void Add(RequestHandle request, KeyValuePair<string, string> pair, Pins pins, Adder adder)
        {
            UIntPtr nameLength, valueLength;
            IntPtr name = pins.Text(pair.Key, out nameLength);
            IntPtr value = pins.Text(pair.Value, out valueLength);
            Call.Succeeds((ref IntPtr error) => adder(request, name, nameLength, value, valueLength, ref error));
        }

        private static KeyValuePair<string, string> Pair(string name, string value)
        {
            if (name == null || value == null)
            {
                throw new ArgumentNullException(name == null ? "name" : "value");
            }
            return new KeyValuePair<string, string>(name, value);
        }

        private sealed class FormPart
        {
            internal string Name;
            internal byte[] Data;
            internal string FileName;
            internal string ContentType;

            internal Part Pin(Pins pins)
            {
                var part = default(Part);
                part.StructSize = (uint)Marshal.SizeOf(typeof(Part));
                part.Flags = Part.Borrow;
                part.Name = pins.Text(Name, out part.NameLen);
                part.FileName = pins.Text(FileName, out part.FileNameLen);
                part.ContentType = pins.Text(ContentType, out part.ContentTypeLen);
                part.Data = pins.Bytes(Data, out part.DataLen);
                return part;
            }
        }
    }

    internal static class Streams
    {
        internal static byte[] ReadAll(Stream stream)
        {
            if (stream == null)
            {
                throw new ArgumentNullException("stream");
            }
            using (var memory = new MemoryStream())
            {
                stream.CopyTo(memory);
                return memory.ToArray();
            }
        }
    }
}
