using Restoration.Domain;
using Restoration.Mines.Sites;
using Restoration.Support;
using static Restoration.Mines.Tests.Sample;

namespace Restoration.Mines.Tests;

/// <summary>From the survey to the works.</summary>
public sealed class SiteSpecs
{
    private static Spec<Site, SiteEvent> Given(params SiteEvent[] facts) => new Spec<Site, SiteEvent>(Site.Unknown, (s, e) => Site.Aggregate.Fold(s, e)).After(facts);

    private static Then<SiteEvent> Surveying(SurveySite command, params SiteEvent[] facts) => Given(facts).When(s => SiteDecider.Decide(s, command, Tree));

    private static Then<SiteEvent> Verifying(By by, string division, params SiteEvent[] facts) =>
        Given(facts).When(s => SiteDecider.Decide(s, new VerifySite(division, null, by, At)));

    private static Then<SiteEvent> Striking(string division, params SiteEvent[] facts) =>
        Given(facts).When(s => SiteDecider.Decide(s, new StrikeOffSite(division, "非矿山", City1, At)));

    private static Then<SiteEvent> Linking(Project? project, params SiteEvent[] facts) =>
        Given(facts).When(s => SiteDecider.Decide(s, new LinkSite(project?.Id ?? "gz-p99", project, City1, At), Tree));

    private static Then<SiteEvent> Reporting(ReportWorks command, params SiteEvent[] facts) => Given(facts).When(s => SiteDecider.Decide(s, command));

    [Fact]
    public void A_licensed_mine_is_its_operators_and_belongs_to_no_project_of_a_plan() =>
        Linking(Treatment, Surveyed() with { Site = Plain with { Kind = SiteKind.Licensed } }).IsRefused(RefusalKind.Invalid, "site.licensed");

    [Fact]
    public void A_survey_registers_a_site() => Surveying(Survey()).Records(Surveyed());

    [Fact]
    public void The_same_survey_changes_nothing_whatever_the_state()
    {
        Surveying(Survey(), Surveyed()).RecordsNothing();
        Surveying(Survey(Plain with { Area = new(10.00m, Unit.Ha) }), Surveyed(), Linked(SiteState.Reported)).RecordsNothing();
        Surveying(Survey(), Surveyed(), Verified, Worked(), Checked, Accepted).RecordsNothing();
    }

    [Fact]
    public void Another_survey_before_verification_is_the_next_revision_and_keeps_the_link()
    {
        var larger = Plain with { Area = Area(12) };
        Surveying(Survey(larger), Surveyed()).Records(Surveyed(2) with { Site = larger });
        Surveying(Survey(larger), Surveyed(), Linked(SiteState.Reported)).Records(Surveyed(2) with { Site = larger with { Project = Link } });
        Surveying(Survey(found: Found with { Note = "新增" }), Surveyed()).Records(Surveyed(2) with { Survey = Found with { Note = "新增" } });
    }

    [Fact]
    public void What_was_verified_is_not_surveyed_otherwise() =>
        Surveying(Survey(Plain with { Area = Area(12) }), Surveyed(), Verified).IsRefused(RefusalKind.Conflict, "site.verified");

    [Fact]
    public void What_was_struck_off_is_not_surveyed_otherwise() =>
        Surveying(Survey(Plain with { Area = Area(12) }), Surveyed(), StruckOff).IsRefused(RefusalKind.Conflict, "site.struck-off");

