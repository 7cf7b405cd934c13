using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Shared.Tests.Domain;

public class KebabTests
{
    [JsonConverter(typeof(Kebab<Work>))]
    public enum Work { Mine, SoilAndWater, LandConsolidation }

    [Theory]
    [InlineData(Work.Mine, "mine")]
    [InlineData(Work.SoilAndWater, "soil-and-water")]
    public void A_value_has_one_word_everywhere(Work work, string word)
    {
        Assert.Equal($"\"{word}\"", JsonSerializer.Serialize(work));
        Assert.Equal(work, JsonSerializer.Deserialize<Work>($"\"{word}\""));
        Assert.Equal(word, Kebab.Of(work));
        Assert.True(Kebab.TryParse(word, out Work parsed));
        Assert.Equal(work, parsed);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"1\"")]
    [InlineData("\"water\"")]
    [InlineData("null")]
    public void Nothing_else_is_read(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Work>(json));

    [Theory]
    [InlineData(null)]
    [InlineData("SoilAndWater")]
    [InlineData("1")]
    public void Nothing_else_is_parsed(string? word) => Assert.False(Kebab.TryParse<Work>(word, out _));

    [Fact]
    public void A_value_without_a_name_has_no_word() => Assert.Throws<ArgumentOutOfRangeException>(() => Kebab.Of((Work)99));

    [Fact]
    public void The_words_keep_the_order_of_the_values() => Assert.Equal(["mine", "soil-and-water", "land-consolidation"], Kebab.All<Work>());
}
