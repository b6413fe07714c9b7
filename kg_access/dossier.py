"""What is asked about: a dossier of one service, with its dates and what is recorded about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from kg_access.days import read_day, read_period
from kg_access.errors import InvalidInput
from kg_access.lifecycle import Timeline, timeline
from kg_access.reading import (
    elements,
    freeze,
    identifier,
    identifiers,
    optional_identifier,
    optional_member,
    text,
    word,
)
from kg_access.vocabulary import Erasure, Objection, Preservation

Interval = tuple[date, date | None]


@attrs.frozen(init=False, repr=False)
class Dossier:
    """
    One dossier of one service.

    Attributes:
        id: Any text without control characters.
        service: The service that it belongs to, a word of the policy.
        team: The team in charge.
        use: When the service is used: pairs of a first and a last day, both inclusive, `None` for no last day
            (KG-RET-6).
        retain_until: The last day of the retention term; `None` when none is recorded (KG-RET-3).
        preserved_for: historical, cultural or general, when a decision to preserve is recorded (KG-RET-4).
        country_of_origin: Two-letter country code of an adoption dossier (KG-TRF-4).
        reserved_for: Ids of the people to whom the dossier is reserved; empty when it is not.
        objection: pending, rejected or upheld (KG-RGT-1, KG-RGT-2).
        erasure: pending or approved (KG-RGT-7).
        controller: The organisation that is responsible, when it is another than the agency (KG-GEN-2).
        timeline: The phases that follow from these dates.

    Raises:
        InvalidInput: A field has the wrong type, an interval ends before it starts, or the service is missing.
        UnknownTerm: A word of `preserved_for`, `objection` or `erasure` is unknown.
    """

    id: str
    service: str
    team: str | None
    use: tuple[Interval, ...]
    retain_until: date | None
    preserved_for: Preservation | None
    country_of_origin: str | None
    reserved_for: frozenset[str]
    objection: Objection | None
    erasure: Erasure | None
    controller: str | None
    timeline: Timeline = attrs.field(init=False, eq=False)

    def __init__(
        self,
        id: str,  # noqa: A002 - the name that callers expect
        *,
        service: str | None = None,
        team: str | None = None,
        use: Iterable[tuple[date | str, date | str | None]] = (),
        retain_until: date | str | None = None,
        preserved_for: str | None = None,
        country_of_origin: str | None = None,
        reserved_for: Iterable[str] | None = None,
        objection: str | None = None,
        erasure: str | None = None,
        controller: str | None = None,
    ) -> None:
        if service is None:
            raise InvalidInput("service", "a dossier belongs to a service; give the service")
        intervals = [_interval(pair) for pair in elements("use", use)]
        intervals.sort(key=lambda interval: (interval[0], interval[1] or date.max))
        last_day = read_day("retain_until", retain_until)
        preservation = optional_member("preserved_for", Preservation, preserved_for)
        freeze(
            self,
            id=identifier("id", id),
            service=word("service", service),
            team=optional_identifier("team", team),
            use=tuple(intervals),
            retain_until=last_day,
            preserved_for=preservation,
            country_of_origin=text("country_of_origin", country_of_origin),
            reserved_for=frozenset() if reserved_for is None else identifiers("reserved_for", reserved_for),
            objection=optional_member("objection", Objection, objection),
            erasure=optional_member("erasure", Erasure, erasure),
            controller=_controller(controller),
            timeline=timeline(intervals, last_day, preserved=preservation is not None),
        )

    def __repr__(self) -> str:
        return f"<Dossier of {self.service}>"


def _controller(value: object) -> str | None:
    """Read the controller; one that nobody can see is another controller, not our own."""
    if isinstance(value, str) and not value.strip():
        return None
    return optional_identifier("controller", value)


def _interval(value: object) -> Interval:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidInput("use", "an interval is a pair of a first and a last day, or None for no last day")
    try:
        begin, end = value
    except ValueError:
        raise InvalidInput("use", "an interval has two ends, a first and a last day") from None
    first, last = read_period("use from", begin, "use until", end)
    if first is None:
        raise InvalidInput("use", "an interval needs a first day")
    return first, last
