using System.Diagnostics;

namespace Restoration.System.Tests;

/// <summary>The terminal dashboard without a terminal: one picture of a division, as text.</summary>
public sealed class WatchTests(TheSystem system)
{
    private static readonly Place s_city = new("361000", "抚州市", "city", "360000"), s_county = new("361024", "崇仁县", "county", "361000");

    [Fact]
    public async Task One_picture_shows_what_the_division_has()
    {
        var ground = await Ground.Open(system, s_city, s_county);
        await ground.DefineDivisions();
        await ground.RegisterPlan();
        await ground.DesignProject();
        await ground.AdoptPlan();
        await ground.StartWork();
        var county = await system.Client("county", s_county.Id, "reporter");
        (await county.PostEvent(ground.Report($"/{county.Id}", "1", s_county.Id, "2024-Q1"))).Is(201);
        var made = (await system.Operator.Post("/v1/clients", new { clientId = $"watch-{ground.PlanId}", name = "大屏", division = s_city.Id, roles = new[] { "reader" } })).Is(201).Json;
        var secret = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(secret, made.GetProperty("secret").GetString());
            var (status, text) = await Eventually.Get(
                () => Watch("--division", s_city.Id, "--client", $"watch-{ground.PlanId}", "--secret-file", secret, "--once"), said => said.Text.Contains("progress-reported", StringComparison.Ordinal), "the report in the picture", 60,
                said => said.Text);
            Assert.True(status == 0, text);
            foreach (var part in new[] { "抚州市 361000", "Indicators", "Projects", "Mine sites", "Money", "Alerts", "Latest events", "崇仁县" }) Assert.Contains(part, text, StringComparison.Ordinal);
            Assert.DoesNotContain('\u001b', text);

            (status, text) = await Watch("--division", "none", "--client", $"watch-{ground.PlanId}", "--secret-file", secret, "--once");
            Assert.Equal(1, status);
            Assert.Contains("404", text, StringComparison.Ordinal);
            Assert.Equal(2, (await Watch("--once")).Status);
        }
        finally
        {
            File.Delete(secret);
        }
    }

    private async Task<(int Status, string Text)> Watch(params string[] arguments)
    {
        var release = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(release.Parent!.Parent!.FullName, "Watch", release.Name, "Restoration.Watch.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--gateway", system.Gateway.Address.ToString(), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, problem) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await said + await problem);
    }
}
