using FsCheck;
using FsCheck.Fluent;
using Restoration.Domain;

namespace Restoration.Shared.Tests.Domain;

public class DivisionTests
{
    private static readonly DivisionTree Jiangxi = DivisionTree.Of([
        new("360000", "江西省", "province"),
        new("360700", "赣州市", "city", "360000"),
        new("360703", "南康区", "county", "360700", ValidFrom: new(2013, 10, 18)),
        new("360782", "南康市", "county", "360700", ValidTo: new(2013, 10, 17), ReplacedBy: "360703"),
        new("ganzhou-jkq", "赣州经开区", "function-zone", "360700", LandIn: "360703"),
        new("360200", "景德镇市", "city", "360000"),
    ]);

    /// <summary>Up to eight nodes whose parents are drawn at random: missing ones, forests and rings included.</summary>
    private static readonly Arbitrary<DivisionTree> AnyTrees = (
        from parents in Gen.Choose(-1, 8).ArrayOf(8)
        select DivisionTree.Of(parents.Select((parent, i) => new DivisionNode($"{i}", "", "county", parent < 0 ? null : $"{parent}"))))
        .ToArbitrary();

    [Fact]
    public void A_division_contains_itself_and_what_reports_to_it()
    {
        Assert.True(Jiangxi.Contains("360000", "360703"));
        Assert.True(Jiangxi.Contains("360703", "360703"));
        Assert.False(Jiangxi.Contains("360703", "360700"));
        Assert.False(Jiangxi.Contains("360200", "360703"));
    }

    [Fact]
    public void A_function_zone_reports_to_the_city_not_to_the_county_it_lies_in()
    {
        Assert.True(Jiangxi.Contains("360700", "ganzhou-jkq"));
        Assert.False(Jiangxi.Contains("360703", "ganzhou-jkq"));
    }

    [Fact]
    public void What_is_unknown_lies_nowhere()
    {
        Assert.Null(Jiangxi.Find("999999"));
        Assert.Null(Jiangxi.Find(null));
        Assert.False(Jiangxi.Contains("999999", "999999"));
        Assert.False(Jiangxi.IsValid("999999", new(2024, 1, 1)));
        Assert.Empty(Jiangxi.PathOf("999999"));
        Assert.Empty(Jiangxi.Under(null));
        Assert.Empty(DivisionTree.Empty.Nodes);
    }

    [Fact]
    public void The_path_leads_up_and_under_leads_down()
    {
        Assert.Equal(["ganzhou-jkq", "360700", "360000"], Jiangxi.PathOf("ganzhou-jkq").Select(node => node.Id));
        Assert.Equal(["360000", "360200", "360700", "360703", "360782", "ganzhou-jkq"], Jiangxi.Under("360000").Select(node => node.Id));
    }

    [Fact]
    public void A_replaced_code_ends_the_day_before_its_successor_begins()
    {
        Assert.True(Jiangxi.IsValid("360782", new(2013, 10, 17)));
        Assert.False(Jiangxi.IsValid("360782", new(2013, 10, 18)));
        Assert.False(Jiangxi.IsValid("360703", new(2013, 10, 17)));
        Assert.True(Jiangxi.IsValid("360703", new(2013, 10, 18)));
        Assert.Equal("360703", Jiangxi.Find("360782")!.ReplacedBy);
    }

    [Fact]
    public void The_last_of_several_nodes_with_one_id_stands() => Assert.Equal(
        "赣县区", DivisionTree.Of([new("360704", "赣县", "county"), new("360704", "赣县区", "county")]).Find("360704")!.Name);

    [Fact]
    public void Path_under_and_contains_agree_even_where_parents_form_a_ring() => Prop.ForAll(AnyTrees, tree =>
        tree.Nodes.All(a => tree.Nodes.All(b =>
            tree.Contains(a.Id, b.Id) == tree.PathOf(b.Id).Any(node => node.Id == a.Id)
            && tree.Contains(a.Id, b.Id) == tree.Under(a.Id).Any(node => node.Id == b.Id)))).QuickCheckThrowOnFailure();

    private static readonly DivisionTree s_moving = DivisionTree.Of([
        new("36", "江西省", "province"), new("3607", "赣州市", "city", "36"), new("3602", "景德镇市", "city", "36"),
        new("old", "南康市", "county", "3607", ValidTo: new(2013, 12, 31), ReplacedBy: "new"), new("new", "南康区", "county", "3607", ValidFrom: new(2014, 1, 1)),
        new("town", "唐江镇", "township", "old"), new("zone", "经开区", "function-zone", "3607", LandIn: "old"),
        new("county", "于都市", "county", "3602")
        {
            FormerNames = [new("于都县", null, new(2019, 12, 31))], FormerParents = [new("3607", new(2016, 12, 31))],
        },
    ]);