    [Fact]
    public void A_site_stays_in_its_county() =>
        Surveying(Survey(Plain with { Division = Ningdu }, Found with { Town = null }), Surveyed()).IsRefused(RefusalKind.Conflict, "site.exists");

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        Surveying(Survey(
            Plain with { Id = "YD 1", Name = " ", Lon = 25.52m, Lat = 115.41m, Area = Area(0), Kind = SiteKind.Licensed },
            Found with { Town = Ningdu, Damage = new(Area(1), new(1, Unit.M), Area(-1), null) }))
            .IsRefused(
                RefusalKind.Invalid, "site.invalid", "#/id", "#/name", "#/town", "#/lon", "#/lat", "#/area/value", "#/damage/excavated/value",
                "#/damage/occupied/unit", "#/damage/subsided/value", "#/responsible/name");
        Surveying(Survey(Plain with { Division = City, Area = new(1, Unit.Km) }, Found with { Town = City, Damage = new() }))
            .IsRefused(RefusalKind.Invalid, "site.invalid", "#/division", "#/town", "#/area/unit");
    }

    [Theory]
    [InlineData(73, 3, true)]
    [InlineData(136, 54, true)]
    [InlineData(72.999, 30, false)]
    [InlineData(136.001, 30, false)]
    [InlineData(100, 2.999, false)]
    [InlineData(100, 54.001, false)]
    public void A_site_lies_in_China(decimal lon, decimal lat, bool lies)
    {
        var then = Surveying(Survey(Plain with { Lon = lon, Lat = lat }));
        if (lies)
        {
            then.Records(Surveyed() with { Site = Plain with { Lon = lon, Lat = lat } });
        }
        else
        {
            then.IsRefused(RefusalKind.Invalid, "site.invalid");
        }
    }

    [Fact]
    public void A_damaged_part_may_be_the_whole_in_any_unit() =>
        Surveying(Survey(found: Found with { Damage = new(Polluted: new(150, Unit.Mu)) })).Records(Surveyed() with { Survey = Found with { Damage = new(Polluted: new(150, Unit.Mu)) } });

    [Fact]
    public void A_survey_is_verified_by_the_level_above_once()
    {
        Verifying(City1, City, Surveyed()).Records(Verified);
        Verifying(City1, City, Surveyed(), Verified).RecordsNothing();
        Verifying(City1, City, Surveyed(), Verified, Worked()).RecordsNothing();
        Verifying(City1, City, Surveyed(), StruckOff).IsRefused(RefusalKind.Conflict, "site.struck-off");
        Verifying(City1, City).IsRefused(RefusalKind.NotFound, "site.unknown");
        Verifying(City1, Yudu, Surveyed()).IsRefused(RefusalKind.Forbidden, "review.own-division");
    }

    [Fact]
    public void Nobody_verifies_what_it_surveyed_first_or_last()
    {
        Verifying(Surveyor with { Client = "city" }, City, Surveyed()).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
        Verifying(Surveyor, City, Surveyed(), Surveyed(2) with { By = Worker }).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
        Verifying(Worker, City, Surveyed(), Surveyed(2) with { By = Worker }).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
    }

    [Fact]
    public void A_site_is_struck_off_before_works_begin()
    {
        Striking(City, Surveyed()).Records(StruckOff);
        Striking(City, Surveyed(), Verified).Records(StruckOff);
        Striking(City, Surveyed(), StruckOff).RecordsNothing();
        Striking(City, Surveyed(), Verified, Worked()).IsRefused(RefusalKind.Conflict, "works.begun");
        Striking(City, Surveyed(), Verified, Worked(), Checked, Accepted).IsRefused(RefusalKind.Conflict, "works.begun");
        Striking(Yudu, Surveyed()).IsRefused(RefusalKind.Forbidden, "review.own-division");
        Striking(City).IsRefused(RefusalKind.NotFound, "site.unknown");
    }

    [Fact]
    public void A_link_names_the_measures_that_the_site_feeds()
    {
        Linking(Treatment, Surveyed(), Verified).Records(Linked());
        Linking(Treatment with { State = "approved", Counties = [] }, Surveyed()).Records(Linked(SiteState.Reported));
        Linking(Treatment, Surveyed(), Verified, Linked()).RecordsNothing();
        Linking(Treatment, Surveyed(), Verified, Linked(), Worked() with { Site = Linked().Site }, Checked with { Site = Linked().Site }, Accepted with { Site = Linked().Site })
            .RecordsNothing();
    }

    [Fact]
    public void A_link_is_replaced_by_another_until_the_acceptance()
    {
        var other = Treatment with { Id = "gz-p05" };
        var link = new SiteLinked(Plain with { Project = Link with { ProjectId = "gz-p05" } }, SiteState.Works, City1, At);
        Linking(other, Surveyed(), Verified, Linked(), Worked() with { Site = Linked().Site }).Records(link);
        Linking(other, Surveyed(), Verified, Worked(), Checked, Accepted).IsRefused(RefusalKind.Conflict, "site.accepted");
        Linking(other, Surveyed(), Verified, Worked(), Checked, Accepted, Reopened).Records(link);
    }

    [Fact]
    public void A_site_is_linked_only_to_what_it_can_feed()
    {
        Linking(null, Surveyed()).IsRefused(RefusalKind.Invalid, "project.unknown", "#/projectId");
        Linking(Treatment with { Kind = "forest" }, Surveyed()).IsRefused(RefusalKind.Invalid, "project.not-mine", "#/projectId");
        Linking(Treatment with { Counties = [Ningdu] }, Surveyed()).IsRefused(RefusalKind.Invalid, "division.outside-project", "#/projectId");
        Linking(Treatment with { Counties = [], Division = Jingdezhen }, Surveyed()).IsRefused(RefusalKind.Invalid, "division.outside-project");
        Linking(Treatment with { Measures = [new("m", FedBy.SiteArea, Ningdu, 1)] }, Surveyed()).IsRefused(RefusalKind.Invalid, "project.without-feeds", "#/projectId");
        Linking(Treatment with { State = "designed" }, Surveyed()).IsRefused(RefusalKind.Conflict, "project.not-approved");
        Linking(Treatment, Surveyed(), StruckOff).IsRefused(RefusalKind.Conflict, "site.struck-off");
        Linking(Treatment).IsRefused(RefusalKind.NotFound, "site.unknown");
    }

    [Fact]
    public void Works_are_reported_on_what_was_verified()
    {
        Reporting(Works(9), Surveyed(), Verified).Records(Worked());
        Reporting(Works(9)).IsRefused(RefusalKind.NotFound, "site.unknown");
        Reporting(Works(9), Surveyed()).IsRefused(RefusalKind.Conflict, "site.not-verified");
        Reporting(Works(9), Surveyed(), StruckOff).IsRefused(RefusalKind.Conflict, "site.struck-off");
        Reporting(Works(9), Surveyed(), Verified, Worked(), Checked, Accepted).IsRefused(RefusalKind.Conflict, "site.accepted");
    }

    [Fact]
    public void Works_go_on_after_a_check_a_rejection_and_a_reopening()
    {
        Reporting(Works(10), Surveyed(), Verified, Worked(), Checked).Records(Worked(10));
        Reporting(Works(10), Surveyed(), Verified, Worked(), Checked, Rejected).Records(Worked(10));
        Reporting(Works(10), Surveyed(), Verified, Worked(), Checked, Accepted, Reopened).Records(Worked(10));
    }

    [Fact]
    public void What_was_treated_falls_or_exceeds_the_survey_only_with_a_reason()
    {
        Reporting(Works(8), Surveyed(), Verified, Worked()).IsRefused(RefusalKind.Invalid, "progress.falls", "#/treated/value");
        Reporting(Works(8, "重测"), Surveyed(), Verified, Worked()).Records(Worked(8, "重测"));
        Reporting(Works(11), Surveyed(), Verified).Records(Worked(11));
        Reporting(Works(11.01m), Surveyed(), Verified).IsRefused(RefusalKind.Invalid, "progress.over-surveyed", "#/treated/value");
        Reporting(Works(11.01m, "周边一并治理"), Surveyed(), Verified).Records(Worked(11.01m, "周边一并治理"));
    }

    [Fact]
    public void A_report_of_works_is_an_area_with_sound_evidence()
    {
        Reporting(Works(1) with { Treated = new(1, Unit.Count), Evidence = [Photo, Photo with { Sha256 = "abc" }, Photo with { Sha256 = new('g', 64) }] }, Surveyed(), Verified)
            .IsRefused(RefusalKind.Invalid, "quantity.unit-mismatch", "#/treated/unit", "#/evidence/1/sha256", "#/evidence/2/sha256");
        Reporting(Works(-1), Surveyed(), Verified).IsRefused(RefusalKind.Invalid, "quantity.negative", "#/treated/value");
    }
}
