using Microsoft.AspNetCore.Http;
using Restoration.Domain;
using Restoration.Http;

namespace Restoration.Registry.Views;

/// <summary>The tree of divisions that a question about the past means: that of its day, as it was known then.</summary>
public static class Trees
{
    public static async Task<DivisionTree> Of(HttpContext http, Territory territory, string? division, Moment? asOf, Moment? recordedAsOf)
    {
        var (tree, day) = (await territory.Tree(division), (asOf ?? recordedAsOf)?.Day);
        if (recordedAsOf is not null)
        {
            // A division exists from its own days on, not from when somebody entered it: what was recorded by then is taken whole.
            await using var past = await http.At(null, recordedAsOf);
            await past.Hold(All.Divisions, null, http.RequestAborted);
            await using var command = past.Command($"select {Territory.Columns} from divisions");
            tree = DivisionTree.Of(await command.List(Territory.Node, http.RequestAborted));
        }

        return day is { } on ? tree.On(on) : tree;
    }

    /// <summary>A division with all below it; null where none is asked for.</summary>
    public static string[]? Below(this DivisionTree tree, string? division) => division is null ? null : [.. tree.Under(division).Select(d => d.Id)];
}
