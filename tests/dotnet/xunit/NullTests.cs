using System.Reflection;
using Xunit;

namespace UserImage.XunitTests;

/// <summary>Where null is not allowed, it is an ArgumentNullException with the argument's name: of every public method and class.</summary>
public sealed class NullTests : IDisposable
{
    private static readonly NullabilityInfoContext Nullability = new();

    private readonly Uploader uploader = new("""{"storage": {"memory": {"base_url": "/"}}, "authentication": "already_checked"}""");
    private readonly StoredImage image;

    public NullTests()
    {
        image = uploader.Upload(new("photo.jpg", Site.Photo) { WebsiteId = "1001", ClientKey = "-", UserId = "1" });
    }

    public void Dispose()
    {
        uploader.Dispose();
    }

    [Fact]
    public void IsRefusedWhereItIsNotAllowed()
    {
        int tried = 0;
        var wrong = new List<string>();
        foreach (MethodBase method in Methods())
        {
            ParameterInfo[] parameters = method.GetParameters();
            foreach (ParameterInfo parameter in parameters)
            {
                if (parameter.ParameterType.IsValueType || parameter.IsOut || parameter.ParameterType.IsByRef
                    || Nullability.Create(parameter).WriteState == NullabilityState.Nullable)
                {
                    continue;
                }
                object?[] arguments = parameters.Select(other => other == parameter ? null : Value(other.ParameterType)).ToArray();
                tried++;
                Exception? error = Record(method, arguments);
                if ((error as ArgumentNullException)?.ParamName != parameter.Name)
                {
                    wrong.Add($"{method.DeclaringType!.Name}.{method.Name}({string.Join(", ", parameters.Select(one => one.ParameterType.Name))}): "
                        + $"null as {parameter.Name}: {error?.GetType().Name ?? "nothing"}: {error?.Message}");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(tried > 100, $"{tried} arguments");
    }

    private static IEnumerable<MethodBase> Methods()
    {
        const BindingFlags declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (Type type in typeof(Uploader).Assembly.GetExportedTypes())
        {
            if (type.IsInterface || type.IsEnum)
            {
                continue;
            }
            // Records take what they are given. A setter is a part of making an object, which whoever takes it checks.
            bool isRecord = type.GetMethod("<Clone>$") != null || type.IsValueType;
            foreach (MethodBase method in type.GetConstructors().Where(_ => !isRecord).Cast<MethodBase>().Concat(type.GetMethods(declared)))
            {
                bool isIterator = method.IsDefined(typeof(System.Runtime.CompilerServices.AsyncIteratorStateMachineAttribute));
                if ((!type.IsAbstract || method.IsStatic) && (method.IsConstructor || !method.IsSpecialName) && method.Name != "Equals" && !isIterator)
                {
                    yield return method;
                }
            }
        }
    }

    private Exception? Record(MethodBase method, object?[] arguments)
    {
        try
        {
            object? result = method is ConstructorInfo constructor
                ? constructor.Invoke(arguments)
                : method.Invoke(method.IsStatic ? null : Value(method.DeclaringType!), arguments);
            (result as Task)?.GetAwaiter().GetResult();
            (result as IDisposable)?.Dispose();
            return null;
        }
        catch (TargetInvocationException exception)
        {
            return exception.InnerException;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    /// <summary>A value of each type that an argument has.</summary>
    private object? Value(Type type)
    {
        return type == typeof(string) ? "1"
            : type == typeof(byte[]) ? Site.Photo
            : type == typeof(Stream) ? new MemoryStream(Site.Photo)
            : type == typeof(Uploader) ? uploader
            : type == typeof(StoredImage) ? image
            : type == typeof(ImageRecord) ? image.Record
            : type == typeof(UploadRequest) ? new UploadRequest("a.jpg", Site.Photo) { WebsiteId = "1001", ClientKey = "-", UserId = "1" }
            : type == typeof(Admitted) ? uploader.Admit(Head())
            : type == typeof(BodyReceiver) ? uploader.Begin("POST", "/", [])
            : type == typeof(System.Collections.Specialized.NameValueCollection) ? new System.Collections.Specialized.NameValueCollection()
            : type.IsGenericType && type.Name.StartsWith("IEnumerable", StringComparison.Ordinal) ? Array.CreateInstance(type.GenericTypeArguments[0], 0)
            : type.IsGenericType && type.Name.StartsWith("IReadOnly", StringComparison.Ordinal) ? Array.CreateInstance(type.GenericTypeArguments[^1], 0)
            : type.IsValueType ? Activator.CreateInstance(type)
            : type.GetConstructor([]) is { } constructor ? constructor.Invoke([])
            : null;
    }

    private static FormRequest Head()
    {
        var head = new FormRequest();
        head.AddHeader("websiteId", "1001");
        head.AddHeader("webApiClientKey", "-");
        head.AddQuery("userId", "1");
        return head;
    }
}
