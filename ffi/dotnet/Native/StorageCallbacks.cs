using System;

namespace UserImage.Native;

/// <summary>An <see cref="IStorage"/> as the library's table.</summary>
internal static unsafe class StorageCallbacks
{
    private static readonly userimage_storage.DestroyCallback DestroyKept = Callback.Destroy;
    private static readonly userimage_storage.StoreCallback StoreKept = Store;
    private static readonly userimage_storage.FindCallback FindKept = Find;
    private static readonly userimage_storage.FindKeyCallback FindKeyKept = FindKey;
    private static readonly userimage_storage.ReadCallback ReadKept = Read;
    private static readonly userimage_storage.ListCallback ListKept = List;
    private static readonly userimage_storage.DeleteImageCallback DeleteKept = Delete;
    private static readonly userimage_storage.SweepCallback SweepKept = Sweep;
    private static readonly userimage_storage.ReadRangeCallback ReadRangeKept = ReadRange;

    internal static userimage_storage Table(IStorage storage, bool owned)
    {
        var table = new userimage_storage { Destroy = DestroyKept, Store = StoreKept };
        if (storage is IReadableStorage)
        {
            table.Find = FindKept;
            table.FindKey = FindKeyKept;
            table.Read = ReadKept;
            table.List = ListKept;
            table.DeleteImage = DeleteKept;
            table.Sweep = SweepKept;
        }
        if (storage is IRangeStorage)
        {
            table.ReadRange = ReadRangeKept;
        }
        table.user_data = Callback.Keep(storage, owned);
        return table;
    }

    private static int Store(
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
            var facts = new ImageRecord(record);
            var image = new NewImage(
                facts, Utf8.Copy(original, originalLength), Utf8.Copy(standard, standardLength))
            {
                RenditionFiles = RenditionRecord.Files(record, facts.Renditions.Count),
            };
            StoreResult? result = Callback.Host<IStorage>(userData).Store(image);
            if (result == null)
            {
                return Callback.Ok; // The library says that there is no answer.
            }
            using var pins = new Pins();
            userimage_stored stored = pins.Stored(result);
            return NativeMethods.userimage_sink_stored(sink, &stored);
        });
    }

    private static int Find(void* userData, int websiteId, ulong id, userimage_sink* sink)
    {
        return Callback.Guard(sink, () =>
            Answer(sink, Callback.Host<IReadableStorage>(userData).Find(websiteId, checked((long)id))));
    }

    private static int FindKey(void* userData, byte* key, nuint keyLength, userimage_sink* sink)
    {
        return Callback.Guard(sink, () =>
            Answer(sink, Callback.Host<IReadableStorage>(userData).FindKey(Utf8.Text(key, keyLength))));
    }

    private static int Read(
        void* userData, int websiteId, ulong id, byte* variant, nuint variantLength, userimage_sink* sink)
    {
        return Callback.Guard(sink, () =>
        {
            var storage = Callback.Host<IReadableStorage>(userData);
            return Answer(sink, storage.Read(websiteId, checked((long)id), Utf8.Constant(variant, variantLength)));
        });
    }

    private static int ReadRange(
        void* userData,
        int websiteId,
        ulong id,
        byte* variant,
        nuint variantLength,
        ulong offset,
        nuint length,
        userimage_sink* sink)
    {
        return Callback.Guard(sink, () =>
        {
            string name = Utf8.Constant(variant, variantLength);
            return Answer(sink, Callback.Host<IRangeStorage>(userData).ReadRange(
                websiteId, checked((long)id), name, checked((long)offset), checked((int)length)));
        });
    }

    private static int List(
        void* userData,
        int websiteId,
        byte* userId,
        nuint userIdLength,
        ulong pageIndex,
        uint pageSize,
        userimage_sink* sink)
    {
        return Callback.Guard(sink, () =>
        {
            ImageList? list = Callback.Host<IReadableStorage>(userData).List(
                websiteId, Utf8.Text(userId, userIdLength), checked((long)pageIndex), checked((int)pageSize));
            if (list == null)
            {
                return Callback.Ok; // The library says that there is no answer.
            }
            int code = NativeMethods.userimage_sink_total(sink, Count(list.Total, nameof(list.Total)));
            foreach (StoredImage? image in list.Images)
            {
                code = code != Callback.Ok ? code
                    : image != null ? Answer(sink, image)
                    : throw new InvalidOperationException("An image of the list is null.");
            }
            return code;
        });
    }

    private static int Delete(void* userData, int websiteId, ulong id, userimage_sink* sink)
    {
        return Callback.Guard(sink, () =>
            Callback.Host<IReadableStorage>(userData).Delete(websiteId, checked((long)id))
                ? Callback.Ok
                : Callback.Absent);
    }

    private static int Sweep(void* userData, ulong minAgeMs, userimage_sink* sink)
    {
        return Callback.Guard(sink, () =>
        {
            const ulong most = long.MaxValue / TimeSpan.TicksPerMillisecond;
            var minAge = new TimeSpan((long)Math.Min(minAgeMs, most) * TimeSpan.TicksPerMillisecond);
            SweepReport report = Callback.Host<IReadableStorage>(userData).Sweep(minAge);
            var native = new userimage_sweep_report
            {
                records = Count(report.Records, nameof(report.Records)),
                files = Count(report.Files, nameof(report.Files)),
            };
            return NativeMethods.userimage_sink_swept(sink, &native);
        });
    }

    private static ulong Count(long number, string name)
    {
        return number >= 0 ? (ulong)number : throw new InvalidOperationException(name + " is negative.");
    }

    private static int Answer(userimage_sink* sink, byte[]? file)
    {
        if (file == null)
        {
            return Callback.Absent;
        }
        fixed (byte* data = file)
        {
            return NativeMethods.userimage_sink_bytes(sink, data, (nuint)file.Length);
        }
    }

    private static int Answer(userimage_sink* sink, StoredImage? image)
    {
        if (image == null)
        {
            return Callback.Absent;
        }
        using var pins = new Pins();
        userimage_stored stored = pins.Stored(image);
        return NativeMethods.userimage_sink_image(sink, &stored);
    }
}