    private static IEnumerable<string> Under(DateOnly day, string id) => s_moving.On(day).Under(id).Select(n => n.Id).Order(StringComparer.Ordinal);

    [Fact]
    public void A_code_that_ceased_counts_under_the_one_that_stands_for_it_from_the_day_after()
    {
        Assert.Equal(["old", "town"], Under(new(2013, 12, 31), "old"));
        Assert.Equal(["new"], Under(new(2013, 12, 31), "new"));
        Assert.Equal(["new", "old", "town"], Under(new(2014, 1, 1), "new"));
        Assert.Equal(("old", "new"), (s_moving.On(new(2013, 12, 31)).Standing("old"), s_moving.On(new(2014, 1, 1)).Standing("old")));
        Assert.Equal(("old", "new"), (s_moving.On(new(2013, 1, 1)).Find("zone")!.LandIn, s_moving.On(new(2020, 1, 1)).Find("zone")!.LandIn));
    }

    [Fact]
    public void A_division_lies_where_it_lay_on_the_day_and_is_called_as_it_was()
    {
        Assert.Contains("county", Under(new(2016, 12, 31), "3607"));
        Assert.Contains("county", Under(new(2017, 1, 1), "3602"));
        Assert.DoesNotContain("county", Under(new(2017, 1, 1), "3607"));
        Assert.Equal(("于都县", "于都市"), (s_moving.On(new(2019, 12, 31)).Find("county")!.Name, s_moving.On(new(2020, 1, 1)).Find("county")!.Name));
        Assert.Equal("于都县", s_moving.On(new(2025, 1, 1)).On(new(2019, 1, 1)).Find("county")!.Name); // any day can be asked of the tree of any other
    }

    [Fact]
    public void A_tree_says_how_much_of_a_division_it_knows()
    {
        var tree = DivisionTree.Of([.. s_moving.Nodes.Where(n => n.Id != "36"), new("36", "江西省", "province") { StatedCounties = 100 }]);
        Assert.Equal(new CountyCoverage(2, 100), tree.On(new(2013, 1, 1)).CoverageOf("36"));
        Assert.Equal(new CountyCoverage(2, 100), tree.On(new(2020, 1, 1)).CoverageOf("36"));
        Assert.Equal(new CountyCoverage(1, null), tree.On(new(2020, 1, 1)).CoverageOf("3602"));
    }

    /// <summary>A province with three cities and nine counties that are replaced by each other, move between cities and cease, all at random.</summary>
    private static readonly Arbitrary<DivisionTree> s_histories = (
        from parents in Gen.Choose(0, 2).ArrayOf(9)
        from heirs in Gen.Choose(-4, 8).ArrayOf(9)
        from ends in Gen.Choose(2010, 2030).ArrayOf(9)
        from moves in Gen.Choose(2010, 2030).ArrayOf(9)
        from before in Gen.Choose(-3, 2).ArrayOf(9)
        select DivisionTree.Of(
        [
            new("p", "", "province"), .. Enumerable.Range(0, 3).Select(c => new DivisionNode($"c{c}", "", "city", "p")),
            .. Enumerable.Range(0, 9).Select(i => new DivisionNode(
                $"k{i}", "", "county", $"c{parents[i]}", null, null, heirs[i] > i ? new DateOnly(ends[i], 12, 31) : null, heirs[i] > i ? $"k{heirs[i]}" : null)
            {
                FormerParents = before[i] >= 0 ? [new($"c{before[i]}", new(moves[i], 6, 30))] : [],
            }),
        ])).ToArbitrary();

    [Fact]
    public void On_every_day_what_was_reported_under_any_code_is_counted_once_by_county_by_city_and_by_province() => Prop.ForAll(
        s_histories, Gen.Choose(2009, 2031).ToArbitrary(), Gen.Choose(0, 1000).ArrayOf(9).ToArbitrary(), (said, year, amounts) =>
        {
            var tree = said.On(new(year, 12, 31));
            int Sum(DivisionNode division) => tree.Under(division.Id).Where(n => n.Id[0] == 'k').Sum(n => amounts[n.Id[1] - '0']);
            var standing = tree.Nodes.Where(n => n.Level == "county" && tree.Standing(n.Id) == n.Id).Sum(Sum);
            var cities = tree.Nodes.Where(n => n.Level == "city").Sum(Sum);
            return standing == amounts.Sum() && cities == amounts.Sum() && Sum(tree.Find("p")!) == amounts.Sum();
        }).QuickCheckThrowOnFailure();
}
