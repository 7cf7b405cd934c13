using Restoration.Support;

namespace Restoration.Updates.Tests;

/// <summary>What an integrator reads first.</summary>
public sealed class OpenApiTests(FeedSystem feed) : IClassFixture<FeedSystem>
{
    [Fact]
    public async Task The_document_is_the_committed_one()
    {
        using var http = new HttpClient { BaseAddress = (await feed.StartAsync()).Address };
        await OpenApiDocument.IsAsCommitted(http, "updates");
    }
}
