using Restoration.Domain;
using Restoration.Registry.Zones;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

public sealed class ZoneSpecs
{
    internal static readonly ZoneDefinition Area = new(
        ZoneKind.RestorationZone, null, "矿山及水土保持生态修复区", "Mine zone", 1, [new(Yudu, true, null, null), new(Ningdu, false, 0.4m, "北部")], 2, "中部", ["贡水"],
        ["丘陵"], ["水土流失"], ["崩岗治理"], ["矿山开发"], ["于都 is printed twice."], new("doc", "3.2.1"));

    private static readonly RegisterZone s_register = new("gz-zone-1", "gz", Area, Planner, At);
    internal static readonly ZoneRegistered Known = new("gz-zone-1", "gz", City, Area, Planner, At);

    private static Spec<Zones.Zone, ZoneEvent> A_zone => new(Zones.Zone.Unknown, (z, e) => Zones.Zone.Aggregate.Fold(z, e));

    private static Decision<ZoneEvent> Decide(Zones.Zone zone, RegisterZone c) => ZoneDecider.Decide(zone, c, Registered, Tree);

    [Fact]
    public void A_zone_is_entered_with_its_plan() => A_zone.When(z => Decide(z, s_register)).Records(Known);

    [Fact]
    public void Entering_it_again_alike_changes_nothing() => A_zone.After(Known).When(z => Decide(z, s_register with { By = Verifier })).RecordsNothing();

    [Fact]
    public void A_zone_is_not_edited() => A_zone.After(Known)
        .When(z => Decide(z, s_register with { Definition = Area with { Name = "另一区" } })).IsRefused(RefusalKind.Conflict, "zone.exists");

    [Fact]
    public void A_zone_is_of_a_plan() => A_zone
        .When(z => ZoneDecider.Decide(z, s_register, Plans.Plan.Unknown, Tree)).IsRefused(RefusalKind.Invalid, "plan.unknown", "#/planId");

    [Theory]
    [InlineData(KeyAreaKind.Water)]
    [InlineData(KeyAreaKind.Forest)]
    [InlineData(KeyAreaKind.Wetland)]
    [InlineData(KeyAreaKind.Mine)]
    [InlineData(KeyAreaKind.SoilErosion)]
    [InlineData(KeyAreaKind.ConstructionLand)]
    [InlineData(KeyAreaKind.Farmland)]
    public void A_key_area_is_of_one_of_seven_kinds_and_may_name_no_place(KeyAreaKind kind) => A_zone
        .When(z => Decide(z, s_register with { Definition = Area with { Kind = ZoneKind.KeyArea, KeyAreaKind = kind, Parts = [] } }))
        .Records(Known with { Definition = Area with { Kind = ZoneKind.KeyArea, KeyAreaKind = kind, Parts = [] } });

    [Theory]
    [InlineData(ZoneKind.KeyArea, null)]
    [InlineData(ZoneKind.RestorationZone, KeyAreaKind.Mine)]
    public void Only_a_key_area_has_such_a_kind(ZoneKind kind, KeyAreaKind? of) => A_zone
        .When(z => Decide(z, s_register with { Definition = Area with { Kind = kind, KeyAreaKind = of } })).IsRefused(RefusalKind.Invalid, "zone.invalid", "#/keyAreaKind");

    [Theory]
    [InlineData(Sample.Zone)]
    [InlineData(Town)]
    [InlineData(City)]
    public void It_consists_of_what_lies_in_the_plans_division(string division) => A_zone
        .When(z => Decide(z, s_register with { Definition = Area with { Parts = [new(division, true, null, null)] } }))
        .Records(Known with { Definition = Area with { Parts = [new(division, true, null, null)] } });

    [Fact]
    public void All_that_is_wrong_is_told_at_once() => A_zone
        .When(z => Decide(z, s_register with
        {
            ZoneId = "Zone 1",
            Definition = Area with
            {
                KeyAreaKind = KeyAreaKind.Mine,
                Parts = [new("360222", true, null, null), new(Yudu, true, 0.5m, null), new(Yudu, false, 1, null), new(Ningdu, false, 0, null)],
            },
        }))
        .IsRefused(
            RefusalKind.Invalid, "zone.invalid", "#/id", "#/keyAreaKind", "#/parts/0/division", "#/parts/1/share", "#/parts/2/division", "#/parts/2/share", "#/parts/3/share");
}
