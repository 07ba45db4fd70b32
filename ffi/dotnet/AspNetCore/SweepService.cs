using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UserImage.AspNetCore;

/// <summary>
/// Sweeps the storage from time to time. As a hosted service it opens the uploader before the server listens, so that an
/// invalid configuration ends the start.
/// </summary>
internal sealed partial class SweepService(Uploader uploader, IOptions<UserImageOptions> options, ILogger<Uploader> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        (TimeSpan interval, TimeSpan minAge) = (options.Value.SweepInterval, options.Value.SweepMinAge);
        if (interval == TimeSpan.Zero)
        {
            return;
        }
        using var timer = new PeriodicTimer(interval);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                SweepReport report = await uploader.SweepAsync(minAge, stoppingToken).ConfigureAwait(false);
                Swept(logger, report.Records, report.Files, report.Images);
            }
            catch (UserImageException exception) when (exception.Code == ErrorCode.Unsupported)
            {
                return; // the storage has nothing to sweep
            }
            catch (UserImageException exception)
            {
                SweepFailed(logger, exception, interval);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Swept {Records} records and {Files} files, deleted {Images} old images")]
    private static partial void Swept(ILogger logger, long records, long files, long images);

    [LoggerMessage(2, LogLevel.Error, "The sweep failed; the next one is in {Interval}")]
    private static partial void SweepFailed(ILogger logger, Exception exception, TimeSpan interval);
}
