using System.Text.Json;
using Restoration.EventStore;

namespace Restoration.Registry.Projects;

/// <summary>A change request as its rules see it.</summary>
/// <param name="Version">The number of facts about it.</param>
/// <param name="Decision">The fact that approved or refused it.</param>
public sealed record Change(ChangeRequested Request, long Version = 1, ChangeEvent? Decision = null)
{
    public string Id => Request.ChangeId;

    public ChangeState State => Decision switch
    {
        null => ChangeState.Requested,
        ChangeApproved => ChangeState.Approved,
        _ => ChangeState.Refused,
    };

    private static readonly RowTable<ChangeRow> s_table = new("changes", RowJson.Default.ChangeRow, "project_id", "id");

    internal Row Row() => s_table.Row($"{Request.Project.Id} {Id}", new ChangeRow(
        Request.Project.Id, Id, Version, State, (Decision as ChangeApproved)?.Beyond ?? Request.Beyond, Request.ApprovingDivision, Request.Reason, Request.At,
        Request.By.Client, Request.By.Actor, Decision?.At, Decision?.By.Client, Decision?.By.Actor,
        Decision is ChangeRefused refused ? refused.Reason : (Decision as ChangeApproved)?.Note,
        JsonSerializer.SerializeToElement(new ChangeDetail(Request.Alteration, Request.Differences), RowDetailJson.Default.ChangeDetail)));
}

internal sealed record ChangeDetail(Alteration Alteration, IReadOnlyList<Difference> Differences);

/// <summary>The row behind <c>GET projects/{id}/changes</c>; named as its columns.</summary>
internal sealed record ChangeRow(
    string ProjectId, string Id, long Version, ChangeState State, bool Beyond, string ApprovingDivision, string Reason, DateTimeOffset RequestedAt,
    string RequestedClient, string? RequestedActor, DateTimeOffset? DecidedAt, string? DecidedClient, string? DecidedActor, string? Answer, JsonElement Detail);
