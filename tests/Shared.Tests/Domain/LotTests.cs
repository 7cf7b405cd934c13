using Restoration.Domain;

namespace Restoration.Shared.Tests.Domain;

public class LotTests
{
    private static readonly string[] s_ids = ["gz-p11", "gz-p01", "赣州", "gz-p03", "gz-p02", "gz-p10"];

    /// <summary>By sha256sum, as the summary of <see cref="Lot"/> says.</summary>
    private static readonly string[] s_order = ["gz-p02", "gz-p10", "赣州", "gz-p11", "gz-p01", "gz-p03"];

    [Fact]
    public void A_draw_is_what_sha256sum_says() => Assert.Equal(s_order[..3], Lot.Draw("2026-02-18", s_ids, 3));

    [Fact]
    public void The_order_of_the_list_and_what_stands_twice_change_nothing() =>
        Assert.Equal(s_order, Lot.Draw("2026-02-18", [.. s_ids.Reverse(), .. s_ids], 6));

    [Fact]
    public void More_than_there_are_is_all_and_none_is_none()
    {
        Assert.Equal(s_order, Lot.Draw("2026-02-18", s_ids, 99));
        Assert.Empty(Lot.Draw("2026-02-18", s_ids, 0));
        Assert.Empty(Lot.Draw("2026-02-18", [], 3));
    }

    [Fact]
    public void Another_seed_is_another_draw() => Assert.NotEqual(Lot.Draw("2026-02-18", s_ids, 6), Lot.Draw("2026-02-19", s_ids, 6));

    [Fact]
    public void A_list_is_published_by_its_bytes_and_recognised_by_its_hash()
    {
        var listed = Lot.Listed([.. s_ids, "gz-p01"]);
        Assert.Equal(["gz-p01", "gz-p02", "gz-p03", "gz-p10", "gz-p11", "赣州"], listed);
        Assert.Equal("59093f4cd6dfd2646de8634dbd9ca92d82b8864c5b318b081d23ba5e2c807f7d", Lot.Sha256(listed)); // LC_ALL=C sort -u ids | sha256sum
    }

    [Fact]
    public void Bytes_decide_beyond_the_basic_plane() => Assert.Equal(["\uFF01", "\U00020000"], Lot.Listed(["\U00020000", "\uFF01"]));
}
