using System.Collections.Concurrent;

namespace Restoration.System.Tests;

/// <summary>
/// Someone who commands one thing again and again, each time on the version that the time before left, and repeats each command with its key
/// until it is answered: acted on twice, it would be refused as stale.
/// </summary>
public sealed class Chain(Caller caller, string path, Func<int, object> body, long version) : IAsyncDisposable
{
    private readonly ConcurrentQueue<Link> _links = new();
    private Task _working = Task.CompletedTask;
    private volatile bool _stopped;

    /// <summary>A command and the first answer that was seen of it.</summary>
    public sealed record Link(string Key, object Body, long On, Answer Answer)
    {
        /// <summary>It was committed, and the reply that said so never arrived.</summary>
        public bool WasUnseen => Answer.Header("Idempotency-Replayed") == "true";
    }

    public IReadOnlyCollection<Link> Links => _links;

    public long Version { get; private set; } = version;

    /// <summary>How many commands were answered; or what ended it.</summary>
    public int Answered => _working.IsFaulted ? throw _working.Exception!.InnerException! : _links.Count;

    public void Begin() => _working = Task.Run(Work);

    public async Task Stop()
    {
        _stopped = true;
        await _working.WaitAsync(TimeSpan.FromSeconds(240));
    }

    /// <summary>Every command once more with its key: the same answer, byte for byte.</summary>
    public async Task Repeat()
    {
        foreach (var link in _links)
        {
            var again = await Send(link.Key, link.Body, link.On);
            Assert.True(
                again.Header("Idempotency-Replayed") == "true" && (again.Status, again.Text) == (link.Answer.Status, link.Answer.Text)
                && again.Header("ETag") == link.Answer.Header("ETag") && again.Header("Content-Type") == link.Answer.Header("Content-Type"),
                $"{path} on {link.On}\nfirst {link.Answer.Status} {link.Answer.Text}\nagain {again.Status} {again.Text}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        await _working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task Work()
    {
        for (var n = 1; !_stopped; n++)
        {
            var (key, content) = (Guid.NewGuid().ToString(), body(n));
            Answer? answer;
            while ((answer = await Try(key, content)) is null) await Task.Delay(20);
            Assert.True(answer.Status == 200 && answer.Header("ETag") == $"\"{Version + 1}\"", $"{path} on {Version}: {answer.Status} {answer.Header("ETag")} {answer.Text}");
            _links.Enqueue(new(key, content, Version++, answer));
        }
    }

    private Task<Answer> Send(string key, object content, long on) =>
        caller.Post(path, content, ("Idempotency-Key", key), ("If-Match", $"\"{on}\""), ("Restoration-Actor", "K-1"));

    /// <summary>Null where it must be sent again.</summary>
    private async Task<Answer?> Try(string key, object content)
    {
        try
        {
            var answer = await Send(key, content, Version);
            return answer.Status is 429 or > 500 ? null : answer;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }
}
