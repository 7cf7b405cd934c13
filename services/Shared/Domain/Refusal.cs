namespace Restoration.Domain;

/// <summary>Why something is refused; each kind has one HTTP status (given beside it).</summary>
public enum RefusalKind
{
    /// <summary>The request itself is malformed (400).</summary>
    Malformed,

    /// <summary>It is not the caller's to do, or not with this person (403).</summary>
    Forbidden,

    /// <summary>There is no such thing (404).</summary>
    NotFound,

    /// <summary>The state it is in forbids it (409).</summary>
    Conflict,

    /// <summary>The resource has moved on since the caller read it (412).</summary>
    Moved,

    /// <summary>It breaks a rule (422).</summary>
    Invalid,
}

/// <summary>One thing that is wrong, and where: a JSON pointer into the request (<c>#/quantity/unit</c>), empty for the whole.</summary>
public sealed record Fault(string Pointer, string Detail);

/// <summary>An expected "no". The code is stable and part of the API, <c>noun.adjective</c>.</summary>
public sealed record Refusal(RefusalKind Kind, string Code, string Detail)
{
    /// <summary>All that is wrong, where more than the detail is known.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    public static Refusal Malformed(string code, string detail, params IReadOnlyList<Fault> faults) =>
        new(RefusalKind.Malformed, code, detail) { Faults = faults };

    public static Refusal Forbidden(string code, string detail) => new(RefusalKind.Forbidden, code, detail);

    public static Refusal NotFound(string code, string detail) => new(RefusalKind.NotFound, code, detail);

    public static Refusal Conflict(string code, string detail) => new(RefusalKind.Conflict, code, detail);

    public static Refusal Moved(string detail) => new(RefusalKind.Moved, "resource.moved", detail);

    public static Refusal Invalid(string code, string detail, params IReadOnlyList<Fault> faults) =>
        new(RefusalKind.Invalid, code, detail) { Faults = faults };

    public bool Equals(Refusal? other) =>
        other is not null && (Kind, Code, Detail) == (other.Kind, other.Code, other.Detail) && Faults.SequenceEqual(other.Faults);

    public override int GetHashCode() => HashCode.Combine(Kind, Code, Detail);
}
