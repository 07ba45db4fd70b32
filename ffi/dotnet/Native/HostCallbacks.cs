using System;
using System.Runtime.InteropServices;

namespace UserImage.Native
{
    /// <summary>
    /// The callbacks of a host's own storage, authenticator and log. The library holds a GCHandle of the
    /// object; the delegates are static and live as long as the process. No exception leaves them.
    /// </summary>
    internal static class HostCallbacks
    {
        private const int Ok = 0;
        private const int Failed = 1;

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate void DestroyDelegate(IntPtr userData);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int StoreDelegate(
            IntPtr userData, IntPtr record, IntPtr original, UIntPtr originalLen, IntPtr standard, UIntPtr standardLen,
            IntPtr sink);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int FindDelegate(IntPtr userData, int websiteId, ulong id, IntPtr sink);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int ReadDelegate(IntPtr userData, int websiteId, ulong id, int variant, IntPtr sink);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int ListDelegate(
            IntPtr userData, int websiteId, IntPtr userId, UIntPtr userIdLen, ulong pageIndex, uint pageSize, IntPtr sink);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int SweepDelegate(IntPtr userData, ulong minAgeMs, IntPtr sink);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int KnowsDelegate(IntPtr userData, int websiteId, IntPtr sink);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate int AcceptsDelegate(
            IntPtr userData, int websiteId, IntPtr key, UIntPtr keyLen, IntPtr sink);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        private delegate void LineDelegate(IntPtr userData, int level, IntPtr text, UIntPtr textLen);

        private static readonly DestroyDelegate DestroyKept = Destroy;
        private static readonly StoreDelegate StoreKept = Store;
        private static readonly FindDelegate FindKept = Find;
        private static readonly ReadDelegate ReadKept = Read;
        private static readonly ListDelegate ListKept = List;
        private static readonly FindDelegate DeleteKept = Delete;
        private static readonly SweepDelegate SweepKept = Sweep;
        private static readonly KnowsDelegate KnowsKept = Knows;
        private static readonly AcceptsDelegate AcceptsKept = Accepts;
        private static readonly LineDelegate LineKept = Line;

        /// <summary>A table whose GCHandle the library frees through Destroy; null for no storage.</summary>
        internal static StorageTable? Table(IStorage storage)
        {
            if (storage == null)
            {
                return null;
            }
            var table = default(StorageTable);
            table.StructSize = (uint)Marshal.SizeOf(typeof(StorageTable));
            table.Destroy = Pointer(DestroyKept);
            table.Store = Pointer(StoreKept);
            if (storage is IReadableStorage)
            {
                table.Find = Pointer(FindKept);
                table.Read = Pointer(ReadKept);
                table.List = Pointer(ListKept);
                table.DeleteImage = Pointer(DeleteKept);
                table.Sweep = Pointer(SweepKept);
            }
            table.UserData = GCHandle.ToIntPtr(GCHandle.Alloc(storage));
            return table;
        }

        internal static AuthenticatorTable? Table(IAuthenticator authenticator)
        {
            if (authenticator == null)
            {
                return null;
            }
            var table = default(AuthenticatorTable);
            table.StructSize = (uint)Marshal.SizeOf(typeof(AuthenticatorTable));
            table.Destroy = Pointer(DestroyKept);
            table.Knows = Pointer(KnowsKept);
            table.Accepts = Pointer(AcceptsKept);
            table.UserData = GCHandle.ToIntPtr(GCHandle.Alloc(authenticator));
            return table;
        }

        internal static LogTable? Table(Action<LogLevel, string> log, LogLevel maxLevel)
        {
            if (log == null)
            {
                return null;
            }
            var table = default(LogTable);
            table.StructSize = (uint)Marshal.SizeOf(typeof(LogTable));
            table.Destroy = Pointer(DestroyKept);
            table.Line = Pointer(LineKept);
            table.MaxLevel = (int)maxLevel;
            table.UserData = GCHandle.ToIntPtr(GCHandle.Alloc(log));
            return table;
        }

        private static IntPtr Pointer(Delegate callback)
        {
            return Marshal.GetFunctionPointerForDelegate(callback);
        }

        private static T Host<T>(IntPtr userData)
        {
            return (T)GCHandle.FromIntPtr(userData).Target;
        }

        private static void Destroy(IntPtr userData)
        {
            // Nobody is left to be told what it throws.
            Call.Contain(() =>
            {
                GCHandle handle = GCHandle.FromIntPtr(userData);
                var disposable = handle.Target as IDisposable;
                handle.Free();
                if (disposable != null)
                {
                    disposable.Dispose();
                }
            });
        }

        /// <summary>Runs a callback: what it throws is told to the sink, and to the call that waits for it.</summary>
        private static int Guard(IntPtr sink, Func<int> callback)
        {
            int code = Failed;
            Exception thrown = Call.Contain(() => code = callback());
            if (thrown != null)
            {
                Call.Threw(thrown);
                // Without a reason, such as where its message throws in turn, the code tells it.
                Call.Contain(() =>
                {
                    using (var pins = new Pins())
                    {
                        UIntPtr length;
                        IntPtr text = pins.Text(thrown.GetType().Name + ": " + thrown.Message, out length);
                        NativeMethods.userimage_sink_fail(sink, text, length);
                    }
                });
            }
            return code;
        }

