using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Http;
using Restoration.Registry.Assignments;
using Restoration.Registry.Divisions;
using Restoration.Registry.EvidenceFiles;
using Restoration.Registry.Imports;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Registry.Samples;
using Restoration.Registry.Views;
using Restoration.Registry.Zones;
using Restoration.ServiceDefaults;

namespace Restoration.Registry;

/// <summary>Bodies and answers on the wire: nothing unknown, nothing missing, nothing null that must not be.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    MaxDepth = 32)]
[JsonSerializable(typeof(DefineDivisionBody))]
[JsonSerializable(typeof(ReplaceDivisionBody))]
[JsonSerializable(typeof(RenameDivisionBody))]
[JsonSerializable(typeof(MoveDivisionBody))]
[JsonSerializable(typeof(RegisterPlanBody))]
[JsonSerializable(typeof(AdoptPlanBody))]
[JsonSerializable(typeof(AmendPlanBody))]
[JsonSerializable(typeof(RegisterPlanDocumentBody))]
[JsonSerializable(typeof(RegisterZoneBody))]
[JsonSerializable(typeof(DesignProjectBody))]
[JsonSerializable(typeof(ActBody))]
[JsonSerializable(typeof(ReturnBody))]
[JsonSerializable(typeof(SuspendBody))]
[JsonSerializable(typeof(TerminateBody))]
[JsonSerializable(typeof(RequestChangeBody))]
[JsonSerializable(typeof(WaiveBody))]
[JsonSerializable(typeof(FindingsBody))]
[JsonSerializable(typeof(AcceptBody))]
[JsonSerializable(typeof(RejectAcceptanceBody))]
[JsonSerializable(typeof(RectifyBody))]
[JsonSerializable(typeof(InspectBody))]
[JsonSerializable(typeof(SpotCheckBody))]
[JsonSerializable(typeof(EvaluateBody))]
[JsonSerializable(typeof(AddDocumentBody))]
[JsonSerializable(typeof(MilestoneReachedData))]
[JsonSerializable(typeof(NoteBody))]
[JsonSerializable(typeof(ReasonBody))]
[JsonSerializable(typeof(CorrectBody))]
[JsonSerializable(typeof(ExamineBody))]
[JsonSerializable(typeof(DrawProgressBody))]
[JsonSerializable(typeof(DrawProjectsBody))]
[JsonSerializable(typeof(AssignYearBody))]
[JsonSerializable(typeof(ConfirmYearBody))]
[JsonSerializable(typeof(ProgressReportedData))]
[JsonSerializable(typeof(ProgressCorrectedData))]
[JsonSerializable(typeof(DivisionItem))]
[JsonSerializable(typeof(Page<DivisionItem>), TypeInfoPropertyName = "PageDivisionItem")]
[JsonSerializable(typeof(PlanPage))]
[JsonSerializable(typeof(PlanParts))]
[JsonSerializable(typeof(PlanFindings))]
[JsonSerializable(typeof(PlanKeyWorks))]
[JsonSerializable(typeof(Page<AmendmentItem>), TypeInfoPropertyName = "PageAmendmentItem")]
[JsonSerializable(typeof(Page<PlanDocumentItem>), TypeInfoPropertyName = "PagePlanDocumentItem")]
[JsonSerializable(typeof(Page<PlanItem>), TypeInfoPropertyName = "PagePlanItem")]
[JsonSerializable(typeof(ZonePage))]
[JsonSerializable(typeof(Page<ZoneItem>), TypeInfoPropertyName = "PageZoneItem")]
[JsonSerializable(typeof(ProjectPage))]
[JsonSerializable(typeof(ProjectMeasures))]
[JsonSerializable(typeof(ChangeItem))]
[JsonSerializable(typeof(Page<ChangeItem>), TypeInfoPropertyName = "PageChangeItem")]
[JsonSerializable(typeof(Page<ProjectItem>), TypeInfoPropertyName = "PageProjectItem")]
[JsonSerializable(typeof(ProjectMilestones))]
[JsonSerializable(typeof(ProjectDocuments))]
[JsonSerializable(typeof(EvidenceItem))]
[JsonSerializable(typeof(FigureItem))]
[JsonSerializable(typeof(Page<FigureItem>), TypeInfoPropertyName = "PageFigureItem")]
[JsonSerializable(typeof(SamplePage))]
[JsonSerializable(typeof(Page<SampleItem>), TypeInfoPropertyName = "PageSampleItem")]
[JsonSerializable(typeof(AssignmentItem))]
[JsonSerializable(typeof(Page<AssignmentItem>), TypeInfoPropertyName = "PageAssignmentItem")]
[JsonSerializable(typeof(PlanSummary))]
[JsonSerializable(typeof(ProgrammeSummary))]
[JsonSerializable(typeof(SummaryExplained))]
[JsonSerializable(typeof(RegistryOverview))]
[JsonSerializable(typeof(ProjectBoard))]
[JsonSerializable(typeof(WorkList))]
[JsonSerializable(typeof(ProjectSchedule))]
[JsonSerializable(typeof(ImportResult))]
[JsonSerializable(typeof(IReadOnlyList<ImportVerdict>), TypeInfoPropertyName = "IReadOnlyListImportVerdict")]
[JsonSerializable(typeof(Page<ImportItem>), TypeInfoPropertyName = "PageImportItem")]
[JsonSerializable(typeof(Page<RollUpLine>), TypeInfoPropertyName = "PageRollUpLine")]
[JsonSerializable(typeof(Page<SummarySource>), TypeInfoPropertyName = "PageSummarySource")]
public sealed partial class Wire : JsonSerializerContext
{
    /// <summary>With the encoder that attributes cannot name: Chinese is written as it is.</summary>
    public static Wire Api => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = WireJson.Options.Encoder });
}
