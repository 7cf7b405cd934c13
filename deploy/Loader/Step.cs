namespace Restoration.Loader;

/// <summary>One act of the demonstration, at its place in the five years.</summary>
/// <param name="Line">Acts of one line follow each other; different lines go on side by side.</param>
/// <param name="Service">Which records it.</param>
/// <param name="What">In words, for the screen.</param>
/// <param name="Do">Answers the position of the fact that the stream will show; 0 where nothing was recorded.</param>
internal sealed record Step(string Line, DateOnly On, string Service, string What, Func<Task<long>> Do)
{
    private const int AtOnce = 8;

    public static Task Play(IEnumerable<Step> steps, Action done) => Parallel.ForEachAsync(
        steps.GroupBy(s => s.Line), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (line, _) =>
        {
            foreach (var step in line.OrderBy(s => s.On))
            {
                await step.Do();
                done();
            }
        });
}
