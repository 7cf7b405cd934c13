using System.Text.Json;
using Restoration.ServiceDefaults;
using static Restoration.Funding.Tests.FundingSystem;

namespace Restoration.Funding.Tests;

/// <summary>Whatever comes in, the answer is the sender's fault, never ours.</summary>
public sealed class HostileInputTests(FundingSystem system) : IClassFixture<FundingSystem>
{
    private static readonly string s_event = JsonSerializer.Serialize(Payment("p1", 7, "hostile"), WireJson.Options);

    public static TheoryData<string> Events => [.. new[]
    {
        "", "null", "[]", "{", s_event.Replace("\"amount\":7", "\"amount\":1e400"), s_event.Replace("\"amount\":7", "\"amount\":-7"),
        s_event.Replace("\"amount\":7", "\"amount\":0.001"), s_event.Replace("\"amount\":7", "\"amount\":999999999999999.99"),
        s_event.Replace("\"amount\":7", "\"amount\":79228162514264337593543950335"), s_event.Replace("\"yuan\"", "\"dollar\""), s_event.Replace("\"yuan\"", "null"),
        s_event.Replace("\"paymentId\":\"hostile\"", "\"paymentId\":\"\""), s_event.Replace("\"paymentId\":\"hostile\"", $"\"paymentId\":\"{new string('x', 100_000)}\""),
        s_event.Replace("\"paymentId\":\"hostile\"", "\"paymentId\":\"\\u0000\""), s_event.Replace("\"requestedBy\":\"r-1\"", "\"requestedBy\":\"a b\""),
        s_event.Replace("\"requestedBy\":\"r-1\"", "\"requestedBy\":null"), s_event.Replace("\"fundId\":\"p1\"", $"\"fundId\":\"{new string('f', 100_000)}\""),
        s_event.Replace("\"p1\"", $"\"{new string('p', 100_000)}\""), s_event.Replace("\"p1\"", "\"\""), s_event.Replace("\"p1\"", "\"'; drop table funding.entries; --\""),
        s_event.Replace("2024-05-10T09:00:00+08:00", "0001-01-01T00:00:00+00:00"), s_event.Replace("2024-05-10T09:00:00+08:00", "9999-12-31T23:59:59-14:00"),
    }];

    [Theory]
    [MemberData(nameof(Events))]
    public async Task A_hostile_payment_is_the_senders_fault(string body)
    {
        var answer = await system.Treasury.Send(HttpMethod.Post, "/v1/funding/events", body, "application/cloudevents+json");
        Assert.True(answer.Status is >= 400 and < 500, $"{answer.Status} {answer.Text}");
    }

    [Theory]
    [InlineData("funds", """{"id":"h","name":"n","channel":"bonds","division":"360000","from":-2147483648,"to":2147483647}""")]
    [InlineData("funds", """{"id":"h","name":"n","channel":"bonds","division":"360000","from":2021,"to":2025,"total":{"amount":999999999999999.99,"unit":"yuan"}}""")]
    [InlineData("funds", """{"id":"h","name":"n","channel":"bonds","division":"nowhere","from":2021,"to":2025}""")]
    [InlineData("funds", """{"id":"h\u0000","name":"n","channel":"bonds","division":"360000","from":2021,"to":2025}""")]
    [InlineData("funds", """{"id":"h","name":"n","channel":3,"division":"360000","from":2021,"to":2025}""")]
    [InlineData("funds", """{"id":"h","name":"n","channel":"bonds","division":"360000","from":2021,"to":2025,"planId":"\ud800"}""")]
    [InlineData("funds/none/appropriate", """{"amount":{"amount":1,"unit":"yuan"}}""")]
    [InlineData("funds/hostile/appropriate", """{"amount":{"amount":999999999999999.99,"unit":"yuan"}}""")]
    [InlineData("funds/hostile/appropriate", """{"amount":{"amount":99999999999,"unit":"yi-yuan"}}""")]
    [InlineData("funds/hostile/appropriate", """{"amount":{"amount":1,"unit":"yuan"},"at":"9999-12-31T23:59:59Z"}""")]
    [InlineData("allocations", """{"id":"h","fundId":"hostile","items":[]}""")]
    [InlineData("allocations", """{"id":"h","fundId":"hostile","items":[null]}""")]
    [InlineData("allocations", """{"id":"h","fundId":"hostile","items":[{"projectId":"","amount":{"amount":1,"unit":"yuan"}}]}""")]
    [InlineData("allocations", """{"id":"h","fundId":"","items":[{"projectId":"p","amount":{"amount":1,"unit":"yuan"}}]}""")]
    [InlineData("allocations", """{"id":"h","fundId":"hostile","items":[{"projectId":"hostile","amount":{"amount":1,"unit":"yuan"}}],"at":"0001-01-01T00:00:00+00:00"}""")]
    [InlineData("allocations", """{"id":"h.h","fundId":"hostile","items":[{"projectId":"hostile","amount":{"amount":1,"unit":"yuan"}}]}""")]
    [InlineData("allocations/none/issue", "{}")]
    [InlineData("allocations/none/withdraw", "{}")]
    [InlineData("projects/none/account/settle", "{}")]
    [InlineData("projects/hostile/account/return", """{"fundId":"none","amount":{"amount":1,"unit":"yuan"},"reason":"r"}""")]
    [InlineData("projects/hostile/account/return", """{"fundId":"hostile","amount":{"amount":999999999999999.99,"unit":"yuan"},"reason":"r"}""")]
    public async Task A_hostile_command_is_the_senders_fault(string path, string body)
    {
        await Prepare();
        var answer = await system.Finance.Send(
            HttpMethod.Post, $"/v1/funding/{path}", body, "application/json", ("Idempotency-Key", Guid.NewGuid().ToString()), Person("f-1"));
        Assert.True(answer.Status is >= 400 and < 500, $"{answer.Status} {answer.Text}");
    }

