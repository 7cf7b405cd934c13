using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Messaging;
using Restoration.Registry;
using Restoration.Registry.EvidenceFiles;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Registry.Schedules;
using Restoration.Registry.Views;
using Restoration.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
if (args is ["schema"])
{
    var script = EventStoreSetup.Script(Assembly.GetExecutingAssembly(), "Restoration.Registry.Schema.sql");
    await EventStoreSetup.ApplySchema(builder.Configuration.GetConnectionString("owner")!, "registry", EventStoreSetup.Schema, ConsumersSetup.Schema, script, EventStoreSetup.ViewTables(All.Views));
    return;
}

builder.AddServiceDefaults("registry");
builder.AddEventStore("registry", new EventTypes(Assembly.GetExecutingAssembly(), StoredJson.Default), All.Views);
builder.AddRelay(Publishing.Map);
builder.AddConsumers("registry", new Consumers().TakeSites().TakeMoney().TakeAssessments());
builder.AddDue(Calendar.On(Deadlines.On(new())));
builder.AddJudge();
builder.Services.AddSingleton<RollUpMemo>().AddActing("divisions").AddEvidence(builder.Configuration);
builder.Services.AddIntake("registry", (intake, services) => intake.TakeProgress(
    services.GetRequiredService<Territory>(), services.GetRequiredService<NpgsqlDataSource>(),
    builder.Configuration.GetSection("Progress").Get<ProgressOptions>() ?? new()).TakeMilestones(services.GetRequiredService<Territory>()));

var app = builder.Build();
app.MapServiceDefaults();
app.MapIntake();
app.MapRegistry();
app.MapOps("registry");
app.Run();
