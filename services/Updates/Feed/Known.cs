namespace Restoration.Updates.Feed;

/// <summary>How far a source's log was taken in: everything up to a position, of one epoch of that log.</summary>
public readonly record struct Known(long Epoch, long Position)
{
    /// <summary>
    /// Judges a batch. A log of a higher epoch was restored, so nothing of it is known yet (what the feed has already is found by its
    /// event ids); a batch of a lower epoch is a leftover of the log that was lost.
    /// </summary>
    public (Verdict Verdict, Known Next) Judge(SourceBatch batch)
    {
        if (batch.Epoch < Epoch) return (Verdict.Nothing, this);
        var known = batch.Epoch > Epoch ? new Known(batch.Epoch, 0) : this;
        return batch switch
        {
            _ when batch.After > known.Position => (Verdict.Gap, known),
            _ when batch.Through > known.Position => (Verdict.News, known with { Position = batch.Through }),
            _ => (Verdict.Nothing, known),
        };
    }
}

public enum Verdict
{
    /// <summary>All of it is known.</summary>
    Nothing,

    /// <summary>It goes on from what is known.</summary>
    News,

    /// <summary>Something before it is missing, so none of it can be taken.</summary>
    Gap,
}
