"""What is asked about: a dossier of one service, with its dates and what is recorded about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from kg_access.days import read_day, read_period
from kg_access.errors import InvalidInput
from kg_access.lifecycle import Timeline, timeline
from kg_access.reading import identifier, many, optional, optional_member, text, word
from kg_access.vocabulary import Erasure, Objection, Preservation

Interval = tuple[date, date | None]


def _intervals(value: object) -> tuple[Interval, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidInput("use", f"expected a list of intervals, not a {type(value).__name__}")
    return tuple(sorted(map(_interval, value), key=lambda interval: (interval[0], interval[1] or date.max)))


def _interval(value: object) -> Interval:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidInput("use", "an interval is a pair of a first and a last day, or None for no last day")
    ends = tuple(value)
    if len(ends) != 2:
        raise InvalidInput("use", f"an interval has 2 ends, not {len(ends)}")
    first, last = read_period("use from", ends[0], "use until", ends[1])
    if first is None:
        raise InvalidInput("use", "an interval needs a first day")
    return first, last


def _names(value: object) -> frozenset[str]:
    return frozenset() if value is None else many("reserved_for", identifier("reserved_for"))(value)


@attrs.frozen(repr=False)
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

    Raises:
        InvalidInput: A field has the wrong type, an interval ends before it starts, or the service is missing.
        UnknownTerm: A word of `preserved_for`, `objection` or `erasure` is unknown.
    """

    id: str = attrs.field(converter=identifier("id"))
    service: str = attrs.field(kw_only=True, converter=word("service"))
    team: str | None = attrs.field(kw_only=True, default=None, converter=optional(identifier("team")))
    use: tuple[Interval, ...] = attrs.field(kw_only=True, default=(), converter=_intervals)
    retain_until: date | None = attrs.field(
        kw_only=True, default=None, converter=lambda day: read_day("retain_until", day)
    )
    preserved_for: Preservation | None = attrs.field(
        kw_only=True, default=None, converter=optional_member("preserved_for", Preservation)
    )
    country_of_origin: str | None = attrs.field(
        kw_only=True, default=None, converter=text("country_of_origin")
    )
    reserved_for: frozenset[str] = attrs.field(kw_only=True, default=frozenset(), converter=_names)
    objection: Objection | None = attrs.field(
        kw_only=True, default=None, converter=optional_member("objection", Objection)
    )
    erasure: Erasure | None = attrs.field(
        kw_only=True, default=None, converter=optional_member("erasure", Erasure)
    )
    controller: str | None = attrs.field(kw_only=True, default=None, converter=text("controller"))
    timeline: Timeline = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Work out once in which phase each day falls."""
        spans = timeline(self.use, self.retain_until, preserved=self.preserved_for is not None)
        object.__setattr__(self, "timeline", spans)

    def __repr__(self) -> str:
        return f"<Dossier of {self.service}>"
