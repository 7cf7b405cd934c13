using Npgsql;
using NpgsqlTypes;

namespace Restoration.EventStore;

/// <summary>Values beside SQL, in a chain.</summary>
public static class Parameters
{
    /// <summary>The next parameter, <c>$1</c> first.</summary>
    public static NpgsqlCommand With<T>(this NpgsqlCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    /// <summary>A time, or null for none.</summary>
    public static NpgsqlCommand WithTime(this NpgsqlCommand command, DateTimeOffset? time)
    {
        command.Parameters.Add(new() { Value = (object?)time?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return command;
    }
}