        private static int Store(
            IntPtr userData, IntPtr record, IntPtr original, UIntPtr originalLen, IntPtr standard, UIntPtr standardLen,
            IntPtr sink)
        {
            return Guard(sink, () =>
            {
                var image = new NewImage(
                    new ImageRecord(record), Get.Copy(original, originalLen), Get.Copy(standard, standardLen));
                StorageAnswer answer = Host<IStorage>(userData).Store(image);
                if (answer == null)
                {
                    return Ok; // which is no answer
                }
                using (var pins = new Pins())
                {
                    UIntPtr codeLength, originalLength, standardLength;
                    IntPtr code = pins.Text(answer.PhotoCode, out codeLength);
                    IntPtr originalUrl = pins.Text(answer.OriginalUrl, out originalLength);
                    IntPtr standardUrl = pins.Text(answer.StandardUrl, out standardLength);
                    return NativeMethods.userimage_sink_stored(
                        sink, Positive(answer.Id), code, codeLength, originalUrl, originalLength, standardUrl,
                        standardLength);
                }
            });
        }

        private static int Find(IntPtr userData, int websiteId, ulong id, IntPtr sink)
        {
            return Guard(sink, () =>
            {
                KeptImage image = Host<IReadableStorage>(userData).Find(websiteId, checked((long)id));
                return image == null ? (int)ErrorCode.Absent : Answer(sink, image);
            });
        }

        private static int Read(IntPtr userData, int websiteId, ulong id, int variant, IntPtr sink)
        {
            return Guard(sink, () =>
            {
                byte[] data = Host<IReadableStorage>(userData).Read(websiteId, checked((long)id), (Variant)variant);
                return data == null
                    ? (int)ErrorCode.Absent
                    : NativeMethods.userimage_sink_bytes(sink, data, (UIntPtr)(uint)data.Length);
            });
        }

        private static int List(
            IntPtr userData, int websiteId, IntPtr userId, UIntPtr userIdLen, ulong pageIndex, uint pageSize, IntPtr sink)
        {
            return Guard(sink, () =>
            {
                KeptImageList list = Host<IReadableStorage>(userData).List(
                    websiteId, Get.Utf8(userId, userIdLen), checked((long)pageIndex), checked((int)pageSize));
                if (list == null)
                {
                    return Ok; // which is no answer
                }
                int code = NativeMethods.userimage_sink_total(sink, checked((ulong)list.Total));
                foreach (KeptImage image in list.Images)
                {
                    code = code == Ok ? Answer(sink, image) : code;
                }
                return code;
            });
        }

        private static int Delete(IntPtr userData, int websiteId, ulong id, IntPtr sink)
        {
            return Guard(sink, () =>
                Host<IReadableStorage>(userData).Delete(websiteId, checked((long)id)) ? Ok : (int)ErrorCode.Absent);
        }

        private static int Sweep(IntPtr userData, ulong minAgeMs, IntPtr sink)
        {
            return Guard(sink, () =>
            {
                const ulong most = long.MaxValue / TimeSpan.TicksPerMillisecond;
                TimeSpan minAge = minAgeMs >= most
                    ? TimeSpan.MaxValue
                    : new TimeSpan((long)minAgeMs * TimeSpan.TicksPerMillisecond);
                Swept swept = Host<IReadableStorage>(userData).Sweep(minAge);
                return NativeMethods.userimage_sink_swept(
                    sink, checked((ulong)swept.Records), checked((ulong)swept.Files));
            });
        }

        private static int Answer(IntPtr sink, KeptImage image)
        {
            using (var pins = new Pins())
            {
                UIntPtr codeLength, originalLength, standardLength, recordLength;
                IntPtr code = pins.Text(image.PhotoCode, out codeLength);
                IntPtr originalUrl = pins.Text(image.OriginalUrl, out originalLength);
                IntPtr standardUrl = pins.Text(image.StandardUrl, out standardLength);
                IntPtr record = pins.Text(image.RecordJson, out recordLength);
                return NativeMethods.userimage_sink_image(
                    sink, Positive(image.Id), code, codeLength, originalUrl, originalLength, standardUrl,
                    standardLength, record, recordLength);
            }
        }

        /// <summary>0, which the library refuses, for what is not positive.</summary>
        private static ulong Positive(long id)
        {
            return id > 0 ? (ulong)id : 0;
        }

        private static int Knows(IntPtr userData, int websiteId, IntPtr sink)
        {
            return Guard(sink, () =>
                NativeMethods.userimage_sink_decide(sink, Host<IAuthenticator>(userData).Knows(websiteId) ? 1 : 0));
        }

        private static int Accepts(IntPtr userData, int websiteId, IntPtr key, UIntPtr keyLen, IntPtr sink)
        {
            return Guard(sink, () =>
            {
                bool accepts = Host<IAuthenticator>(userData).Accepts(websiteId, Get.Utf8(key, keyLen));
                return NativeMethods.userimage_sink_decide(sink, accepts ? 1 : 0);
            });
        }

        private static void Line(IntPtr userData, int level, IntPtr text, UIntPtr textLen)
        {
            // A log that fails does not make uploads fail.
            Call.Contain(() => Host<Action<LogLevel, string>>(userData)((LogLevel)level, Get.Utf8(text, textLen)));
        }
    }
}
