"""Quiet hours by the wall clock where the device is, also in the nights in which clocks are changed (check 23)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.apps.model import App, QuietHours
from push.limits.quiet import Quiet, gathered, quiet_until, zone_of
from push.people.model import Gate
from tests.unit.push.making import APP, NOON

NIGHT = QuietHours(from_="21:00", to="08:00")
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "Africa/Cairo")
"""Clocks change by an hour at 2 or at midnight, north and south, by half an hour, and never."""


def at(zone: str, text: str, fold: int = 0) -> datetime:
    """A wall-clock time somewhere, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def until(hours: QuietHours, zone: str, now: datetime) -> datetime | None:
    return quiet_until(hours, ZoneInfo(zone), now)


def hours(start: str, end: str) -> QuietHours:
    return QuietHours(from_=start, to=end)


def inside(hours: QuietHours, zone: str, moment: datetime) -> bool:
    """The definition, with texts of one width, which sort like the times they show."""
    shown = moment.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    if hours.from_ <= hours.to:
        return hours.from_ <= shown < hours.to
    return shown >= hours.from_ or shown < hours.to


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-05-04T20:59:59", None),
        ("2026-05-04T21:00", "2026-05-05T08:00"),
        ("2026-05-04T23:59:59", "2026-05-05T08:00"),
        ("2026-05-05T00:00", "2026-05-05T08:00"),
        ("2026-05-05T07:59:59.999", "2026-05-05T08:00"),
        ("2026-05-05T08:00", None),
        ("2026-05-05T12:00", None),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_the_night_passes_midnight_and_ends_at_eight(zone: str, now: str, end: str | None) -> None:
    assert until(NIGHT, zone, at(zone, now)) == (at(zone, end) if end else None)


def test_hours_of_the_day_do_not_pass_midnight() -> None:
    siesta = hours("13:00", "15:30")
    assert until(siesta, "Europe/Madrid", at("Europe/Madrid", "2026-05-04T14:00")) == at(
        "Europe/Madrid", "2026-05-04T15:30"
    )
    assert until(siesta, "Europe/Madrid", at("Europe/Madrid", "2026-05-04T23:00")) is None


def test_the_same_time_twice_means_no_quiet_hours() -> None:
    assert until(hours("08:00", "08:00"), "UTC", NOON.replace(hour=8)) is None


@pytest.mark.parametrize(
    ("zone", "now", "end"),
    [
        ("Europe/Berlin", "2026-03-28T22:00", "2026-03-29T08:00"),
        ("Europe/Berlin", "2026-10-24T22:00", "2026-10-25T08:00"),
        ("America/New_York", "2026-03-07T22:00", "2026-03-08T08:00"),
        ("America/New_York", "2026-10-31T22:00", "2026-11-01T08:00"),
        ("Australia/Lord_Howe", "2026-04-04T22:00", "2026-04-05T08:00"),
        ("Australia/Lord_Howe", "2026-10-03T22:00", "2026-10-04T08:00"),
        ("America/Santiago", "2026-04-04T22:00", "2026-04-05T08:00"),
        ("America/Santiago", "2026-09-05T22:00", "2026-09-06T08:00"),
        ("Asia/Kolkata", "2026-03-28T22:00", "2026-03-29T08:00"),
    ],
)
def test_in_a_night_that_is_longer_or_shorter_it_is_still_eight(zone: str, now: str, end: str) -> None:
    assert until(NIGHT, zone, at(zone, now)) == at(zone, end)


def test_quiet_hours_that_end_in_the_hour_left_out_end_when_it_is_left_out() -> None:
    end = until(hours("21:00", "02:30"), "Europe/Berlin", at("Europe/Berlin", "2026-03-28T22:00"))
    assert end == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # the clock goes from 2:00 to 3:00
    assert end.astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M") == "03:00"


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_are_quiet_twice() -> None:
    night = hours("21:00", "02:30")
    first = until(night, "Europe/Berlin", at("Europe/Berlin", "2026-10-24T22:00"))
    assert first == at("Europe/Berlin", "2026-10-25T02:30", fold=0)
    again = until(night, "Europe/Berlin", at("Europe/Berlin", "2026-10-25T02:10", fold=1))
    assert again == at("Europe/Berlin", "2026-10-25T02:30", fold=1)


clocks = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
changes = [at("Europe/Berlin", "2026-03-29T00:00"), at("America/New_York", "2026-11-01T00:00"),
           at("Australia/Lord_Howe", "2026-04-05T00:00"), at("America/Santiago", "2026-09-05T20:00"),
           at("Africa/Cairo", "2026-10-29T20:00")]  # fmt: skip
