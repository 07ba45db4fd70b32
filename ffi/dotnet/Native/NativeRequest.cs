using System.Collections.Generic;

namespace UserImage.Native;

/// <summary>A <see cref="FormRequest"/> for the library, which reads the parts' data where they are.</summary>
internal readonly unsafe ref struct NativeRequest
{
    private readonly Pins pins = new();

    internal NativeRequest(FormRequest form, userimage_cancellation* cancellation = null)
    {
        userimage_request* request = null;
        userimage_error* error = null;
        NativeCall.Check(NativeMethods.userimage_request_new(&request, &error), error);
        Pointer = request;
        try
        {
            if (cancellation != null)
            {
                NativeCall.Check(NativeMethods.userimage_request_cancelled_by(request, cancellation), null);
            }
            foreach (KeyValuePair<string, string> header in form.Headers)
            {
                byte* name = pins.ClientText(header.Key, out nuint nameLength);
                byte* value = pins.ClientText(header.Value, out nuint valueLength);
                NativeCall.Check(
                    NativeMethods.userimage_request_header(request, name, nameLength, value, valueLength, &error), error);
            }
            foreach (KeyValuePair<string, string> parameter in form.Query)
            {
                byte* name = pins.ClientText(parameter.Key, out nuint nameLength);
                byte* value = pins.ClientText(parameter.Value, out nuint valueLength);
                NativeCall.Check(
                    NativeMethods.userimage_request_query(request, name, nameLength, value, valueLength, &error), error);
            }
            foreach (FormRequest.FormPart part in form.Parts)
            {
                var native = new userimage_part { flags = NativeMethods.USERIMAGE_PART_BORROW };
                native.name = pins.ClientText(part.Name, out native.name_len);
                native.file_name = pins.ClientText(part.FileName, out native.file_name_len);
                native.content_type = pins.ClientText(part.ContentType, out native.content_type_len);
                if (part.Buffer is { } buffer)
                {
                    native.data = buffer.Pointer;
                    native.data_len = (nuint)buffer.Length;
                }
                else
                {
                    native.data = pins.Bytes(part.Data, out native.data_len);
                }
                NativeCall.Check(NativeMethods.userimage_request_part(request, &native, &error), error);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal userimage_request* Pointer { get; }

    public void Dispose()
    {
        NativeMethods.userimage_request_free(Pointer);
        pins.Dispose();
    }
}
