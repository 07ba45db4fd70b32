namespace UserImage.Native;

/// <summary>An <see cref="IInspector"/> as the library's table.</summary>
internal static unsafe class InspectorCallbacks
{
    private static readonly userimage_inspector.DestroyCallback DestroyKept = Callback.Destroy;
    private static readonly userimage_inspector.InspectCallback InspectKept = Inspect;

    /// <summary>The table of an inspector, whose name lives as long as the pins.</summary>
    internal static userimage_inspector Table(IInspector inspector, bool owned, Pins pins)
    {
        object host = inspector is IBlocking blocking ? blocking.Host : inspector;
        byte* name = pins.Text(host.GetType().Name, out nuint length);
        return new userimage_inspector
        {
            Destroy = DestroyKept,
            Inspect = InspectKept,
            name = name,
            name_len = length,
            user_data = Callback.Keep(inspector, owned),
        };
    }

    private static int Inspect(
        void* userData,
        userimage_record* record,
        byte* original,
        nuint originalLength,
        byte* standard,
        nuint standardLength,
        userimage_sink* sink)
    {
        return Callback.Guard(sink, () =>
        {
            var image = new NewImage(
                new ImageRecord(record), Utf8.Copy(original, originalLength), Utf8.Copy(standard, standardLength));
            Verdict verdict = Callback.Host<IInspector>(userData).Inspect(image);
            if (verdict.IsAccepted)
            {
                return NativeMethods.userimage_sink_decide(sink, 1);
            }
            if (verdict.Reason == null)
            {
                return Callback.Ok; // The library says that there is no answer.
            }
            using var pins = new Pins();
            byte* reason = pins.Text(verdict.Reason, out nuint length);
            return NativeMethods.userimage_sink_refuse(sink, reason, length);
        });
    }
}
