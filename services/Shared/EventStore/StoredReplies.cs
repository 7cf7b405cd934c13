using Npgsql;

namespace Restoration.EventStore;

/// <summary>Stored answers, asked before a command is even read: a replay comes before every other check.</summary>
public static class StoredReplies
{
    /// <param name="Same">False where the key came with another payload.</param>
    public sealed record Found(Reply Reply, long Position, bool Same);

    public static async Task<Found?> Find(NpgsqlDataSource db, ReplyKey key)
    {
        await using var connection = await db.OpenConnectionAsync();
        var used = await Committer.Replies(connection, [key]);
        return used.Values.SingleOrDefault() is { Reply: { } reply } found
            ? new Found(reply, found.Position, found.Hash.AsSpan().SequenceEqual(key.Payload))
            : null;
    }
}
