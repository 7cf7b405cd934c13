using System.Collections.Concurrent;

namespace Restoration.System.Tests;

/// <summary>
/// Someone who goes on working whatever happens: each act is repeated with the same identity until it is answered. What the rules refuse is
/// an answer too.
/// </summary>
public sealed class Worker : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(200);
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Task _working;
    private int _done;
    private volatile bool _stopped;

    /// <param name="turn">One piece of work, from its beginning to its end; it gets a number.</param>
    public Worker(string name, Func<Worker, int, Task> turn)
    {
        Name = name;
        _working = Task.Run(async () =>
        {
            for (var n = 0; !_stopped; n++)
            {
                await turn(this, n);
                Interlocked.Increment(ref _done);
            }
        });
    }

    public string Name { get; }

    public int Done => _done;

    public bool Stopped => _stopped;

    /// <summary>What came instead of an answer.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>A command, again and again with one key until it is answered.</summary>
    public Task<Answer> Command(Caller caller, string path, object body, string? actor = null)
    {
        (string, string)[] headers = [("Idempotency-Key", Guid.NewGuid().ToString()), .. actor is null ? Array.Empty<(string, string)>() : [("Restoration-Actor", actor)]];
        return Until(() => caller.Post(path, body, headers));
    }

    /// <summary>An event, again and again with one id until it is answered.</summary>
    public Task<Answer> Event(Caller caller, string service, object cloudEvent) =>
        Until(() => caller.Send(HttpMethod.Post, $"/v1/{service}/events", Caller.Json(cloudEvent, "application/cloudevents+json")));

    public Task<Answer> Get(Caller caller, string path) => Until(() => caller.Get(path));

    /// <summary>Waits until each did some more.</summary>
    public static async Task GoOn(IReadOnlyList<Worker> all, int turns, double seconds = 60)
    {
        var before = all.Select(w => w.Done).ToList();
        await Eventually.Get(
            async () =>
            {
                foreach (var worker in all.Where(w => w._working.IsFaulted)) await worker._working;
                return all.Select((w, i) => w.Done - before[i]).Min();
            },
            least => least >= turns, $"{turns} more turns of {string.Join(", ", all.Select(w => w.Name))}", seconds);
    }

    /// <summary>What is begun is done to its end.</summary>
    public static async Task StopAll(IReadOnlyList<Worker> all)
    {
        foreach (var worker in all) worker._stopped = true;
        await Task.WhenAll(all.Select(w => w._working)).WaitAsync(TimeSpan.FromSeconds(240));
    }

    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        await _working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<Answer> Until(Func<Task<Answer>> act)
    {
        while (true)
        {
            try
            {
                var answer = await act();
                Assert.True(answer.Status != 500, $"{answer.Text}\n{Part.WhatWentWrong}"); // an outage says 502 to 504
                if (answer.Status is not (429 or >= 500)) return answer;
                _failures.Enqueue($"{answer.Status} {answer.Code}");
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                _failures.Enqueue(e.GetType().Name);
            }

            if (_stopped && _failures.Count > 500) throw new InvalidOperationException($"{Name} gets no answer: {_failures.Last()}");
            await Task.Delay(s_patience);
        }
    }
}
