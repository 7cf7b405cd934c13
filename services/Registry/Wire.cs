using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Http;
using Restoration.Registry.Divisions;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Registry.Views;
using Restoration.ServiceDefaults;

namespace Restoration.Registry;

/// <summary>Bodies and answers on the wire: nothing unknown, nothing missing, nothing null that must not be.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    MaxDepth = 32)]
[JsonSerializable(typeof(DefineDivisionBody))]
[JsonSerializable(typeof(ReplaceDivisionBody))]
[JsonSerializable(typeof(RegisterPlanBody))]
[JsonSerializable(typeof(AdoptPlanBody))]
[JsonSerializable(typeof(DesignProjectBody))]
[JsonSerializable(typeof(ActBody))]
[JsonSerializable(typeof(NoteBody))]
[JsonSerializable(typeof(ReasonBody))]
[JsonSerializable(typeof(CorrectBody))]
[JsonSerializable(typeof(ProgressReportedData))]
[JsonSerializable(typeof(ProgressCorrectedData))]
[JsonSerializable(typeof(DivisionItem))]
[JsonSerializable(typeof(Page<DivisionItem>), TypeInfoPropertyName = "PageDivisionItem")]
[JsonSerializable(typeof(PlanPage))]
[JsonSerializable(typeof(PlanParts))]
[JsonSerializable(typeof(PlanFindings))]
[JsonSerializable(typeof(Page<PlanItem>), TypeInfoPropertyName = "PagePlanItem")]
[JsonSerializable(typeof(ProjectPage))]
[JsonSerializable(typeof(ProjectMeasures))]
[JsonSerializable(typeof(Page<ProjectItem>), TypeInfoPropertyName = "PageProjectItem")]
[JsonSerializable(typeof(FigureItem))]
[JsonSerializable(typeof(Page<FigureItem>), TypeInfoPropertyName = "PageFigureItem")]
[JsonSerializable(typeof(PlanSummary))]
[JsonSerializable(typeof(ProgrammeSummary))]
[JsonSerializable(typeof(SummaryExplained))]
public sealed partial class Wire : JsonSerializerContext
{
    /// <summary>With the encoder that attributes cannot name: Chinese is written as it is.</summary>
    public static Wire Api => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = WireJson.Options.Encoder });
}
