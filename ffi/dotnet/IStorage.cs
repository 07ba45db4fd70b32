namespace UserImage
{
    /// <summary>
    /// A storage of the host's own. It is called from any thread that uploads, from several at once, and may
    /// use the library. What it throws makes the upload fail with code 500 and is the exception's cause. It
    /// is disposed of, if it can be, after its uploader.
    /// </summary>
    public interface IStorage
    {
        /// <summary>Keeps an image whole or not at all, durably.</summary>
        StorageAnswer Store(NewImage image);
    }

    /// <summary>A storage that also reads back. Everything is per website.</summary>
    public interface IReadableStorage : IStorage
    {
        /// <summary>The website's image with this id, or null.</summary>
        KeptImage Find(int websiteId, long id);

        /// <summary>One of the image's files, or null.</summary>
        byte[] Read(int websiteId, long id, Variant variant);

        /// <summary>A page of a user's images, newest first.</summary>
        KeptImageList List(int websiteId, string userId, long pageIndex, int pageSize);

        /// <summary>Deletes an image and both its files; tells whether there was one.</summary>
        bool Delete(int websiteId, long id);

        /// <summary>Removes what never finished and is older than this.</summary>
        Swept Sweep(System.TimeSpan minAge);
    }

    /// <summary>Tells which websites there are and which keys open them.</summary>
    /// <remarks>
    /// It is called from any thread that uploads, from several at once. What it throws makes the upload fail
    /// with code 500. It is disposed of, if it can be, after its uploader.
    /// </remarks>
    public interface IAuthenticator
    {
        /// <summary>Whether there is such a website.</summary>
        bool Knows(int websiteId);

        /// <summary>Whether the key opens the website. Compare in constant time, and do not log it.</summary>
        bool Accepts(int websiteId, string key);
    }

    /// <summary>Which of an image's two files.</summary>
    public enum Variant
    {
        /// <summary>The bytes as they came.</summary>
        Original = 0,

        /// <summary>The rendition for screens.</summary>
        Standard = 1,
    }

    /// <summary>A checked image on its way into a storage.</summary>
    public sealed class NewImage
    {
        internal NewImage(ImageRecord record, byte[] original, byte[] standard)
        {
            Record = record;
            Original = original;
            Standard = standard;
        }

        /// <summary>What is known of it.</summary>
        public ImageRecord Record { get; private set; }

        /// <summary>The bytes as they came.</summary>
        public byte[] Original { get; private set; }

        /// <summary>The standard rendition.</summary>
        public byte[] Standard { get; private set; }
    }

    /// <summary>What a storage gives to an image.</summary>
    public class StorageAnswer
    {
        /// <summary>Its number (positive), its photo code, and where a client gets its two files.</summary>
        public StorageAnswer(long id, string photoCode, string originalUrl, string standardUrl)
        {
            Id = id;
            PhotoCode = photoCode;
            OriginalUrl = originalUrl;
            StandardUrl = standardUrl;
        }

        /// <summary>Its number.</summary>
        public long Id { get; private set; }

        /// <summary>Its photo code.</summary>
        public string PhotoCode { get; private set; }

        /// <summary>Where a client gets the original.</summary>
        public string OriginalUrl { get; private set; }

        /// <summary>Where a client gets the standard rendition.</summary>
        public string StandardUrl { get; private set; }
    }

    /// <summary>An image that a storage gives back.</summary>
    public sealed class KeptImage : StorageAnswer
    {
        /// <summary>What it gave, and the <see cref="ImageRecord.Json"/> that it kept.</summary>
        public KeptImage(long id, string photoCode, string originalUrl, string standardUrl, string recordJson)
            : base(id, photoCode, originalUrl, standardUrl)
        {
            RecordJson = recordJson;
        }

        /// <summary>The <see cref="ImageRecord.Json"/> that it kept.</summary>
        public string RecordJson { get; private set; }
    }

    /// <summary>A page of what a storage gives back.</summary>
    public sealed class KeptImageList
    {
        /// <summary>A page of <paramref name="images"/>, of <paramref name="total"/> in all.</summary>
        public KeptImageList(long total, System.Collections.Generic.IList<KeptImage> images)
        {
            Total = total;
            Images = images;
        }

        /// <summary>How many images the user has in all.</summary>
        public long Total { get; private set; }

        /// <summary>The page's, newest first.</summary>
        public System.Collections.Generic.IList<KeptImage> Images { get; private set; }
    }
}
