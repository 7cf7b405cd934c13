using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using Restoration.Copies;
using Restoration.EventStore;
using Restoration.Funding;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;
using Restoration.Funding.Views;
using Restoration.Http;
using Restoration.Messaging;
using Restoration.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
if (args is ["schema"])
{
    var script = EventStoreSetup.Script(Assembly.GetExecutingAssembly(), "Restoration.Funding.Schema.sql");
    await EventStoreSetup.ApplySchema(
        builder.Configuration.GetConnectionString("owner")!, "funding", EventStoreSetup.Schema, ConsumersSetup.Schema, RegistryCopies.Schema, script, EventStoreSetup.ViewTables(All.Views));
    return;
}

builder.AddServiceDefaults("funding");
builder.AddEventStore("funding", new EventTypes(Assembly.GetExecutingAssembly(), StoredJson.Default), All.Views);
builder.AddRelay(Publishing.Map);
builder.AddConsumers("funding", FromRegistry.Consumers);
builder.AddDue(IdleMoney.Commands);
builder.Services.AddActing(RegistryCopies.Divisions);
builder.Services.AddIntake("funding", (intake, services) =>
    intake.TakePayments(services.GetRequiredService<Territory>(), services.GetRequiredService<NpgsqlDataSource>()));

var app = builder.Build();
app.MapServiceDefaults();
app.MapIntake();
app.MapFunds();
app.MapAllocations();
app.MapAccounts();
app.MapFundViews();
app.MapAccountViews();
app.MapLedgerViews();
app.MapOps("funding");
app.Run();
