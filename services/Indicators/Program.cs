using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Restoration.Copies;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Indicators;
using Restoration.Indicators.Definitions;
using Restoration.Indicators.Observations;
using Restoration.Indicators.Views;
using Restoration.Messaging;
using Restoration.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
if (args is ["schema"])
{
    var script = EventStoreSetup.Script(Assembly.GetExecutingAssembly(), "Restoration.Indicators.Schema.sql");
    await EventStoreSetup.ApplySchema(
        builder.Configuration.GetConnectionString("owner")!, "indicators", EventStoreSetup.Schema, ConsumersSetup.Schema, RegistryCopies.Schema, script, EventStoreSetup.ViewTables(All.Views));
    return;
}

builder.AddServiceDefaults("indicators");
builder.AddEventStore("indicators", new EventTypes(Assembly.GetExecutingAssembly(), StoredJson.Default), All.Views);
builder.AddRelay(Publishing.Map);
builder.AddConsumers("indicators", new Consumers().TakeProgress().TakeAssignments().TakeSites());
builder.Services.AddActing(RegistryCopies.Divisions);
builder.Services.AddIntake("indicators", (intake, services) => intake.TakeObservations(services.GetRequiredService<Territory>()));

var app = builder.Build();
app.MapServiceDefaults();
app.MapIntake();
app.MapIndicators();
app.MapObservations();
app.MapIndicatorViews();
app.MapCountyTargets();
app.MapTables();
app.MapOps("indicators");
app.Run();
