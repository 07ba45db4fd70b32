using System;
using UserImage.Native;

namespace UserImage
{
    /// <summary>
    /// What EXIF tells of how a picture was made, as the camera wrote it. A value is null where it does not tell it.
    /// </summary>
    public sealed class ExifDetails
    {
        private ExifDetails(IntPtr exif)
        {
            Make = Get.Text(exif, NativeMethods.userimage_exif_make);
            Model = Get.Text(exif, NativeMethods.userimage_exif_model);
            Lens = Get.Text(exif, NativeMethods.userimage_exif_lens);
            Software = Get.Text(exif, NativeMethods.userimage_exif_software);
            Time = Get.Text(exif, NativeMethods.userimage_exif_time);
            HasPosition = Get.YesNo(exif, NativeMethods.userimage_exif_has_position).Value;
        }

        /// <summary>Who made the camera.</summary>
        public string Make { get; private set; }

        /// <summary>Which camera.</summary>
        public string Model { get; private set; }

        /// <summary>Which lens.</summary>
        public string Lens { get; private set; }

        /// <summary>What wrote the file.</summary>
        public string Software { get; private set; }

        /// <summary>
        /// When the picture was taken, else when the file was changed: YYYY:MM:DD HH:MM:SS, in the camera's own time.
        /// </summary>
        public string Time { get; private set; }

        /// <summary>Whether the file tells where the picture was taken.</summary>
        public bool HasPosition { get; private set; }

        /// <summary>Reads the EXIF block of a file; null when it has none that parses.</summary>
        public static ExifDetails Read(byte[] data)
        {
            if (data == null)
            {
                throw new ArgumentNullException("data");
            }
            NativeLibraryLoader.Ensure();
            IntPtr exif = IntPtr.Zero;
            bool found = Call.Finds((ref IntPtr error) => NativeMethods.userimage_exif_read(
                data, (UIntPtr)(uint)data.Length, ref exif, ref error));
            if (!found)
            {
                return null;
            }
            using (var handle = new ExifHandle(exif))
            {
                return new ExifDetails(handle.Pointer);
            }
        }
    }
}
