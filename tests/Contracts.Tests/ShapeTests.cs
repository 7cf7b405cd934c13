using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Restoration.Contracts.Tests;

/// <summary>
/// What one service tells another may only grow: a member once published stays, with its type. Each contract has a file with its members;
/// <c>UPDATE_GOLDEN=1</c> writes those that are missing and adds new members, never more.
/// </summary>
public sealed class ShapeTests
{
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true };

    private static readonly Dictionary<string, Type> s_contracts = typeof(Registry.Amount).Assembly.GetExportedTypes()
        .ToDictionary(t => $"{t.Namespace!.Split('.')[^1]}.{t.Name}");

    public static TheoryData<string> Names => [.. s_contracts.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_contract_only_grows(string name)
    {
        var file = Path.Combine(Golden(), $"{name}.json");
        var shape = Shape(s_contracts[name]);
        var published = File.Exists(file) ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(file))! : [];
        Assert.Empty(published.Where(m => shape.GetValueOrDefault(m.Key) != m.Value).Select(m => $"{name}.{m.Key} was {m.Value} and is {shape.GetValueOrDefault(m.Key, "gone")}"));
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Golden());
            File.WriteAllText(file, JsonSerializer.Serialize(shape, s_readable).Replace("\\u003C", "<", StringComparison.Ordinal).Replace("\\u003E", ">", StringComparison.Ordinal) + "\n");
            published = shape;
        }

        Assert.Empty(shape.Keys.Except(published.Keys).Select(m => $"{name}.{m} is not in its file yet"));
    }

    [Fact]
    public void Each_file_is_of_a_contract() => Assert.Equal(
        s_contracts.Keys.Order(StringComparer.Ordinal), Directory.GetFiles(Golden(), "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_contract_is_a_plain_record(string name)
    {
        var type = s_contracts[name];
        Assert.True(type.IsSealed && type.BaseType == typeof(object) && type.GetMethod("<Clone>$") is not null, $"{name} is no sealed record");
        Assert.All(type.GetProperties(), p => Assert.True(Plain(p.PropertyType), $"{name}.{p.Name} is a {p.PropertyType}"));
    }

    private static bool Plain(Type type) => type switch
    {
        { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) || Nullable.GetUnderlyingType(type) is not null => Plain(type.GetGenericArguments()[0]),
        _ => type == typeof(string) || type == typeof(int) || type == typeof(long) || type == typeof(decimal) || type == typeof(bool)
            || type == typeof(DateOnly) || type == typeof(DateTimeOffset) || s_contracts.ContainsValue(type),
    };

    private static SortedDictionary<string, string> Shape(Type type)
    {
        var nullability = new NullabilityInfoContext();
        return new(type.GetProperties().ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name), p => Word(nullability.Create(p))), StringComparer.Ordinal);
    }

    private static string Word(NullabilityInfo info)
    {
        var plain = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        var word = plain.IsGenericType ? $"{Word(info.GenericTypeArguments[0])}[]" : plain.Name;
        return info.ReadState == NullabilityState.Nullable ? word + "?" : word;
    }

    private static string Golden([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");
}
