"""The phase of a dossier: each row of the table, each boundary to the second, and every day in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kg_access.days import FIRST_DAY, LAST_DAY, day_of
from kg_access.dossier import Dossier
from kg_access.errors import InvalidInput
from kg_access.lifecycle import phase_on, timeline
from kg_access.vocabulary import Phase
from tests.people import BRUSSELS, SERVICE, UNHURRIED, able_guard, dossier, health, staff

Interval = tuple[date, date | None]

SECOND: Final = timedelta(seconds=1)
STRICTNESS: Final = [Phase.ACTIVE, Phase.PASSIVE, Phase.PRESERVED, Phase.EXPIRED]

NOT_STARTED, ACTIVE, PASSIVE = Phase.NOT_STARTED, Phase.ACTIVE, Phase.PASSIVE
UNKNOWN, EXPIRED, PRESERVED = Phase.RETENTION_UNKNOWN, Phase.EXPIRED, Phase.PRESERVED


def phase(dates: dict[str, Any], day: str) -> Phase:
    """Tell the phase that a dossier with these dates has on a day."""
    return Dossier("D1", service=SERVICE, **dates).timeline.phase(date.fromisoformat(day).toordinal())


# -- the table --------------------------------------------------------------------------------------------------------

ONCE = {"use": [("2014-05-01", "2017-05-01")]}
KEPT = {**ONCE, "retain_until": "2032-12-31"}
HELD = {**KEPT, "preserved_for": "cultural"}
OPEN = {"use": [("2018-03-01", None)]}
TWICE = {"use": [("2014-05-01", "2017-05-01"), ("2019-02-01", "2020-01-31")], "retain_until": "2032-12-31"}
TOUCHING = {"use": [("2014-05-01", "2017-05-01"), ("2017-05-02", "2018-05-01")], "retain_until": "2032-12-31"}
NESTED = {"use": [("2014-05-01", "2017-05-01"), ("2015-01-01", "2015-02-01")], "retain_until": "2032-12-31"}
OVERLAPPING = {"use": [("2014-05-01", "2017-05-01"), ("2016-01-01", "2018-02-01")], "retain_until": "2032-12-31"}


@pytest.mark.parametrize(
    ("dates", "day", "expected"),
    [
        # active: a use interval covers the day, the last day counts
        (ONCE, "2014-05-01", ACTIVE),
        (ONCE, "2016-02-29", ACTIVE),
        (ONCE, "2017-05-01", ACTIVE),
        (OPEN, "2018-03-01", ACTIVE),
        (OPEN, "9999-12-31", ACTIVE),
        ({"use": [("2019-06-17", "2019-06-17")]}, "2019-06-17", ACTIVE),
        # not_started: before the first use, or never in use
        (ONCE, "2014-04-30", NOT_STARTED),
        (HELD, "2014-04-30", NOT_STARTED),
        ({}, "2019-06-17", NOT_STARTED),
        ({"retain_until": "2032-12-31"}, "2019-06-17", NOT_STARTED),
        ({"retain_until": "2018-12-31", "preserved_for": "general"}, "2019-06-17", NOT_STARTED),
        # passive: use ended and the day is on or before the last day of the term
        (KEPT, "2017-05-02", PASSIVE),
        (KEPT, "2032-12-31", PASSIVE),
        (HELD, "2032-12-31", PASSIVE),
        # retention_unknown: use ended, no term recorded
        (ONCE, "2017-05-02", UNKNOWN),
        (ONCE, "9999-12-31", UNKNOWN),
        ({**ONCE, "preserved_for": "historical"}, "2017-05-02", UNKNOWN),
        # expired: after the term, no decision to preserve
        (KEPT, "2033-01-01", EXPIRED),
        # preserved: after the term, with a decision
        (HELD, "2033-01-01", PRESERVED),
        ({**KEPT, "preserved_for": "historical"}, "9999-12-31", PRESERVED),
        ({**KEPT, "preserved_for": "general"}, "2033-01-01", PRESERVED),
        # several intervals
        (TWICE, "2017-05-02", PASSIVE),
        (TWICE, "2019-01-31", PASSIVE),
        (TWICE, "2019-02-01", ACTIVE),
        (TWICE, "2020-02-01", PASSIVE),
        (TOUCHING, "2017-05-01", ACTIVE),
        (TOUCHING, "2017-05-02", ACTIVE),
        (TOUCHING, "2018-05-02", PASSIVE),
        (NESTED, "2015-02-02", ACTIVE),
        (NESTED, "2017-05-02", PASSIVE),
        (OVERLAPPING, "2017-05-02", ACTIVE),
        (OVERLAPPING, "2018-02-02", PASSIVE),
        ({"use": [("2014-05-01", "2017-05-01"), ("2019-02-01", None)]}, "2018-01-01", UNKNOWN),
        # the term ends on the last day of the calendar, or on the last day of use
        ({**ONCE, "retain_until": "9999-12-31"}, "9999-12-31", PASSIVE),
        ({**ONCE, "retain_until": "2017-05-01"}, "2017-05-01", ACTIVE),
        ({**ONCE, "retain_until": "2017-05-01"}, "2017-05-02", EXPIRED),
    ],
)
def test_each_row_of_the_table(dates: dict[str, Any], day: str, expected: Phase) -> None:
    """The phase is what the table of the readings says, on the first and last days of each period as well."""
    assert phase(dates, day) is expected


@pytest.mark.parametrize("state", list(Phase))
def test_the_dossiers_of_these_tests_lie_in_their_phase(state: Phase) -> None:
    """The example dossier of each phase lies in that phase, and a decision says so."""
    assert able_guard().decide(staff(), "read", dossier(state), **health()).phase is state


@pytest.mark.parametrize(
    ("dates", "day", "stricter", "laxer"),
    [
        ({**ONCE, "retain_until": "2016-12-31"}, "2017-01-01", EXPIRED, ACTIVE),
        ({**ONCE, "retain_until": "2016-12-31", "preserved_for": "general"}, "2017-01-01", PRESERVED, ACTIVE),
        ({**OPEN, "retain_until": "2018-12-31"}, "2019-06-17", EXPIRED, ACTIVE),
        ({**TWICE, "retain_until": "2018-12-31"}, "2019-06-17", EXPIRED, ACTIVE),
        ({**ONCE, "retain_until": "2010-01-01"}, "2015-01-01", EXPIRED, ACTIVE),
        ({**ONCE, "retain_until": "2010-01-01"}, "2018-01-01", EXPIRED, PASSIVE),
    ],
)
def test_contradictory_dates_take_the_stricter_phase(
    dates: dict[str, Any], day: str, stricter: Phase, laxer: Phase
) -> None:
    """A term that is over while the service is still in use closes the dossier."""
    assert phase(dates, day) is stricter
    assert STRICTNESS.index(stricter) > STRICTNESS.index(laxer)


# -- every day --------------------------------------------------------------------------------------------------------

DAYS = st.dates(date(1980, 1, 1), date(1980, 3, 31)) | st.sampled_from([date.min, date.max]) | st.dates()
INTERVALS: st.SearchStrategy[Interval] = st.tuples(DAYS, st.none() | DAYS).map(
    lambda pair: pair if pair[1] is None or pair[0] <= pair[1] else (pair[1], pair[0])
)


@UNHURRIED
@given(st.lists(INTERVALS, max_size=4), st.none() | DAYS, st.booleans(), DAYS)
@example([(date.max, date.max)], date.max, True, date.max)
@example([(date.min, date.min)], date.min, False, date.min)
def test_a_timeline_gives_the_phase_of_every_day(
    use: list[Interval],
    retain_until: date | None,
    preserved: bool,  # noqa: FBT001 - hypothesis gives it
    day: date,
) -> None:
    """The remembered days on which a phase begins lead to the same phase as the dates themselves, on any day."""
    laid_out = timeline(use, retain_until, preserved=preserved)
    edges = {day, *(end for pair in use for end in pair if end), *([retain_until] if retain_until else [])}

    for number in {edge.toordinal() + step for edge in edges for step in (-1, 0, 1)}:
        if FIRST_DAY <= number < LAST_DAY:
            assert laid_out.phase(number) is phase_on(number, use, retain_until, preserved=preserved)


@UNHURRIED
@given(st.lists(INTERVALS, max_size=4), st.none() | DAYS, st.booleans())
def test_a_timeline_begins_with_the_calendar_and_holds_no_repetition(
    use: list[Interval],
    retain_until: date | None,
    preserved: bool,  # noqa: FBT001
) -> None:
    """The days are in order, start at the beginning of the calendar, and each one changes the phase."""
    laid_out = timeline(use, retain_until, preserved=preserved)

    assert laid_out.days[0] == FIRST_DAY
    assert list(laid_out.days) == sorted(set(laid_out.days))
    assert len(laid_out.days) == len(laid_out.phases)
    assert all(one is not other for one, other in zip(laid_out.phases, laid_out.phases[1:], strict=False))
    assert laid_out.days[-1] < LAST_DAY


def told(use: list[Interval], retain_until: date | None, *, preserved: bool, day: date) -> Phase:
    """Tell the phase in the words of the readings, the rows that close a dossier first."""
    if not use or day < min(first for first, _ in use):
        return NOT_STARTED
    if retain_until and day > retain_until:
        return PRESERVED if preserved else EXPIRED
    if any(first <= day and (last is None or day <= last) for first, last in use):
        return ACTIVE
    return PASSIVE if retain_until else UNKNOWN


@UNHURRIED
@given(st.lists(INTERVALS, max_size=4), st.none() | DAYS, st.sampled_from([None, "historical"]), DAYS)
def test_the_phase_is_what_the_readings_say(
    use: list[Interval], retain_until: date | None, preserved_for: str | None, day: date
) -> None:
    """A dossier made of any dates has on any day the phase that the readings give it."""
    made = Dossier("D1", service=SERVICE, use=use, retain_until=retain_until, preserved_for=preserved_for)

    expected = told(use, retain_until, preserved=preserved_for is not None, day=day)
    assert made.timeline.phase(day.toordinal()) is expected


# -- boundaries, to the second ----------------------------------------------------------------------------------------

MIDNIGHTS: Final = {
    "2019-06-17": datetime(2019, 6, 16, 22, tzinfo=UTC),  # an ordinary summer day
    "2019-01-15": datetime(2019, 1, 14, 23, tzinfo=UTC),  # an ordinary winter day
    "2019-03-31": datetime(2019, 3, 30, 23, tzinfo=UTC),  # the clock goes forward in the course of this day
    "2019-04-01": datetime(2019, 3, 31, 22, tzinfo=UTC),  # the day after, which starts an hour early
    "2019-10-27": datetime(2019, 10, 26, 22, tzinfo=UTC),  # the clock goes back in the course of this day
    "2019-10-28": datetime(2019, 10, 27, 23, tzinfo=UTC),  # the day after, which starts an hour late
}
"""The instant at which a calendar day begins in Brussels, worked out by hand."""

ZONES: Final[dict[str, tzinfo]] = {
    "UTC": UTC,
    "Brussels": BRUSSELS,
    "winter time": timezone(timedelta(hours=1)),
    "summer time": timezone(timedelta(hours=2)),
    "Auckland": ZoneInfo("Pacific/Auckland"),
    "far west": timezone(-timedelta(hours=11, minutes=30)),
}


def begins(day: date) -> dict[str, Any]:
    """Give the dates of a dossier whose use begins on a day."""
    return {"use": [(day, None)]}


def ends(day: date) -> dict[str, Any]:
    """Give the dates of a dossier whose use ended the day before, with a term."""
    return {"use": [("2010-01-01", day - timedelta(days=1))], "retain_until": "2032-12-31"}


def ends_without_term(day: date) -> dict[str, Any]:
    """Give the dates of a dossier whose use ended the day before, with no term recorded."""
    return {"use": [("2010-01-01", day - timedelta(days=1))]}


def expires(day: date) -> dict[str, Any]:
    """Give the dates of a dossier whose term ended the day before."""
    return {"use": [("2010-01-01", "2012-01-01")], "retain_until": day - timedelta(days=1)}


def is_preserved(day: date) -> dict[str, Any]:
    """Give the dates of a dossier whose term ended the day before and which is preserved."""
    return {**expires(day), "preserved_for": "historical"}


def starts_again(day: date) -> dict[str, Any]:
    """Give the dates of a dossier that is in use for the second time from a day on."""
    return {"use": [("2010-01-01", "2012-01-01"), (day, None)], "retain_until": "2032-12-31"}


BOUNDARIES: list[tuple[Callable[[date], dict[str, Any]], Phase, Phase]] = [
    (begins, NOT_STARTED, ACTIVE),
    (ends, ACTIVE, PASSIVE),
    (ends_without_term, ACTIVE, UNKNOWN),
    (expires, PASSIVE, EXPIRED),
    (is_preserved, PASSIVE, PRESERVED),
    (starts_again, PASSIVE, ACTIVE),
]


def decided(dates: dict[str, Any], moment: datetime) -> Phase:
    """Tell the phase that a decision at a moment names."""
    made = Dossier("D1", service=SERVICE, team="LT-GENT", **dates)
    return able_guard().decide(staff(), "read", made, **health(at=moment)).phase


@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES)
@pytest.mark.parametrize("day", MIDNIGHTS)
@pytest.mark.parametrize(("dates", "before", "after"), BOUNDARIES)
def test_a_phase_changes_at_midnight_in_brussels(
    dates: Callable[[date], dict[str, Any]], before: Phase, after: Phase, day: str, zone: tzinfo
) -> None:
    """The second before midnight in Brussels is the old phase, midnight the new one, in whatever zone it is told."""
    midnight = MIDNIGHTS[day]
    made = dates(date.fromisoformat(day))

    assert decided(made, (midnight - SECOND).astimezone(zone)) is before
    assert decided(made, midnight.astimezone(zone)) is after
    assert decided(made, (midnight - timedelta(microseconds=1)).astimezone(zone)) is before


@pytest.mark.parametrize("day", MIDNIGHTS)
def test_a_moment_told_in_brussels_falls_on_the_day_it_names(day: str) -> None:
    """A moment in Brussels time is of the day that stands in it, at its first and at its last second."""
    first = date.fromisoformat(day)
    morning = datetime(first.year, first.month, first.day, tzinfo=BRUSSELS)
    evening = datetime(first.year, first.month, first.day, 23, 59, 59, tzinfo=BRUSSELS)

    assert morning.astimezone(UTC) == MIDNIGHTS[day]
    assert day_of(morning) == day_of(evening) == first.toordinal()
    assert decided(begins(first), morning) is decided(begins(first), evening) is ACTIVE
    assert decided(begins(first + timedelta(days=1)), evening) is NOT_STARTED


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES)
@pytest.mark.parametrize("minute", [0, 30, 59])
def test_the_hour_that_comes_twice_is_of_the_same_day(fold: int, zone: tzinfo, minute: int) -> None:
    """Between two and three in the night of the clock change, both times over, the day is that Sunday."""
    moment = datetime(2019, 10, 27, 2, minute, 59, fold=fold, tzinfo=BRUSSELS)
    told_elsewhere = moment.astimezone(UTC).astimezone(zone)
    sunday, monday = date(2019, 10, 27), date(2019, 10, 28)

    assert moment.utcoffset() == timedelta(hours=1 if fold else 2)
    for same in (moment, told_elsewhere):
        assert decided(begins(sunday), same) is ACTIVE
        assert decided(begins(monday), same) is NOT_STARTED
        assert decided(ends(sunday), same) is PASSIVE
        assert decided(ends(monday), same) is ACTIVE


@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_is_skipped_is_of_the_same_day(fold: int) -> None:
    """A time that no clock in Brussels showed is still of the day that it names."""
    moment = datetime(2019, 3, 31, 2, 30, fold=fold, tzinfo=BRUSSELS)

    assert decided(begins(date(2019, 3, 31)), moment) is ACTIVE
    assert decided(begins(date(2019, 4, 1)), moment) is NOT_STARTED


MOMENTS: Final = st.builds(
    lambda seconds, zone: datetime.fromtimestamp(seconds, UTC).astimezone(zone),
    st.integers(-2_200_000_000, 4_100_000_000),
    st.sampled_from(list(ZONES.values())),
)


@UNHURRIED
@given(MOMENTS)
def test_the_day_of_a_moment_is_told_by_the_clock_in_brussels(moment: datetime) -> None:
    """Whatever the zone in which a moment is given, its instant decides which day it is."""
    instant = moment.astimezone(UTC)

    assert day_of(moment) == instant.astimezone(BRUSSELS).date().toordinal()
    assert day_of(instant) == day_of(moment)


# -- moments that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        (UTC, NOT_STARTED, None),
        (BRUSSELS, NOT_STARTED, ACTIVE),
        (ZoneInfo("Asia/Tokyo"), None, ACTIVE),
        (ZoneInfo("America/New_York"), NOT_STARTED, None),
        (timezone(timedelta(hours=23, minutes=59)), None, ACTIVE),
        (timezone(-timedelta(hours=23, minutes=59)), NOT_STARTED, None),
    ],
    ids=str,
)
def test_the_ends_of_the_calendar_do_not_crash(zone: tzinfo, first: Phase | None, last: Phase | None) -> None:
    """The first and the last moment that Python can write get a phase; those of no day in Brussels are refused."""
    for end, expected in ((datetime.min, first), (datetime.max, last)):  # noqa: DTZ901 - the zone follows
        moment = end.replace(tzinfo=zone)
        if expected is None:
            with pytest.raises(InvalidInput, match="outside the calendar") as refusal:
                decided(begins(date(2018, 3, 1)), moment)
            assert refusal.value.field == "at"
        else:
            assert decided(begins(date(2018, 3, 1)), moment) is expected


class Broken(tzinfo):
    """A time zone that does not know its offset, or cannot tell it."""

    def __init__(self, offset: Callable[[], timedelta | None]) -> None:
        self._offset = offset

    def utcoffset(self, dt: datetime | None, /) -> timedelta | None:  # noqa: ARG002 - the interface of tzinfo
        """Tell the offset."""
        return self._offset()

    def dst(self, dt: datetime | None, /) -> timedelta | None:  # noqa: ARG002
        """Tell nothing."""
        return None

    def tzname(self, dt: datetime | None, /) -> str | None:  # noqa: ARG002
        """Tell nothing."""
        return None


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2019, 6, 17, 12),  # noqa: DTZ001 - what is refused
        datetime.min,  # noqa: DTZ901
        datetime.max,  # noqa: DTZ901
        datetime(2019, 6, 17, 12, tzinfo=Broken(lambda: None)),
        date(2019, 6, 17),
        "2019-06-17T12:00:00Z",
        1560765600,
        True,
        BRUSSELS,
    ],
)
def test_what_is_no_aware_moment_is_refused(moment: Any) -> None:
    """A naive moment, a moment whose zone knows no offset, a day, a text or a number is an error that names `at`."""
    with pytest.raises(InvalidInput) as refusal:
        decided(begins(date(2018, 3, 1)), moment)

    assert refusal.value.field == "at"


def test_a_zone_that_fails_gives_no_permit() -> None:
    """A time zone that gives an impossible offset makes the moment an invalid one."""
    moment = datetime(2019, 6, 17, 12, tzinfo=Broken(lambda: timedelta(days=400)))
    with pytest.raises(InvalidInput) as refusal:
        decided(begins(date(2018, 3, 1)), moment)

    assert refusal.value.field == "at"
