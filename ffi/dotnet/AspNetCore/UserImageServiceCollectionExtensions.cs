using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using UserImage;
using UserImage.AspNetCore;

// The namespace of the type that it extends, as for all such methods.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the uploader to a host.</summary>
public static class UserImageServiceCollectionExtensions
{
    /// <summary>
    /// Adds the one <see cref="Uploader"/> of the process, also as <see cref="IUploader"/>, its health check "userimage" and the
    /// sweep. An invalid configuration ends the start. The uploader closes after the server, with the services.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">
    /// The configuration, such as <c>builder.Configuration.GetSection("UserImage")</c>: the keys of docs/configuration.md, and
    /// "server" for <see cref="UserImageOptions"/>.
    /// </param>
    /// <param name="configure">Changes what the section says.</param>
    public static IServiceCollection AddUserImage(
        this IServiceCollection services, IConfigurationSection section, Action<UserImageOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddUserImage(options =>
        {
            options.Read(section);
            configure?.Invoke(options);
        });
    }

    /// <summary>As the other, configured in code.</summary>
    public static IServiceCollection AddUserImage(this IServiceCollection services, Action<UserImageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<UserImageOptions>().Configure(configure).ValidateOnStart();
        services.TryAddSingleton<IValidateOptions<UserImageOptions>, Validation>();
        services.AddMetrics();
        services.TryAddSingleton<Telemetry>();
        services.TryAddSingleton<BodyBudget>();
        services.TryAddSingleton(Open);
        services.TryAddSingleton<IUploader>(provider => provider.GetRequiredService<Uploader>());
        services.AddHostedService<SweepService>();
        services.AddHealthChecks().AddCheck<UserImageHealthCheck>("userimage");
        return services;
    }

    private static Uploader Open(IServiceProvider services)
    {
        UserImageOptions options = services.GetRequiredService<IOptions<UserImageOptions>>().Value;
        var host = new UploaderHost
        {
            AsyncStorage = services.GetService<IAsyncStorage>(),
            Storage = services.GetService<IStorage>(),
            Authenticator = services.GetService<IAuthenticator>(),
            AsyncAuthenticator = services.GetService<IAsyncAuthenticator>(),
            TextValues = true,
        };
        foreach (IInspector inspector in services.GetServices<IInspector>())
        {
            host.Inspectors.Add(inspector);
        }
        foreach (IAsyncInspector inspector in services.GetServices<IAsyncInspector>())
        {
            host.AsyncInspectors.Add(inspector);
        }
        Telemetry telemetry = services.GetRequiredService<Telemetry>();
        host.Log = telemetry.Log;
        host.MaxLogLevel = telemetry.MaxLevel;
        options.ConfigureHost?.Invoke(services, host);
        return new Uploader(options.Configuration, host);
    }

    private sealed class Validation : IValidateOptions<UserImageOptions>
    {
        public ValidateOptionsResult Validate(string? name, UserImageOptions options)
        {
            var problems = options.Problems().ToList();
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
