using Restoration.Benchmarks;

if (Options.Of(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

await using var server = await Server.Start();
var report = new Report(options.Json);
await report.Machine(options.What);
await (options.What switch
{
    "append" => AppendBenchmark.Run(report, options),
    "read" => ReadBenchmark.Run(report, options),
    "rebuild" => RebuildBenchmark.Run(report, options),
    "ingest" => IngestBenchmark.Run(report, options),
    "fanout" => FanoutBenchmark.Run(report, options),
    "latency" => FanoutBenchmark.Latency(report, options),
    "overview" => OverviewBenchmark.Run(report, options),
    "growth" => GrowthBenchmark.Run(report, options),
    _ => throw new NotSupportedException(options.What),
});
return 0;
