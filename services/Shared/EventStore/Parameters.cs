using Npgsql;

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
}