moments = st.one_of(
    st.builds(lambda seconds: NOON + timedelta(seconds=seconds), st.integers(0, 4 * 365 * 86_400)),
    st.builds(lambda day, seconds: day + timedelta(seconds=seconds), st.sampled_from(changes), st.integers(0, 50_000)),
)


@given(st.builds(hours, clocks, clocks), st.sampled_from(ZONES), moments)
def test_the_moment_given_is_outside_and_no_minute_before_it_is(quiet: QuietHours, zone: str, now: datetime) -> None:
    end = until(quiet, zone, now)
    assert (end is not None) == inside(quiet, zone, now)
    if end is None:
        return
    assert not inside(quiet, zone, end)
    assert now < end <= now + timedelta(hours=49)
    minute = now.replace(second=59, microsecond=999_000)
    while minute < end:
        assert inside(quiet, zone, minute)
        minute += timedelta(minutes=1)


@given(st.builds(hours, clocks, clocks), st.sampled_from(ZONES), moments)
def test_what_is_gathered_is_never_in_quiet_hours_nor_long_after(quiet: QuietHours, zone: str, now: datetime) -> None:
    end, together = until(quiet, zone, now), gathered(quiet, ZoneInfo(zone), now)
    assert (end is None) == (together is None)
    if end is not None and together is not None:
        assert end <= together < end + timedelta(minutes=15)
        assert not inside(quiet, zone, together)


def app(**fields: object) -> App:
    given = {"id": APP, "name": "Shop", "created_at": NOON, "vapid_public_key": "", "vapid_subject": "", **fields}
    return App(**given)  # type: ignore[arg-type]


MIDNIGHT = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)


def test_by_default_promotion_waits_from_nine_in_the_evening_to_eight() -> None:
    assert Quiet(app(), "promotion", MIDNIGHT).until(Gate(), None) == MIDNIGHT.replace(hour=8)
    assert Quiet(app(), "promotion", MIDNIGHT).until(Gate(), "Asia/Tokyo") is None


@pytest.mark.parametrize("kind", ["service", "training"])
def test_the_apps_quiet_hours_hold_back_promotion_only(kind: str) -> None:
    assert Quiet(app(), kind, MIDNIGHT).until(Gate(), None) is None


def test_a_persons_own_quiet_hours_stand_in_the_place_of_the_apps_and_hold_back_training_too() -> None:
    own = Gate(quiet_hours=hours("23:00", "06:00"))
    for kind in ("promotion", "training"):
        assert Quiet(app(), kind, MIDNIGHT).until(own, None) == MIDNIGHT.replace(hour=6)
    assert Quiet(app(), "service", MIDNIGHT).until(own, None) is None
    assert Quiet(app(quiet_hours=None), "promotion", MIDNIGHT).until(own, None) == MIDNIGHT.replace(hour=6)
    never = Gate(quiet_hours=hours("00:00", "00:00"))
    assert Quiet(app(), "promotion", MIDNIGHT).until(never, None) is None


def test_an_app_may_have_none_and_a_campaign_may_pass_them() -> None:
    assert Quiet(app(quiet_hours=None), "promotion", MIDNIGHT).until(Gate(), None) is None
    own = Gate(quiet_hours=hours("23:00", "06:00"))
    assert Quiet(app(), "promotion", MIDNIGHT, ignored=True).until(own, None) is None


def test_a_time_zone_that_is_unknown_or_broken_is_the_apps_then_utc() -> None:
    assert zone_of(None, "Asia/Tokyo").key == "Asia/Tokyo"
    for bad in ("", "Nowhere/Land", "../../etc/passwd", "America", "\0", "/etc/localtime"):
        assert zone_of(bad, "Asia/Tokyo").key == "Asia/Tokyo"
        assert zone_of(bad, bad).key == "UTC"
    waits = Quiet(app(timezone="Asia/Tokyo"), "promotion", MIDNIGHT.replace(hour=14)).until(Gate(), "Nowhere/Land")
    assert waits == at("Asia/Tokyo", "2026-05-05T08:00")


def test_people_of_one_time_zone_come_back_at_one_moment() -> None:
    quiet = Quiet(app(), "promotion", MIDNIGHT)
    assert len({quiet.until(Gate(), zone) for zone in ("Europe/Berlin", "Europe/Paris", "Africa/Lagos")}) == 2
    habits = [Gate(quiet_hours=hours("22:00", f"06:{minute:02d}")) for minute in range(1, 16)]
    assert {quiet.until(gate, None) for gate in habits} == {MIDNIGHT.replace(hour=6, minute=15)}
