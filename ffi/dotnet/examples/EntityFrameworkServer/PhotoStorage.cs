using System.Globalization;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using UserImage;

namespace Shop;

/// <summary>
/// A stored image: the record as the document that <see cref="ImageRecord.ToJson"/> returns, columns for what is looked up,
/// and both files.
/// </summary>
public sealed class Photo
{
    public long Id { get; set; }

    public int WebsiteId { get; set; }

    public string UserId { get; set; } = "";

    public string Sha256 { get; set; } = "";

    public string OriginalKey { get; set; } = "";

    public string StandardKey { get; set; } = "";

    /// <summary>The first photo of the same bytes by the same user, if it is not this one.</summary>
    public long? FirstId { get; set; }

    public string Record { get; set; } = "";

    public byte[] Original { get; set; } = [];

    public byte[] Standard { get; set; } = [];
}

public sealed class PhotoContext(DbContextOptions<PhotoContext> options) : DbContext(options)
{
    public DbSet<Photo> Photos => Set<Photo>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Photo>(photo =>
        {
            // SQLite's AUTOINCREMENT, which Entity Framework uses for such a key, gives no number twice.
            photo.HasKey(row => row.Id);
            photo.HasIndex(row => new { row.WebsiteId, row.UserId, row.Id });
            photo.HasIndex(row => row.OriginalKey).IsUnique();
            photo.HasIndex(row => row.StandardKey).IsUnique();
        });
    }
}

/// <summary>A storage on Entity Framework. An image is one row: a transaction stores both files and the record, or nothing.</summary>
public sealed class PhotoStorage(IDbContextFactory<PhotoContext> contexts, string baseUrl) : IReadableAsyncStorage
{
    // What a list needs of a row: not the files.
    private static readonly Expression<Func<Photo, Facts>> ToFacts = row => new Facts(row.Id, row.FirstId, row.Record);

    public async Task<StoreResult> StoreAsync(NewImage image, CancellationToken cancellationToken)
    {
        ImageRecord record = image.Record;
        await using PhotoContext context = await contexts.CreateDbContextAsync(cancellationToken);
        long? first = await context.Photos
            .Where(row => row.WebsiteId == record.WebsiteId && row.UserId == record.UserId && row.Sha256 == record.Sha256)
            .Select(row => (long?)(row.FirstId ?? row.Id))
            .FirstOrDefaultAsync(cancellationToken);
        var photo = new Photo
        {
            WebsiteId = record.WebsiteId,
            UserId = record.UserId,
            Sha256 = record.Sha256,
            OriginalKey = record.OriginalKey,
            StandardKey = record.StandardKey,
            FirstId = first,
            Record = record.ToJson(),
            Original = image.Original,
            Standard = image.Standard,
        };
        context.Photos.Add(photo);
        await context.SaveChangesAsync(cancellationToken);
        return new StoreResult(photo.Id, Code(photo.Id, first), baseUrl + record.OriginalKey, baseUrl + record.StandardKey);
    }

    public async Task<StoredImage?> FindAsync(int websiteId, long id, CancellationToken cancellationToken)
    {
        await using PhotoContext context = await contexts.CreateDbContextAsync(cancellationToken);
        return Image(await context.Photos.Where(row => row.WebsiteId == websiteId && row.Id == id)
            .Select(ToFacts).FirstOrDefaultAsync(cancellationToken));
    }

    public async Task<StoredImage?> FindKeyAsync(string key, CancellationToken cancellationToken)
    {
        await using PhotoContext context = await contexts.CreateDbContextAsync(cancellationToken);
        return Image(await context.Photos.Where(row => row.OriginalKey == key || row.StandardKey == key)
            .Select(ToFacts).FirstOrDefaultAsync(cancellationToken));
    }

    public async Task<byte[]?> ReadAsync(int websiteId, long id, Variant variant, CancellationToken cancellationToken)
    {
        await using PhotoContext context = await contexts.CreateDbContextAsync(cancellationToken);
        IQueryable<Photo> photo = context.Photos.Where(row => row.WebsiteId == websiteId && row.Id == id);
        IQueryable<byte[]>? file = variant == Variant.Original ? photo.Select(row => row.Original)
            : variant == Variant.Standard ? photo.Select(row => row.Standard)
            : null; // it stores no further renditions
        return file == null ? null : await file.FirstOrDefaultAsync(cancellationToken);
    }

    public async Task<ImageList> ListAsync(
        int websiteId, string userId, long pageIndex, int pageSize, CancellationToken cancellationToken)
    {
        await using PhotoContext context = await contexts.CreateDbContextAsync(cancellationToken);
        IQueryable<Photo> own = context.Photos.Where(row => row.WebsiteId == websiteId && row.UserId == userId);
        long total = await own.LongCountAsync(cancellationToken);
        // A page after the last int is empty: nobody has so many.
        int before = (int)Math.Min(int.MaxValue, pageIndex * Math.Max(1L, pageSize));
        List<Facts> page = await own.OrderByDescending(row => row.Id).Skip(before).Take(pageSize)
            .Select(ToFacts).ToListAsync(cancellationToken);
        return new ImageList(total, page.ConvertAll(facts => Image(facts)!));
    }

    public async Task<bool> DeleteAsync(int websiteId, long id, CancellationToken cancellationToken)
    {
        await using PhotoContext context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Photos.Where(row => row.WebsiteId == websiteId && row.Id == id)
            .ExecuteDeleteAsync(cancellationToken) > 0;
    }

    public Task<SweepReport> SweepAsync(TimeSpan minAge, CancellationToken cancellationToken)
    {
        return Task.FromResult(new SweepReport(0, 0)); // a transaction leaves nothing behind
    }

    private StoredImage? Image(Facts? facts)
    {
        if (facts == null)
        {
            return null;
        }
        ImageRecord record = ImageRecord.FromJson(facts.Record);
        return new StoredImage(
            facts.Id, Code(facts.Id, facts.FirstId), baseUrl + record.OriginalKey, baseUrl + record.StandardKey, record);
    }

    private static string Code(long id, long? first)
    {
        return (first ?? id).ToString(CultureInfo.InvariantCulture);
    }

    private sealed record Facts(long Id, long? FirstId, string Record);
}
