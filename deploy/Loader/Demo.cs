namespace Restoration.Loader;

internal sealed class Demo(Clients clients)
{
    public Task<bool> Run() => Task.FromResult(clients.Has("x"));
}
