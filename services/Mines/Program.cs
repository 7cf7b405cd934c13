using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using Restoration.Copies;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Messaging;
using Restoration.Mines;
using Restoration.Mines.Sites;
using Restoration.Mines.Views;
using Restoration.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
if (args is ["schema"])
{
    var script = EventStoreSetup.Script(Assembly.GetExecutingAssembly(), "Restoration.Mines.Schema.sql");
    await EventStoreSetup.ApplySchema(
        builder.Configuration.GetConnectionString("owner")!, "mines", EventStoreSetup.Schema, ConsumersSetup.Schema, RegistryCopies.Schema, script, EventStoreSetup.ViewTables(All.Views));
    return;
}

builder.AddServiceDefaults("mines");
builder.AddEventStore("mines", new EventTypes(Assembly.GetExecutingAssembly(), StoredJson.Default), All.Views);
builder.AddRelay(Publishing.Map);
builder.AddConsumers("mines", new Consumers().KeepRegistryCopies().TakeProjects().TakeMoney());
builder.AddDue(Deadlines.Commands);
builder.Services.AddActing(RegistryCopies.Divisions);
builder.Services.AddIntake("mines", (intake, services) => intake.TakeSites(
    services.GetRequiredService<Territory>(), services.GetRequiredService<NpgsqlDataSource>()));

var app = builder.Build();
app.MapServiceDefaults();
app.MapIntake();
app.MapSites();
app.MapSiteViews();
app.MapAccounts();
app.MapOps("mines");
app.Run();
