using System.Text.RegularExpressions;

namespace Restoration.Domain;

/// <summary>Ids that people choose: lower-case letters, digits and hyphens. No dot, which separates the parts of a figure's id.</summary>
public static partial class Slug
{
    public const string Form = "Lower-case letters, digits and single hyphens, at most 80 characters.";

    public static bool Is(string text) => text.Length <= 80 && Form80().IsMatch(text);

    [GeneratedRegex(@"^[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex Form80();
}
