namespace Restoration.Updates.Tests;

/// <summary>Tests with a feed of their own, and a registry that relays to it.</summary>
public abstract class FeedTests : IAsyncLifetime
{
    protected FeedSystem Feed { get; } = new();

    protected Source Registry { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        await Feed.InitializeAsync();
        Registry = await Source.ConnectAsync(Feed, "registry");
    }

    public async ValueTask DisposeAsync()
    {
        await Registry.DisposeAsync();
        await Feed.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
