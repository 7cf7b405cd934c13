using Npgsql;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Feed;

/// <summary>
/// What a follower wants to see and may see. Of each list one match is enough, an empty list asks for nothing in particular; a division
/// stands for everything under it. <see cref="Within"/> is the follower's own division, which bounds what it may see.
/// </summary>
public sealed record FeedFilter(string Within, IReadOnlySet<string> Types, IReadOnlySet<string> Divisions, IReadOnlySet<string> Subjects)
{
    /// <summary>The follower itself: what concerns its own subscriptions alone.</summary>
    public string? Owner { get; init; }

    /// <summary>In the scope of an entry: for one client, whatever its division.</summary>
    public static string OwnedBy(string client) => $"client:{client}";

    public bool Matches(Entry entry) =>
        (Types.Count == 0 || Types.Contains(entry.Type))
        && (Subjects.Count == 0 || Subjects.Contains(entry.Subject))
        && (Divisions.Count == 0 || Divisions.Overlaps(entry.Scope))
        && (Within == Client.Everywhere || entry.Scope.Contains(Within) || (Owner is not null && entry.Scope.Contains(Owner)) || entry.Type.StartsWith(Division.Types, StringComparison.Ordinal));

    /// <summary>The same in SQL, from parameter <paramref name="next"/> on.</summary>
    public string Where(NpgsqlParameterCollection parameters, int next)
    {
        var where = "";
        Add("type = any({0})", Types);
        Add("subject = any({0})", Subjects);
        Add("scope && {0}", Divisions);
        if (Within != Client.Everywhere) Add($"(scope && {{0}} or starts_with(type, '{Division.Types}'))", Owner is null ? [Within] : [Within, Owner]);
        return where;

        void Add(string condition, IReadOnlyCollection<string> values)
        {
            if (values.Count == 0) return;
            where += " and " + string.Format(null, condition, $"${next++}");
            parameters.Add(new() { Value = values.ToArray() });
        }
    }
}
