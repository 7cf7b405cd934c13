namespace Restoration.Contracts.Funding;

/// <summary>Who did it: the client, and the person's pseudonymous number where one stands behind it.</summary>
public sealed record Actor(string Client, string? Person);

/// <summary>The sender's own identity of a report, so that it finds its report again.</summary>
public sealed record Sender(string Source, string Id);

/// <summary>Whose account a fact is about.</summary>
/// <param name="Division">The division that approves the project.</param>
/// <param name="Counties">Where it lies; empty for the whole plan area.</param>
public sealed record Account(string ProjectId, string PlanId, string ProgrammeId, string Division, IReadOnlyList<string> Counties);

/// <summary>An account after a fact, over all open funds; in yuan. Money of funds marked secret is left out.</summary>
/// <param name="Allocated">Allocated and not issued yet.</param>
/// <param name="Issued">Issued 下达 since the beginning, less what was returned.</param>
/// <param name="Paid">Paid 拨付 since the beginning; never more than <paramref name="Issued"/>.</param>
public sealed record Balance(decimal Allocated, decimal Issued, decimal Paid);

/// <summary>An expected share of a project's money.</summary>
public sealed record Share(string Channel, decimal Amount);

/// <summary>A fund 专项资金 was opened; money in yuan, years inclusive.</summary>
public sealed record FundOpened(string FundId, string Name, string Channel, string Division, int From, int To, decimal? Total);

/// <summary>Money was appropriated to a fund.</summary>
/// <param name="Available">What can be allocated now.</param>
public sealed record FundAppropriated(string FundId, string Division, decimal Amount, decimal Available, string? DocumentNumber, Actor By);

/// <summary>Money of a fund was allocated to projects; it is issued by another person.</summary>
public sealed record AllocationMade(string AllocationId, string FundId, string Division, IReadOnlyList<AllocatedItem> Items, decimal Available, string? DocumentNumber, Actor By);

/// <summary>An allocation was withdrawn before it was issued; its money can be allocated again.</summary>
/// <param name="Available">What can be allocated now.</param>
public sealed record AllocationWithdrawn(string AllocationId, string FundId, string Division, IReadOnlyList<AllocatedItem> Items, decimal Available, string Reason, Actor By);

/// <summary>A project's part of an allocation, in yuan.</summary>
public sealed record AllocatedItem(string ProjectId, decimal Amount);

/// <summary>The account of an approved project was opened; the estimate of its plan is the opening entry, absent where the plan prints none.</summary>
public sealed record AccountOpened(Account Account, string Name, decimal? Estimate, IReadOnlyList<Share> FundingPlan);

/// <summary>The project changed: this is what its account is expected to receive from now on.</summary>
/// <param name="Cause">The id of the project's change request, or of its plan's amendment.</param>
public sealed record EstimateChanged(Account Account, string Name, decimal? Estimate, IReadOnlyList<Share> FundingPlan, string Cause, Actor By);

/// <summary>The project is suspended: from the day on no money is allocated, issued or paid.</summary>
public sealed record AccountFrozen(Account Account, string Reason, DateOnly From, Actor By);

/// <summary>The project goes on, and with it its money.</summary>
public sealed record AccountReleased(Account Account, Actor By);

/// <summary>The project was terminated: money goes back from the day on, and nothing else.</summary>
/// <param name="Money">What the termination says becomes of it.</param>
public sealed record AccountTerminated(Account Account, string Reason, string Money, DateOnly From, Actor By);

/// <summary>A project's part of an allocation was issued 下达; it may be paid from now on.</summary>
public sealed record AllocationIssued(Account Account, string AllocationId, string FundId, string Channel, decimal Amount, Balance Balance, string? DocumentNumber, Actor By);

/// <summary>Money was paid 拨付 from a project's account.</summary>
public sealed record PaymentExecuted(Account Account, string PaymentId, string FundId, decimal Amount, string? Payee, string? Purpose, Balance Balance, Sender? Sender, Actor By, string? Note = null);

/// <summary>Issued money that is not needed went back to its fund.</summary>
public sealed record MoneyReturned(Account Account, string FundId, decimal Amount, string Reason, Balance Balance, Actor By);

/// <summary>Issued money was not paid for twelve months.</summary>
/// <param name="Since">When it was issued.</param>
public sealed record MoneyIdle(Account Account, string AllocationId, string FundId, decimal Amount, DateTimeOffset Since);

/// <summary>Nothing is open in the account any more: the project may close.</summary>
public sealed record AccountSettled(Account Account, Balance Balance, Actor By);
