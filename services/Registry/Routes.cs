using Microsoft.AspNetCore.Routing;
using Restoration.Registry.Assignments;
using Restoration.Registry.Divisions;
using Restoration.Registry.EvidenceFiles;
using Restoration.Registry.Imports;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Registry.Samples;
using Restoration.Registry.Views;
using Restoration.Registry.Zones;

namespace Restoration.Registry;

/// <summary>Every route of this service but those that all services have alike.</summary>
public static class Routes
{
    public static void MapRegistry(this IEndpointRouteBuilder routes)
    {
        routes.MapDivisions();
        routes.MapPlans();
        routes.MapZones();
        routes.MapProjects();
        routes.MapChanges();
        routes.MapCompletion();
        routes.MapParticulars();
        routes.MapAssignments();
        routes.MapProgress();
        routes.MapSamples();
        routes.MapEvidence();
        routes.MapPlanViews();
        routes.MapZoneViews();
        routes.MapProjectViews();
        routes.MapMeasureViews();
        routes.MapChangeViews();
        routes.MapParticularsViews();
        routes.MapAssignmentViews();
        routes.MapFigureViews();
        routes.MapSampleViews();
        routes.MapSummaries();
        routes.MapOverview();
        routes.MapProjectSummaries();
        routes.MapWorkList();
        routes.MapScheduleViews();
        routes.MapImports();
    }
}
