using System.Globalization;
using System.Net;

namespace Restoration.Updates.Webhooks;

/// <summary>Settings of webhooks, section <c>Webhooks</c>. Lists are separated by commas.</summary>
public sealed record WebhookOptions
{
    /// <summary>How long to wait after each attempt that failed; after one more the subscription is failing. Ten per cent more or less.</summary>
    public string Schedule { get; init; } = "00:00:05,00:05:00,00:30:00,02:00:00,05:00:00,10:00:00,14:00:00,20:00:00,1.00:00:00";

    /// <summary>Networks that targets may lie in although nobody else may send there, in CIDR; within them http is allowed too. None by default.</summary>
    public string AllowedRanges { get; init; } = "";

    /// <summary>An attempt that takes longer has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What a process took and did not finish for this long, because it died, is sent again by another. Longer than an attempt.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts under way in a process at most. Targets in trouble share half of them.</summary>
    public int InFlight { get; init; } = 1024;

    /// <summary>Attempts under way to one subscription; one while its last attempt failed.</summary>
    public int PerSubscription { get; init; } = 4;

    /// <summary>Deliveries of one subscription waiting at most; what is more stays in the feed until there is room.</summary>
    public int Backlog { get; init; } = 5000;

    /// <summary>Entries dispatched in one transaction.</summary>
    public int Page { get; init; } = 200;

    /// <summary>How often deliveries of other processes, and those whose time came, are looked for.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a secret that was replaced still signs beside the new one.</summary>
    public TimeSpan Rotation { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long finished deliveries are kept with their attempts.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Subscriptions of one client at most.</summary>
    public int PerClient { get; init; } = 100;

    internal TimeSpan[] Waits => [.. Split(Schedule).Select(s => TimeSpan.Parse(s, CultureInfo.InvariantCulture))];

    internal IPNetwork[] Allowed => [.. Split(AllowedRanges).Select(IPNetwork.Parse)];

    /// <summary>All that is wrong with these settings.</summary>
    public IEnumerable<string> Faults()
    {
        if (!Split(Schedule).All(s => TimeSpan.TryParse(s, CultureInfo.InvariantCulture, out var wait) && wait > TimeSpan.Zero) || Split(Schedule).Length == 0)
            yield return "Webhooks:Schedule must be positive times, separated by commas.";
        if (!Split(AllowedRanges).All(r => IPNetwork.TryParse(r, out _))) yield return "Webhooks:AllowedRanges must be networks in CIDR, separated by commas.";
        if (Timeout <= TimeSpan.Zero || Lease <= Timeout) yield return "Webhooks:Timeout must be positive, and Webhooks:Lease longer.";
        if (InFlight < 2 || PerSubscription < 1 || Backlog < 1 || Page < 1 || PerClient < 1)
            yield return "Webhooks:InFlight must be at least 2; PerSubscription, Backlog, Page and PerClient at least 1.";
        if (Poll <= TimeSpan.Zero || Rotation < TimeSpan.Zero || Retention <= TimeSpan.Zero) yield return "Webhooks:Poll and Webhooks:Retention must be positive.";
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
