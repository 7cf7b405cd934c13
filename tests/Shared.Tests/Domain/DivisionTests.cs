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
}
