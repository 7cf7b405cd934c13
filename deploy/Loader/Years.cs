namespace Restoration.Loader;

/// <summary>The years one after the other: work is assigned, counties report, bureaus check, cities verify, sites are worked on, money moves.</summary>
internal sealed class Years(IReadOnlyList<Report> reports, Cast cast, Assigning assigning, Reporting reporting, Review review, IReadOnlyList<Step> steps)
{
    /// <param name="seen">How much the dashboard has seen.</param>
    public Task Play(Func<int> seen) => Screen.Progress().StartAsync(async progress =>
    {
        var bars = Enumerable.Range(Report.FirstYear, Report.LastYear - Report.FirstYear + 1).ToDictionary(y => y, y => progress.AddTask($"{y}", autoStart: false));
        var stream = progress.AddTask("Seen on the stream", autoStart: false);
        foreach (var (year, bar) in bars)
        {
            var (bulk, acts) = (reports.Where(r => r.Year == year && cast.InBulk(r)).ToList(), steps.Where(s => s.On.Year == year).ToList());
            bar.MaxValue = bulk.Count + acts.Count + 1;
            bar.StartTask();
            await assigning.Play(year);
            await reporting.Post(bulk, Done);
            await Pass(8);
            await Step.Play(acts, () => Done(1));

            // After verification: what was verified stands until the corrected figure has gone up the line again.
            foreach (var report in cast.Corrected.Where(r => r.Year == year)) await reporting.Correct(report);
            await Pass(22);
            Done(1);
            bar.StopTask();

            async Task Pass(int days)
            {
                await review.Check(days, Expect, () => Done(1));
                await review.Dispute(cast.Disputed);
                await review.Verify(days + 7, cast.MayBeVerified, Expect, () => Done(1));
            }

            void Expect(int more) => bar.MaxValue += more;

            void Done(int count)
            {
                bar.Increment(count);
                stream.Description = $"Seen on the stream: {seen()}";
            }
        }

        stream.Value = stream.MaxValue;
    });
}
