using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace UserImage.AspNetCore;

/// <summary>Whether the storage can be read: it looks for an image that is mostly not there.</summary>
internal sealed class UserImageHealthCheck(Uploader uploader) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await uploader.FindAsync(1, 1, cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (UserImageException exception) when (exception.Code == ErrorCode.Unsupported)
        {
            return HealthCheckResult.Healthy("The storage does not read back.");
        }
        catch (UserImageException exception)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception.Reason, exception);
        }
    }
}
