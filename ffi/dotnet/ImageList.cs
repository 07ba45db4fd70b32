using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>A page of a user's images.</summary>
/// <param name="Total">How many images the user has in all.</param>
/// <param name="Images">The images of the page, newest first.</param>
public sealed unsafe record ImageList(long Total, IReadOnlyList<StoredImage> Images)
{
    /// <summary>Ends a call that lists: reads the list and frees it.</summary>
    internal static ImageList Take(int code, userimage_list* list, userimage_error* error)
    {
        try
        {
            NativeCall.Check(code, error);
            var view = new userimage_list_view();
            NativeCall.Check(NativeMethods.userimage_list_get(list, &view), null);
            var images = new StoredImage[view.image_count];
            for (int i = 0; i < images.Length; i++)
            {
                images[i] = StoredImage.Read(view.images[i]);
            }
            return new ImageList(Saturate.ToLong(view.total), images);
        }
        finally
        {
            NativeMethods.userimage_list_free(list);
        }
    }
}
