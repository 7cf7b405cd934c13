using Restoration.Shared.Tests.EventStore;

return Environment.GetEnvironmentVariable(ReplicaProcess.Database) is { } database
    ? await ReplicaProcess.Run(database)
    : args.Contains("--server")
        ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, (_, _) => { })
        : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
