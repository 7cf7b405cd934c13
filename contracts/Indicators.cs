namespace Restoration.Contracts.Indicators;

/// <summary>An amount in a unit of the wire conventions.</summary>
public sealed record Amount(decimal Value, string Unit);

/// <summary>Who did it: the client, and the person's pseudonymous number where one stands behind it.</summary>
public sealed record Actor(string Client, string? Person);

/// <summary>An indicator of a plan was defined, or defined anew: <paramref name="Revision"/> counts its definitions.</summary>
/// <param name="Concept">The same indicator over plans.</param>
/// <param name="Method"><c>reported</c>, <c>progress</c>, <c>mine-count</c>, <c>mine-area</c>, <c>section-share</c> or <c>ratio</c>.</param>
public sealed record IndicatorDefined(
    string IndicatorId, string PlanId, string Concept, string Name, string? Unit, string Binding, string Kind, string Method, string Division, int Revision);

/// <summary>A value was submitted, or submitted again; it counts when it is accepted.</summary>
public sealed record IndicatorObserved(string ObservationId, string IndicatorId, string PlanId, string Division, string Period, Amount Value, int Revision, string? Note);

/// <summary>A submitted value was accepted; it counts from now on.</summary>
public sealed record ObservationAccepted(string ObservationId, string IndicatorId, string PlanId, string Division, string Period, Amount Value, int Revision);

/// <summary>A submitted value went back to who sent it.</summary>
public sealed record ObservationReturned(string ObservationId, string IndicatorId, string PlanId, string Division, string Period, string Reason);

/// <summary>Verified progress of a measure counts towards an indicator.</summary>
/// <param name="FigureId">The figure in the registry.</param>
/// <param name="Value">What the figure contributes now; it replaces what it contributed before.</param>
public sealed record ProgressContributed(string IndicatorId, string PlanId, string FigureId, string MeasureId, string Division, string Period, Amount Value);

/// <summary>An accepted mine site counts in the mine indicators of every plan whose division it lies in.</summary>
/// <param name="Kind"><c>legacy</c> or <c>licensed</c>; the plans count the abandoned ones.</param>
public sealed record SiteContributed(string SiteId, string Name, string Division, string Kind, Amount Area, DateOnly AcceptedOn);

/// <summary>A mine site that counted was reopened; it counts no more from the day on.</summary>
public sealed record SiteWithdrawn(string SiteId, string Division, DateOnly AcceptedOn, DateOnly WithdrawnOn);

/// <summary>An assessment of a plan was published; what it was computed from is frozen for the period, in the assessed division and below.</summary>
/// <param name="Division">The plan's division, or one of its counties.</param>
/// <param name="Kind"><c>yearly</c>, <c>mid-term</c> or <c>final</c>.</param>
/// <param name="Positions">How far each log had been read: with them it can be computed again.</param>
public sealed record AssessmentPublished(
    string AssessmentId, string PlanId, string Division, string Kind, string Period, IReadOnlyList<LogPosition> Positions, Actor By);

/// <summary>A place in the log of a service.</summary>
public sealed record LogPosition(string Service, long Position);
