using Restoration.Contracts.Registry;
using Restoration.Domain;
using Restoration.Messaging;
using Restoration.Mines.Sites;

namespace Restoration.Mines;

/// <summary>What this service takes from the registry beside its copies: projects, which sites are linked to.</summary>
public static class FromRegistry
{
    public static Consumers TakeProjects(this Consumers consumers) => consumers
        .On("restoration.registry.project-designed.v1", RegistryJson.Default.ProjectDesigned, (p, _, _) => Kept(Projects.Designed(new Project(
            p.ProjectId, p.PlanId, p.ProgrammeId, p.Division, p.Counties, p.Name, p.Kind, "designed",
            [.. p.Measures.Select(Fed).OfType<FedMeasure>()]))))
        .On("restoration.registry.project-changed.v1", RegistryJson.Default.ProjectChanged, (p, _, _) => Kept(Projects.Designed(new Project(
            p.ProjectId, p.PlanId, p.ProgrammeId, p.Division, p.Counties, p.Name, p.Kind, "approved",
            [.. p.Measures.Select(Fed).OfType<FedMeasure>()]))))
        .On("restoration.registry.project-approved.v1", RegistryJson.Default.ProjectApproved, (p, _, _) => Kept(Projects.Moved(p.ProjectId, "approved")))
        .On("restoration.registry.project-started.v1", RegistryJson.Default.ProjectStarted, (p, _, _) => Kept(Projects.Moved(p.ProjectId, "in-progress")))
        .On("restoration.registry.project-suspended.v1", RegistryJson.Default.ProjectSuspended, (p, _, _) => Kept(Projects.Moved(p.ProjectId, "suspended")))
        .On("restoration.registry.project-resumed.v1", RegistryJson.Default.ProjectResumed, (p, _, _) => Kept(Projects.Moved(p.ProjectId, "in-progress")))
        .On("restoration.registry.project-completed.v1", RegistryJson.Default.ProjectCompleted, (p, _, _) => Kept(Projects.Moved(p.ProjectId, "completed")))
        .On("restoration.registry.project-terminated.v1", RegistryJson.Default.ProjectTerminated, (p, _, _) => Kept(Projects.Moved(p.ProjectId, "terminated")))
        .On("restoration.registry.project-closed.v1", RegistryJson.Default.ProjectClosed, (p, _, _) => Kept(Projects.Moved(p.ProjectId, "closed")));

    private static FedMeasure? Fed(Measure m)
    {
        if (m.FedBy is null)
        {
            return null;
        }

        if (!Kebab.TryParse<FedBy>(m.FedBy, out var fedBy))
        {
            throw new FormatException($"The measure {m.Id} is fed by {m.FedBy}, which is not known here.");
        }

        if (m.Quantity is not { } amount)
        {
            return new FedMeasure(m.Id, fedBy, m.Division, null);
        }

        if (!Unit.TryParse(amount.Unit, out var unit) || !Quantity.TryOf(amount.Value, unit, out var quantity))
        {
            throw new FormatException($"The measure {m.Id} has a quantity that cannot be read: {amount.Value} {amount.Unit}.");
        }

        // Plans are entered untidy, a length called an area among them: the site feeds the measure, but there is no target to compare with.
        var comparable = unit.Dimension == (fedBy == FedBy.SiteCount ? Dimension.Count : Dimension.Area);
        return new FedMeasure(m.Id, fedBy, m.Division, comparable ? quantity.Canonical : null);
    }

    private static ValueTask<Handling> Kept(EventStore.Row row) => ValueTask.FromResult(new Handling(Rows: [row]));
}
