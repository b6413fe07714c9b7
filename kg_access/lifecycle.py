"""
The phase of a dossier, a pure function of its dates and a calendar day (KG-RET-1 to KG-RET-8).

The phase is never stored as the truth: a dossier keeps the days on which its phase changes, and a decision looks up
the day on which it is asked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date

import attrs

from kg_access.days import FIRST_DAY, LAST_DAY
from kg_access.vocabulary import Phase


@attrs.frozen
class Timeline:
    """
    The phases of one dossier, from the first day of the calendar to the last.

    Attributes:
        days: The day numbers on which a phase begins, in order; the first is the beginning of the calendar.
        phases: The phase that begins on each of these days.
    """

    days: tuple[int, ...]
    phases: tuple[Phase, ...]

    def phase(self, day: int) -> Phase:
        """
        Tell the phase on a day.

        Args:
            day: The number of the calendar day, as of `date.toordinal`.
        """
        return self.phases[bisect_right(self.days, day) - 1]


def timeline(use: Sequence[tuple[date, date | None]], retain_until: date | None, *, preserved: bool) -> Timeline:
    """
    Lay out the phases of a dossier.

    Args:
        use: The intervals of use, first and last day inclusive, `None` for no last day.
        retain_until: The last day of the retention term, or `None` when none is recorded.
        preserved: Whether a decision to preserve is recorded.
    """
    edges = {FIRST_DAY}
    for first, last in use:
        edges.add(first.toordinal())
        if last is not None:
            edges.add(last.toordinal() + 1)
    if retain_until is not None:
        edges.add(retain_until.toordinal() + 1)
    days: list[int] = []
    phases: list[Phase] = []
    for day in sorted(edge for edge in edges if edge < LAST_DAY):
        phase = phase_on(day, use, retain_until, preserved=preserved)
        if not phases or phases[-1] is not phase:
            days.append(day)
            phases.append(phase)
    return Timeline(tuple(days), tuple(phases))


def phase_on(day: int, use: Sequence[tuple[date, date | None]], retain_until: date | None, *, preserved: bool) -> Phase:
    """
    Tell the phase on one day; where dates contradict each other, the stricter phase.

    Args:
        day: The number of the calendar day, as of `date.toordinal`.
        use: The intervals of use, first and last day inclusive, `None` for no last day.
        retain_until: The last day of the retention term, or `None` when none is recorded.
        preserved: Whether a decision to preserve is recorded.
    """
    begun = [last for first, last in use if first.toordinal() <= day]
    if not begun:
        return Phase.NOT_STARTED
    if retain_until is not None and day > retain_until.toordinal():
        return Phase.PRESERVED if preserved else Phase.EXPIRED
    if any(last is None or day <= last.toordinal() for last in begun):
        return Phase.ACTIVE
    return Phase.RETENTION_UNKNOWN if retain_until is None else Phase.PASSIVE
