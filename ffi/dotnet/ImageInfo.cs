using System;
using System.IO;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage
{
    /// <summary>What a file's header tells. A value is null where the file does not tell it.</summary>
    public sealed class ImageInfo
    {
        // Kept for what is asked with an argument; freed with this object.
        private readonly InfoHandle handle;

        private ImageInfo(InfoHandle handle)
        {
            this.handle = handle;
            IntPtr info = handle.Pointer;
            uint width, height;
            double x, y;
            Format = Get.Text(info, NativeMethods.userimage_info_format);
            MimeType = Get.Text(info, NativeMethods.userimage_info_mime_type);
            Extension = Get.Text(info, NativeMethods.userimage_info_extension);
            if (Get.Pair(info, NativeMethods.userimage_info_size, out width, out height))
            {
                Width = width;
                Height = height;
            }
            if (Get.Pair(info, NativeMethods.userimage_info_stored_size, out width, out height))
            {
                StoredWidth = width;
                StoredHeight = height;
            }
            Orientation = (int)Get.Value<uint>(info, NativeMethods.userimage_info_orientation).Value;
            if (Get.Pair(info, NativeMethods.userimage_info_dpi, out x, out y))
            {
                DpiX = x;
                DpiY = y;
            }
            if (Get.Pair(info, NativeMethods.userimage_info_displayed_dpi, out x, out y))
            {
                DisplayedDpiX = x;
                DisplayedDpiY = y;
            }
            if (Get.Pair(info, NativeMethods.userimage_info_print_size, out x, out y))
            {
                Print = new PrintSize(x, y);
            }
            DpiSource = Get.Text(info, NativeMethods.userimage_info_dpi_source);
            ColourModel = Get.Text(info, NativeMethods.userimage_info_colour_model);
            ColourBits = (int?)Get.Value<uint>(info, NativeMethods.userimage_info_colour_bits);
            HasAlpha = Get.YesNo(info, NativeMethods.userimage_info_has_alpha);
            Frames = Get.Value<uint>(info, NativeMethods.userimage_info_frames);
            HasIcc = Get.YesNo(info, NativeMethods.userimage_info_has_icc).Value;
            HasExif = Get.YesNo(info, NativeMethods.userimage_info_has_exif).Value;
            HasXmp = Get.YesNo(info, NativeMethods.userimage_info_has_xmp).Value;
            HasGps = Get.YesNo(info, NativeMethods.userimage_info_has_gps).Value;
            GC.KeepAlive(handle);
        }

        /// <summary>The format's name in configurations, such as "jpeg".</summary>
        public string Format { get; private set; }

        /// <summary>The MIME type.</summary>
        public string MimeType { get; private set; }

        /// <summary>The extension with its dot.</summary>
        public string Extension { get; private set; }

        /// <summary>Pixels across, as a person sees it.</summary>
        public long? Width { get; private set; }

        /// <summary>Pixels down, as a person sees it.</summary>
        public long? Height { get; private set; }

        /// <summary>Pixels across, before orientation.</summary>
        public long? StoredWidth { get; private set; }

        /// <summary>Pixels down, before orientation.</summary>
        public long? StoredHeight { get; private set; }

        /// <summary>EXIF's number, 1 to 8: how to turn it upright.</summary>
        public int Orientation { get; private set; }

        /// <summary>The file's own dots per inch across, as stored.</summary>
        public double? DpiX { get; private set; }

        /// <summary>The file's own dots per inch down, as stored.</summary>
        public double? DpiY { get; private set; }

        /// <summary>The file's own dots per inch across, as a person sees it.</summary>
        public double? DisplayedDpiX { get; private set; }

        /// <summary>The file's own dots per inch down, as a person sees it.</summary>
        public double? DisplayedDpiY { get; private set; }

        /// <summary>How large it prints at the file's own dots per inch.</summary>
        public PrintSize? Print { get; private set; }

        /// <summary>The part of the file that tells its DPI, such as "exif".</summary>
        public string DpiSource { get; private set; }

        /// <summary>What the colour channels are, such as "rgb" or "cmyk".</summary>
        public string ColourModel { get; private set; }

        /// <summary>Bits of one channel, or of a palette's index.</summary>
        public int? ColourBits { get; private set; }

        /// <summary>Whether there is transparency.</summary>
        public bool? HasAlpha { get; private set; }

        /// <summary>Frames, pages or pictures, if the header tells: see <see cref="CountFrames"/>.</summary>
        public long? Frames { get; private set; }

        /// <summary>Whether an ICC profile is embedded.</summary>
        public bool HasIcc { get; private set; }

        /// <summary>Whether there is an EXIF block that parses.</summary>
        public bool HasExif { get; private set; }

        /// <summary>Whether there is an XMP packet.</summary>
        public bool HasXmp { get; private set; }

        /// <summary>Whether EXIF tells where the picture was taken.</summary>
        public bool HasGps { get; private set; }

        /// <summary>
        /// The largest print that keeps so many dots per inch, whatever the file's own; null without pixels, or
        /// when <paramref name="minDpi"/> is not above 0.
        /// </summary>
        public PrintSize? LargestPrint(double minDpi)
        {
            double width = 0, height = 0;
            bool found = Call.Finds((ref IntPtr error) =>
                NativeMethods.userimage_info_largest_print(handle, minDpi, ref width, ref height));
            return found ? new PrintSize(width, height) : (PrintSize?)null;
        }

        /// <summary>
        /// Counts frames, pages or pictures where only a walk over the whole file tells; looks no further than
        /// one above <paramref name="limit"/>.
        /// </summary>
        /// <exception cref="UserImageException">As <see cref="Probe(byte[])"/>.</exception>
        public static long CountFrames(byte[] data, int limit)
        {
            if (data == null)
            {
                throw new ArgumentNullException("data");
            }
            NativeLibraryLoader.Ensure();
            uint frames = 0;
            Call.Succeeds((ref IntPtr error) => NativeMethods.userimage_count_frames(
                data, (UIntPtr)(uint)data.Length, checked((uint)limit), ref frames, ref error));
            return frames;
        }

        /// <summary>Tells what a file is, from its header alone.</summary>
        /// <exception cref="UserImageException">Code 262: no known format, or a cut or malformed header.</exception>
        public static ImageInfo Probe(byte[] data)
        {
            if (data == null)
            {
                throw new ArgumentNullException("data");
            }
            NativeLibraryLoader.Ensure();
            IntPtr info = IntPtr.Zero;
            var length = (UIntPtr)(uint)data.Length;
            Call.Succeeds((ref IntPtr error) => NativeMethods.userimage_probe(data, length, ref info, ref error));
            return new ImageInfo(new InfoHandle(info));
        }

        /// <summary>As <see cref="Probe(byte[])"/>, for all that is left of a stream.</summary>
        public static ImageInfo Probe(Stream stream)
        {
            return Probe(Streams.ReadAll(stream));
        }

        /// <summary>As <see cref="Probe(byte[])"/>, for a file, of which no more is read than needed.</summary>
        /// <exception cref="UserImageException">Also <see cref="ErrorCode.Io"/>, when it cannot be read.</exception>
        public static ImageInfo ProbeFile(string path)
        {
            if (path == null)
            {
                throw new ArgumentNullException("path");
            }
            NativeLibraryLoader.Ensure();
            IntPtr info = IntPtr.Zero;
            using (var pins = new Pins())
            {
                UIntPtr length;
                IntPtr text = pins.Text(path, out length);
                Call.Succeeds(
                    (ref IntPtr error) => NativeMethods.userimage_probe_path(text, length, ref info, ref error));
            }
            return new ImageInfo(new InfoHandle(info));
        }

        /// <summary>As <see cref="ProbeFile"/>, on a thread of the pool.</summary>
        public static Task<ImageInfo> ProbeFileAsync(string path)
        {
            return Task.Run(() => ProbeFile(path));
        }
    }

    /// <summary>The size of a print, as a person sees the picture.</summary>
    public struct PrintSize
    {
        internal PrintSize(double width, double height)
            : this()
        {
            WidthInches = width;
            HeightInches = height;
        }

        /// <summary>Inches across.</summary>
        public double WidthInches { get; private set; }

        /// <summary>Inches down.</summary>
        public double HeightInches { get; private set; }
    }
}
