using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Restoration.EventStore;

/// <summary>
/// A table that is written in the append: one set-based statement that takes all rows of a commit as one <c>jsonb</c> array in
/// <c>$1</c> and replaces those that are there.
/// </summary>
/// <param name="name">Unqualified: the search path says which copy of it is meant.</param>
public class RowTable(string name, string sql)
{
    public string Name => name;

    public string Sql => sql;
}

/// <summary>A table of a view: its columns are the members of its rows.</summary>
public sealed class RowTable<T> : RowTable
{
    private readonly JsonTypeInfo<T> _json;

    /// <param name="json">With members named as columns; those that are null may be left out.</param>
    /// <param name="key">The columns by which a row replaces the one before; none where rows are only ever added.</param>
    public RowTable(string name, JsonTypeInfo<T> json, params string[] key) : base(name, Statement(name, [.. json.Properties.Select(p => p.Name)], key)) => _json = json;

    public Row Row(string key, T value) => new(this, key, JsonSerializer.SerializeToUtf8Bytes(value, _json));

    private static string Statement(string table, string[] columns, string[] key)
    {
        var others = columns.Except(key).Select(c => $"{c} = excluded.{c}");
        var names = string.Join(", ", columns);
        return $"insert into {table} ({names}) select {names} from jsonb_populate_recordset(null::{table}, $1)"
            + (key.Length == 0 ? "" : $" on conflict ({string.Join(", ", key)}) do update set {string.Join(", ", others)}");
    }
}

/// <summary>One row for a <see cref="RowTable"/>, as JSON; of several with one key in a commit the last counts.</summary>
public readonly record struct Row(RowTable Table, string Key, ReadOnlyMemory<byte> Json)
{
    /// <summary>Rows of one table as the array that its statement takes, in the order of their keys: two replicas lock them alike.</summary>
    public static byte[] Array(IEnumerable<Row> rows)
    {
        var ordered = rows.ToArray();
        ordered.AsSpan().Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        var json = new byte[1 + Math.Max(1, ordered.Sum(r => r.Json.Length + 1))]; // a sign before the first, between each two, after the last
        var at = 0;
        foreach (var row in ordered)
        {
            json[at] = at == 0 ? (byte)'[' : (byte)',';
            row.Json.Span.CopyTo(json.AsSpan(at + 1));
            at += 1 + row.Json.Length;
        }

        (json[0], json[^1]) = ((byte)'[', (byte)']');
        return json;
    }
}
