using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Shared.Tests.Domain;

public sealed record Report(Quantity Quantity, Money Invested, Period Period, Dimension Of, Unit? Unit = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Report))]
public sealed partial class ReportJson : JsonSerializerContext;

/// <summary>Services read requests with generated contexts of their own; the value types must be usable from another assembly's.</summary>
public class GeneratedContextTests
{
    [Fact]
    public void A_report_is_the_same_through_a_generated_context()
    {
        const string json = """
            {"quantity":{"value":12.620,"unit":"km2"},"invested":{"amount":1.00,"unit":"yuan"},"period":"2024-Q2","of":"volume-per-area","unit":"mu"}
            """;
        var report = JsonSerializer.Deserialize(json, ReportJson.Default.Report);
        Assert.Equal(json.Trim(), JsonSerializer.Serialize(report, ReportJson.Default.Report));
    }

    [Fact]
    public void A_fault_names_the_place_and_the_member()
    {
        var refused = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"quantity":{"value":1,"unit":"acre"}}""", ReportJson.Default.Report));
        Assert.Equal(("$.quantity", "unit"), (refused.Path, refused.Data["member"]));
    }
}
