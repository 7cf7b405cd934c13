using Restoration.Domain;

namespace Restoration.Registry.Projects;

/// <summary>Who approves a project and what goes beyond what was approved (domain §3): its plan's division, or the province where central money is expected.</summary>
public static class Approval
{
    public static string DivisionFor(ProjectRef project, IReadOnlyList<FundingShare> fundingPlan, DivisionTree tree) => ExpectsCentral(fundingPlan)
        ? tree.PathOf(project.Division).FirstOrDefault(d => d.Level == "province")?.Id ?? project.Division
        : project.Division;

    /// <summary>Central money by the words of the plans (<c>central-award</c>, <c>central-subsidy</c>, 中央…).</summary>
    public static bool ExpectsCentral(IReadOnlyList<FundingShare> fundingPlan) => fundingPlan.Any(s =>
        s.Channel.AsSpan().Trim() is var channel && (channel.StartsWith("central", StringComparison.OrdinalIgnoreCase) || channel.StartsWith("中央", StringComparison.Ordinal)));

    /// <param name="acting">The division of who acts; null where that is every one.</param>
    public static Refusal? Refuses(string? acting, string needed, DivisionTree tree) => acting is null || tree.Contains(acting, needed)
        ? null
        : Refusal.Forbidden("division.forbidden", $"This is for {needed} {tree.Find(needed)?.Name} or a level above.");
}
