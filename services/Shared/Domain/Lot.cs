using System.Security.Cryptography;
using System.Text;

namespace Restoration.Domain;

/// <summary>
/// A draw by lot that anyone can repeat from the published seed and list. For each id the SHA-256 of the UTF-8 bytes of
/// <c>seed|id</c> is written as 64 lower-case hex digits; the ids are put in the order of those digits and the first
/// <c>count</c> are drawn, in that order. With the ids one a line in <c>ids</c>:
/// <code>
/// while read -r id; do printf '%s %s\n' "$(printf '%s|%s' "$SEED" "$id" | sha256sum | cut -c1-64)" "$id"; done &lt; ids | LC_ALL=C sort | head -n "$COUNT" | cut -d' ' -f2
/// </code>
/// An id that stands twice is one lot. A larger draw with the same seed begins with the smaller one.
/// </summary>
public static class Lot
{
    public static IReadOnlyList<string> Draw(string seed, IEnumerable<string> ids, int count) =>
        [.. ids.Distinct(StringComparer.Ordinal).Select(id => (Place: Hash($"{seed}|{id}"), Id: id)).OrderBy(lot => lot.Place, StringComparer.Ordinal).Take(count).Select(lot => lot.Id)];

    /// <summary>The ids in the order in which they are published: by their UTF-8 bytes, as <c>LC_ALL=C sort -u</c> puts them.</summary>
    public static IReadOnlyList<string> Listed(IEnumerable<string> ids) =>
        [.. ids.Distinct(StringComparer.Ordinal).Select(id => (Bytes: Convert.ToHexString(Encoding.UTF8.GetBytes(id)), Id: id)).OrderBy(i => i.Bytes, StringComparer.Ordinal).Select(i => i.Id)];

    /// <summary>What a published list is recognised by: the SHA-256 of it, one id a line, each line ended by a line feed.</summary>
    /// <param name="listed">From <see cref="Listed"/>.</param>
    public static string Sha256(IEnumerable<string> listed) => Hash(string.Concat(listed.Select(id => $"{id}\n")));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
