using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.EventStore;
using Restoration.Registry.EvidenceFiles;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Projects;

/// <summary>What a project carries beside its life: which of its milestones are reached, and the documents added since it was designed.</summary>
public sealed record Particulars(ImmutableDictionary<string, MilestoneReached> Reached, ImmutableList<ProjectDocument> Added)
{
    public static readonly Particulars None = new(ImmutableDictionary<string, MilestoneReached>.Empty, []);

    public Particulars Evolve(ProjectEvent fact) => fact switch
    {
        MilestoneReached e => this with { Reached = Reached.SetItem(e.MilestoneId, e) },
        MilestoneWithdrawn e => this with { Reached = Reached.Remove(e.MilestoneId) },
        DocumentAdded e => this with { Added = Added.Add(e.Document) },
        _ => this,
    };

    /// <summary>Those it was designed with, and those that were added.</summary>
    public IEnumerable<ProjectDocument> Documents(ProjectDefinition definition) =>
        (definition.Documents ?? []).Concat(Added.Where(a => definition.Documents?.Any(d => d.Sha256 == a.Sha256) != true));

    private static readonly RowTable<ParticularsRow> s_table = new("project_particulars", RowJson.Default.ParticularsRow, "id");
    private static readonly RowTable<DocumentUseRow> s_uses = new("document_uses", RowJson.Default.DocumentUseRow, "sha256", "project_id");

    /// <param name="said">Milestones that are told of: their evidence stays in use, also where one was withdrawn since.</param>
    internal IEnumerable<Row> Rows(string id, ProjectDefinition definition, IEnumerable<MilestoneReached> said, IReadOnlyList<AftercareInspected> inspections)
    {
        var documents = Documents(definition).ToList();
        yield return s_table.Row(id, new ParticularsRow(
            id,
            JsonSerializer.SerializeToElement((definition.Milestones ?? []).Select(Shown).ToList(), RowDetailJson.Default.IReadOnlyListMilestoneItem),
            JsonSerializer.SerializeToElement(documents, RowDetailJson.Default.IReadOnlyListProjectDocument)));
        var named = documents.Select(d => (d.Uri, d.Sha256, d.Name))
            .Concat(Reached.Values.OrderBy(r => r.MilestoneId, StringComparer.Ordinal).Concat(said).SelectMany(r => r.Evidence.Select(e => (e.Uri, e.Sha256, Name: r.MilestoneId))))
            .Concat(inspections.SelectMany(i => i.Evidence.Select(e => (e.Uri, e.Sha256, Name: $"aftercare {i.Year}"))));
        foreach (var (_, sha256, name) in named.Where(n => EvidenceEndpoints.IsOurs(n.Uri, n.Sha256)).DistinctBy(n => n.Sha256.ToLowerInvariant()))
        {
            yield return s_uses.Row($"{sha256.ToLowerInvariant()} {id}", new DocumentUseRow(sha256.ToLowerInvariant(), id, name));
        }
    }

    private MilestoneItem Shown(Milestone milestone) => Reached.TryGetValue(milestone.Id, out var reached)
        ? new(milestone.Id, milestone.Name, milestone.Due, milestone.MeasureId, reached.On, reached.On > milestone.Due, reached.Division, reached.Evidence, reached.Note)
        : new(milestone.Id, milestone.Name, milestone.Due, milestone.MeasureId);
}

/// <summary>A milestone as it stands.</summary>
/// <param name="MeasureId">The measure it follows, where it follows one.</param>
/// <param name="ReachedOn">Absent until it is reached; <paramref name="Late"/> where that was after it was due.</param>
public sealed record MilestoneItem(
    string Id, string Name, DateOnly Due, string? MeasureId, DateOnly? ReachedOn = null, bool? Late = null, string? Division = null,
    IReadOnlyList<Evidence>? Evidence = null, string? Note = null);

/// <summary>The row behind a project's milestones and documents; named as its columns.</summary>
internal sealed record ParticularsRow(string Id, JsonElement Milestones, JsonElement Documents);

/// <summary>A project names a file that is kept here: a document, or evidence of a milestone or of its aftercare.</summary>
internal sealed record DocumentUseRow([property: JsonPropertyName("sha256")] string Sha256, string ProjectId, string Name);
