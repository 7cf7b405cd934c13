using Microsoft.AspNetCore.Routing;
using Restoration.Registry.Divisions;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Registry.Views;

namespace Restoration.Registry;

/// <summary>Every route of this service but those that all services have alike.</summary>
public static class Routes
{
    public static void MapRegistry(this IEndpointRouteBuilder routes)
    {
        routes.MapDivisions();
        routes.MapPlans();
        routes.MapProjects();
        routes.MapProgress();
        routes.MapPlanViews();
        routes.MapProjectViews();
        routes.MapFigureViews();
        routes.MapSummaries();
    }
}