    [Fact]
    public async Task Many_great_amounts_are_no_fault_of_ours()
    {
        await Prepare();
        var greatest = new { id = "great", fundId = "hostile", items = Enumerable.Range(0, 150).Select(i => new { projectId = $"p{i}", amount = Yuan(999_999_999_999_999.99m) }) };
        (await system.Finance.Post("/v1/funding/allocations", greatest, Person("f-1"))).Is(422, "project.unknown");
        for (var i = 0; i < 10; i++)
        {
            await system.Approved(Design($"great-{i}"));
        }

        (await system.Finance.Post(
            "/v1/funding/allocations",
            new { id = "great", fundId = "hostile", items = Enumerable.Range(0, 10).Select(i => new { projectId = $"great-{i}", amount = Yuan(999_999_999_999_999.99m) }) },
            Person("f-1"))).Is(409, "balance.insufficient");
        await system.Funded("great-fund", 1_000_000_000_000m);
        (await system.Finance.Post("/v1/funding/funds/great-fund/appropriate", new { amount = Yuan(0.01m) }, Person("f-1"))).Is(422, "amount.too-large");
        (await system.Auditor.Get("/v1/funding/ledger/trial-balance")).Is(200);
    }

    [Theory]
    [InlineData("funds?limit=0")]
    [InlineData("funds?cursor=x")]
    [InlineData("funds?channel=%00")]
    [InlineData("funds?colour=red")]
    [InlineData("funds/%00")]
    [InlineData("funds/none/history")]
    [InlineData("allocations?projectId=%00")]
    [InlineData("allocations?limit=501")]
    [InlineData("allocations/none")]
    [InlineData("allocations/none/history")]
    [InlineData("projects?division=%00")]
    [InlineData("projects?planId=gz&planid=gz&colour=1")]
    [InlineData("projects/none/account")]
    [InlineData("projects/none/account/history?cursor=x")]
    [InlineData("projects/none/entries")]
    [InlineData("overview?division=%00")]
    [InlineData("overview?colour=red")]
    [InlineData("ledger/entries?cursor=WyJhIl0")]
    [InlineData("ledger/entries?limit=-1")]
    [InlineData("ledger/trial-balance?division=1")]
    public async Task A_hostile_question_is_the_askers_fault(string path)
    {
        var answer = await system.Auditor.Get($"/v1/funding/{path}");
        Assert.True(answer.Status is >= 400 and < 500, $"{path}: {answer.Status} {answer.Text}");
    }

    /// <summary>The same fund and project for all; to make them again changes nothing.</summary>
    private async Task Prepare()
    {
        (await system.Finance.Post("/v1/funding/funds", Fund("hostile"))).Is(201);
        await system.Approved(Design("hostile"));
    }
}
