using System.Text;

namespace Restoration.Gateway.Tests;

/// <summary>What would be passed over in silence elsewhere is refused.</summary>
public sealed class RequestTests(House house) : IClassFixture<House>
{
    [Theory]
    [InlineData("gzip", 415)]
    [InlineData("br", 415)]
    [InlineData("gzip, identity", 415)]
    [InlineData("identity", 200)]
    public async Task A_coded_body_is_not_taken_for_what_it_is_not(string coding, int status)
    {
        var token = await house.Gateway.Token();
        foreach (var http in new[] { house.Direct, house.Gateway.Http })
        {
            var body = new StringContent("""{"name":"a","count":1}""", Encoding.UTF8, "application/json");
            body.Headers.TryAddWithoutValidation("Content-Encoding", coding);
            var reply = await http.Send(HttpMethod.Post, "/v1/registry/things", token, body);
            Assert.Equal(status, (int)reply.StatusCode);
            if (status != 415) continue;
            await reply.Is(415, "media-type.unsupported");
            Assert.Equal("identity", reply.Headers.GetValues("Accept-Encoding").Single());
        }
    }

    [Theory]
    [InlineData("/v1/clients?colour=red")]
    [InlineData("/v1/clients?clients=1")] // what the handler calls its own
    [InlineData("/v1/clients/operator?limit=5")]
    [InlineData("/v1/clients/operator?clientId=other")]
    public async Task A_parameter_that_the_route_does_not_know_is_refused(string path) =>
        await (await house.Gateway.Send(HttpMethod.Get, path, await house.Gateway.Token())).Is(400, "parameter.unknown");
}
