using System.Text.Json;
using Restoration.Contracts.Registry;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Indicators.Observations;
using Restoration.Messaging;

namespace Restoration.Indicators;

/// <summary>What this service takes from the registry: the tree, the plans' periods, and verified progress that feeds an indicator.</summary>
public static class FromRegistry
{
    private static readonly RowTable s_divisions = new(
        "divisions",
        """
        insert into indicators.divisions as d (id, name, level, parent_id, land_in, valid_from, valid_to)
        select * from jsonb_to_recordset($1) as r(id text, name text, level text, parent_id text, land_in text, valid_from date, valid_to date)
        on conflict (id) do update set (name, level, parent_id, land_in, valid_from, valid_to)
            = (excluded.name, excluded.level, excluded.parent_id, excluded.land_in, excluded.valid_from, excluded.valid_to)
        """);

    private static readonly RowTable s_replaced = new(
        "divisions replaced",
        """
        update indicators.divisions d set valid_to = r.valid_to, replaced_by = r.replaced_by
        from jsonb_to_recordset($1) as r(id text, valid_to date, replaced_by text) where d.id = r.id
        """);

    private static readonly RowTable s_plans = new(
        "plans",
        """
        insert into indicators.plans as p select * from jsonb_to_recordset($1) as r(id text, name text, division text, year_from int, year_to int)
        on conflict (id) do update set (name, division, year_from, year_to) = (excluded.name, excluded.division, excluded.year_from, excluded.year_to)
        """);

    public static Consumers Consumers { get; } = new Consumers()
        .On("restoration.registry.division-defined.v1", RegistryJson.Default.DivisionDefined, (d, _, _) => Rows(new Row(
            s_divisions, d.Id, Json(new DivisionCopy(d.Id, d.Name, d.Level, d.ParentId, d.LandIn, d.ValidFrom, d.ValidTo, null)))))
        .On("restoration.registry.division-replaced.v1", RegistryJson.Default.DivisionReplaced, (d, _, _) => Rows(new Row(
            s_replaced, d.Id, Json(new DivisionCopy(d.Id, null, null, null, null, null, d.LastDay, d.ReplacedBy)))))
        .On("restoration.registry.plan-registered.v1", RegistryJson.Default.PlanRegistered, (p, _, _) => Rows(new Row(
            s_plans, p.PlanId, JsonSerializer.SerializeToElement(new PlanCopy(p.PlanId, p.Name, p.Division, p.From, p.To), RowJson.Default.PlanCopy))))
        .On("restoration.registry.progress-verified.v1", RegistryJson.Default.ProgressVerified, Verified);

    private static ValueTask<Handling> Verified(ProgressVerified fact, Letter letter, IServiceProvider services)
    {
        var f = fact.Figure;
        if (f is not { IndicatorId: { } indicatorId, Verified: { } amount })
        {
            return ValueTask.FromResult(new Handling()); // feeds no indicator
        }

        if (!Period.TryParse(f.Period, out var period) || !Unit.TryParse(amount.Unit, out var unit) || !Quantity.TryOf(amount.Value, unit, out var quantity))
        {
            throw new FormatException($"The figure {f.FigureId} has a period or an amount that cannot be read.");
        }

        var command = new ContributeProgress(
            new ObservationRef(indicatorId, f.PlanId, f.Division, period), f.FigureId, f.MeasureId, quantity, letter.Id, letter.Position,
            new By(fact.By.Client, fact.By.Person), letter.Time);
        var stream = YearOfValues.Stream(indicatorId, period.Year);
        return ValueTask.FromResult(new Handling(s => s.Record(
            YearOfValues.Aggregate, stream, ObservationDecider.Decide(s.Get(YearOfValues.Aggregate, stream), command))));
    }

    private static ValueTask<Handling> Rows(Row row) => ValueTask.FromResult(new Handling(Rows: [row]));

    private static JsonElement Json(DivisionCopy copy) => JsonSerializer.SerializeToElement(copy, RowJson.Default.DivisionCopy);
}

/// <summary>Columns of the copied tree; a replacement carries the last two alone.</summary>
internal sealed record DivisionCopy(
    string Id, string? Name, string? Level, string? ParentId, string? LandIn, DateOnly? ValidFrom, DateOnly? ValidTo, string? ReplacedBy);

internal sealed record PlanCopy(string Id, string Name, string Division, int YearFrom, int YearTo);
