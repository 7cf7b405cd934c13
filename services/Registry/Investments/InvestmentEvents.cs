using Restoration.Domain;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Investments;

/// <summary>
/// 完成投资 of a project in a division and period: one number, whichever measure's report carried it; it takes the place of what was said
/// before. Not the money paid.
/// </summary>
/// <param name="Figure">Of the report that carried it.</param>
[StoredAs("investment-completed.v1")]
public sealed record InvestmentCompleted(FigureRef Figure, Money Amount, Money? Before, Sender? Sender, By By, DateTimeOffset At) : Event(By, At);
