using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.EventStore;

namespace Restoration.Http;

/// <summary>A time in a query: RFC 3339 with offset, or a day (<c>2025-12-31</c>), which means its end in China.</summary>
public readonly record struct Moment(DateTimeOffset At) : IParsable<Moment>
{
    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    /// <summary>The day it is then in China.</summary>
    public DateOnly Day => DateOnly.FromDateTime(At.ToOffset(s_china).DateTime);

    /// <summary>The last moment of a day in China.</summary>
    public static DateTimeOffset EndOf(DateOnly day) => new DateTimeOffset(day, TimeOnly.MaxValue, s_china).ToUniversalTime();

    public static Moment Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var moment) ? moment : throw new FormatException();

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Moment result)
    {
        if (DateOnly.TryParseExact(s, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 1 and < 9999)
        {
            result = new Moment(EndOf(day));
            return true;
        }

        var known = DateTimeOffset.TryParseExact(
            s, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && at.UtcDateTime.Year is > 1 and < 9999 && (s!.EndsWith('Z') || s[^6] is '+' or '-');
        result = new Moment(at.ToUniversalTime());
        return known;
    }
}

public static class Moments
{
    /// <summary>What is said of the two parameters in the document of a route.</summary>
    public const string Said = "asOf: what had happened by then (business time); recordedAsOf: what was known then. A time, or a day, which means its end in China.";

    /// <summary>The path of what explains an answer: with these filters, those that are asked for, and asked of the same past.</summary>
    public static string Explained(this HttpContext http, string path, params IEnumerable<(string Name, string? Value)> filters)
    {
        (string Name, string? Value)[] past = [Asked("asOf"), Asked("recordedAsOf")];
        var query = filters.Concat(past).Where(f => f.Value is not null).Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value!)}").ToList();
        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";

        (string, string?) Asked(string name) => (name, http.Request.Query[name].FirstOrDefault());
    }

    /// <summary>The service's views as they are, or as they were.</summary>
    /// <param name="together">Views that are asked as of one moment where that is now.</param>
    public static Task<Past> At(this HttpContext http, Moment? asOf, Moment? recordedAsOf, params IReadOnlyList<Derived> together) => Past.Open(
        http.RequestServices.GetRequiredService<NpgsqlDataSource>(), http.RequestServices.GetRequiredService<EventTypes>(),
        new When(asOf?.At, recordedAsOf?.At), together, http.RequestAborted);

    /// <summary>The same, with the rows of one stream.</summary>
    public static async Task<Past> At(this HttpContext http, Moment? asOf, Moment? recordedAsOf, RowView view, string stream)
    {
        var past = await http.At(asOf, recordedAsOf);
        try
        {
            await past.Hold(view, [stream], http.RequestAborted);
            return past;
        }
        catch
        {
            await past.DisposeAsync();
            throw;
        }
    }
}
