"""
Calendar days in Brussels: how dates and moments are read.

A date is an inclusive calendar day in Europe/Brussels. A moment is an aware datetime; the day that counts is the
one that it falls on in Brussels, also on the two days a year when the clock changes.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Final
from zoneinfo import ZoneInfo

from kg_access.errors import InvalidInput

BRUSSELS: Final = ZoneInfo("Europe/Brussels")
FIRST_DAY: Final = 0
LAST_DAY: Final = date.max.toordinal() + 1


def read_day(field: str, value: object) -> date | None:
    """
    Read a calendar day.

    Args:
        field: The name of the field, for the error.
        value: A `date`, a text of the form `2019-06-30`, or `None`.

    Raises:
        InvalidInput: The value is none of these; a datetime is refused, since its day depends on a time zone.
    """
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str):
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise InvalidInput(field, "the text is not a calendar day; write it like `2019-06-30`")
    kind = type(value).__name__
    raise InvalidInput(field, f"a {kind} is not a calendar day; give a date or a text like `2019-06-30`")


def read_period(first_field: str, first: object, last_field: str, last: object) -> tuple[date | None, date | None]:
    """
    Read a period of calendar days, both ends inclusive, `None` for an open end.

    Args:
        first_field: The name of the first day's field, for the error.
        first: The first day, in a form that `read_day` takes.
        last_field: The name of the last day's field, for the error.
        last: The last day, likewise.

    Raises:
        InvalidInput: An end is no day, or the last day comes before the first.
    """
    first_day, last_day = read_day(first_field, first), read_day(last_field, last)
    if first_day is not None and last_day is not None and last_day < first_day:
        raise InvalidInput(last_field, f"the last day comes before the first, `{first_field}`")
    return first_day, last_day


def span(first: date | None, last: date | None) -> tuple[int, int]:
    """
    Turn a period into two day numbers between which every day of it lies.

    Args:
        first: The first day, or `None` for always.
        last: The last day, or `None` for ever.
    """
    return (
        FIRST_DAY if first is None else first.toordinal(),
        LAST_DAY if last is None else last.toordinal(),
    )


def day_of(moment: datetime | None) -> int:
    """
    Tell the number of the Brussels calendar day (as of `date.toordinal`) on which a moment falls.

    Args:
        moment: An aware datetime; `None` for now.

    Raises:
        InvalidInput: The moment is no datetime, has no time zone, or lies outside the calendar.
    """
    if moment is None:
        return datetime.now(BRUSSELS).toordinal()
    try:
        zone = moment.tzinfo
        if type(zone) is timezone or type(zone) is ZoneInfo or moment.utcoffset() is not None:
            return moment.astimezone(BRUSSELS).toordinal()
    except AttributeError:
        kind = type(moment).__name__
        raise InvalidInput("at", f"a {kind} is not a moment; give a datetime with a time zone") from None
    except OverflowError:
        raise InvalidInput("at", "the moment lies outside the calendar") from None
    except ValueError:
        raise InvalidInput("at", "the time zone of the moment has no usable offset") from None
    raise InvalidInput("at", "the moment is naive; give a datetime with a time zone, such as UTC")
