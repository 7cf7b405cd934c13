namespace Restoration.Loader;

/// <summary>What counties and treasuries send, as CloudEvents; what is made up says so.</summary>
internal static class Cloud
{
    /// <summary>Stands in every made-up fact that has room for a note.</summary>
    public const string Mark = "演示数据";

    /// <summary>Where the demonstration's reports of a division come from.</summary>
    public static string SourceOf(string division) => $"/county/{division}/demo";

    public static object Event(string source, string id, string type, string subject, string time, object data) =>
        new { specversion = "1.0", id, source, type, subject, time, datacontenttype = "application/json", data };

    /// <summary>A small document that says what it is to prove.</summary>
    public static object Evidence(string division, string id, string text, string takenAt) =>
        new { uri = $"https://example.invalid/demo/{division}/{id}.txt", sha256 = Json.Digest($"{Mark} {text}"), kind = "document", takenAt };
}
