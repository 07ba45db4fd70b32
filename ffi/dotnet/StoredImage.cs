using System;
using System.Collections.Generic;
using UserImage.Native;

namespace UserImage
{
    /// <summary>An image that is safely kept.</summary>
    public sealed class StoredImage
    {
        private StoredImage(IntPtr image)
        {
            Id = checked((long)Get.Value<ulong>(image, NativeMethods.userimage_image_id).Value);
            PhotoCode = Get.Text(image, NativeMethods.userimage_image_photo_code);
            OriginalUrl = Get.Text(image, NativeMethods.userimage_image_original_url);
            StandardUrl = Get.Text(image, NativeMethods.userimage_image_standard_url);
            HttpStatus = Get.Value<int>(image, NativeMethods.userimage_image_http_status).Value;
            Json = Get.Text(image, NativeMethods.userimage_image_json);
            Record = new ImageRecord(Get.Value<IntPtr>(image, NativeMethods.userimage_image_record).Value);
        }

        /// <summary>Its number: positive, unique in its store, never used twice.</summary>
        public long Id { get; private set; }

        /// <summary>The first upload of the same bytes by the same user of the same website.</summary>
        public string PhotoCode { get; private set; }

        /// <summary>Where a client gets the bytes as they came.</summary>
        public string OriginalUrl { get; private set; }

        /// <summary>Where a client gets the rendition for screens.</summary>
        public string StandardUrl { get; private set; }

        /// <summary>The HTTP status that goes with <see cref="Json"/>.</summary>
        public int HttpStatus { get; private set; }

        /// <summary>The answer to the client: the protocol's envelope.</summary>
        public string Json { get; private set; }

        /// <summary>Everything else that is known of it.</summary>
        public ImageRecord Record { get; private set; }

        /// <summary>The client's file name, to be shown and never used as a path.</summary>
        public string ImageName
        {
            get { return Record.ImageName; }
        }

        /// <summary>The name that it is stored under.</summary>
        public string UniqueName
        {
            get { return Record.UniqueName; }
        }

        /// <summary>Pixels across, as a person sees it.</summary>
        public int Width
        {
            get { return Record.Width; }
        }

        /// <summary>Pixels down, as a person sees it.</summary>
        public int Height
        {
            get { return Record.Height; }
        }

        /// <summary>The request's, else the file's own, else 72.</summary>
        public int Dpi
        {
            get { return Record.Dpi; }
        }

        /// <summary>The extension with its dot.</summary>
        public string Extension
        {
            get { return Record.Extension; }
        }

        /// <summary>The MIME type, from the bytes.</summary>
        public string MimeType
        {
            get { return Record.MimeType; }
        }

        /// <summary>Reads all values and frees the handle.</summary>
        internal static StoredImage Take(IntPtr pointer)
        {
            using (var handle = new ImageHandle(pointer))
            {
                return new StoredImage(handle.Pointer);
            }
        }

        /// <summary>Reads all values of an image that belongs to a list.</summary>
        internal static StoredImage Look(IntPtr pointer)
        {
            return new StoredImage(pointer);
        }
    }

    /// <summary>A page of a user's images.</summary>
    public sealed class ImageList
    {
        /// <summary>A page of <paramref name="images"/>, of <paramref name="total"/> in all.</summary>
        public ImageList(long total, IList<StoredImage> images)
        {
            Total = total;
            Images = images;
        }

        /// <summary>How many images the user has in all.</summary>
        public long Total { get; private set; }

        /// <summary>The page's, newest first.</summary>
        public IList<StoredImage> Images { get; private set; }

        internal static ImageList Take(IntPtr pointer)
        {
            using (var handle = new ListHandle(pointer))
            {
                ulong total = Get.Value<ulong>(handle.Pointer, NativeMethods.userimage_list_total).Value;
                ulong length = Get.Value<UIntPtr>(handle.Pointer, NativeMethods.userimage_list_len).Value.ToUInt64();
                var images = new List<StoredImage>();
                for (ulong i = 0; i < length; i++)
                {
                    UIntPtr index = (UIntPtr)i;
                    images.Add(StoredImage.Look(Get.Value(
                        handle.Pointer,
                        (IntPtr list, ref IntPtr image) => NativeMethods.userimage_list_image(list, index, ref image))
                        .Value));
                }
                return new ImageList(checked((long)total), images);
            }
        }
    }

    /// <summary>What a sweep removed.</summary>
    public struct Swept
    {
        /// <summary>So many records and files.</summary>
        public Swept(long records, long files)
            : this()
        {
            Records = records;
            Files = files;
        }

        /// <summary>Records of uploads and deletions that never finished.</summary>
        public long Records { get; private set; }

        /// <summary>Files of such.</summary>
        public long Files { get; private set; }
    }
}
