using System.Text;

namespace Restoration.Updates.Feed;

/// <summary>
/// One entry of the feed, ready to be sent: the bytes of its SSE frame are made once and shared by all who follow, and the CloudEvent
/// that polling answers with is a part of the same bytes.
/// </summary>
public sealed class Entry
{
    private readonly byte[] _frame;
    private readonly int _bodyAt;

    public Entry(Sequence sequence, string type, string subject, string[] scope, ReadOnlySpan<byte> body)
    {
        (Sequence, Type, Subject, Scope) = (sequence, type, subject, scope);
        var head = $"id: {sequence}\nevent: {type}\ndata: ";
        _bodyAt = Encoding.UTF8.GetByteCount(head);
        _frame = new byte[_bodyAt + body.Length + 2];
        Encoding.UTF8.GetBytes(head, _frame);
        body.CopyTo(_frame.AsSpan(_bodyAt));
        "\n\n"u8.CopyTo(_frame.AsSpan(_frame.Length - 2));
    }

    public Sequence Sequence { get; }

    public long Number => Sequence.Number;

    public string Type { get; }

    public string Subject { get; }

    /// <summary>Every division touched, and all above them.</summary>
    public IReadOnlyList<string> Scope { get; }

    public ReadOnlyMemory<byte> Frame => _frame;

    public ReadOnlyMemory<byte> Body => _frame.AsMemory(_bodyAt, _frame.Length - _bodyAt - 2);
}
