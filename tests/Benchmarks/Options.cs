using System.Globalization;

namespace Restoration.Benchmarks;

/// <summary>What is asked for on the command line.</summary>
internal sealed record Options(string What)
{
    public const string Usage = """
        dotnet run --project tests/Benchmarks -c Release -- append|read|rebuild|growth|ingest|fanout|latency|overview [options]
          --json         a line of JSON for each figure instead of tables
          --rounds 5     rounds in which everything takes its turn; the median counts
          --seconds 4    each turn
          --only text    append: the rows whose name has this, beside the bare figures
          --to 5000000   growth: how many events at last
          --events 1000000   overview: how many are stored
          --load 60      ingest: seconds of batches; fanout, latency: seconds at each rate
          --subscribers 1000   fanout: open streams
        It starts a PostgreSQL of its own (tests/servers), or uses the one of TEST_POSTGRES.
        """;

    private static readonly string[] s_benchmarks = ["append", "read", "rebuild", "growth", "ingest", "fanout", "latency", "overview"];

    public bool Json { get; init; }
    public int Rounds { get; init; } = 5;
    public TimeSpan Turn { get; init; } = TimeSpan.FromSeconds(4);
    public string Only { get; init; } = "";
    public long To { get; init; } = 5_000_000;
    public long Events { get; init; } = 1_000_000;
    public int Subscribers { get; init; } = 1000;
    public TimeSpan Load { get; init; } = TimeSpan.FromSeconds(60);

    public static Options? Of(string[] args)
    {
        if (args is not [var what, .. var rest] || !s_benchmarks.Contains(what))
            return null;
        var options = new Options(what);
        for (var i = 0; i < rest.Length; i++)
        {
            var value = i + 1 < rest.Length ? rest[i + 1] : "";
            var number = double.TryParse(value, CultureInfo.InvariantCulture, out var parsed) && parsed > 0 ? parsed : 0;
            switch (rest[i])
            {
                case "--json": options = options with { Json = true }; continue;
                case "--rounds" when number >= 1: options = options with { Rounds = (int)number }; break;
                case "--seconds" when number > 0: options = options with { Turn = TimeSpan.FromSeconds(number) }; break;
                case "--only" when value.Length > 0: options = options with { Only = value }; break;
                case "--load" when number > 0: options = options with { Load = TimeSpan.FromSeconds(number) }; break;
                case "--subscribers" when number >= 1: options = options with { Subscribers = (int)number }; break;
                case "--to" when number >= 10_000: options = options with { To = (long)number }; break;
                case "--events" when number >= 1: options = options with { Events = (long)number }; break;
                default: return null;
            }

            i++;
        }

        return options;
    }
}
