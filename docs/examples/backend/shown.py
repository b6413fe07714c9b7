"""What a page shows of a record, and which kinds of data it leaves out, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from backend.records import Record, Visit
from kg_access import Decision, Policy


@attrs.frozen
class Shown:
    """
    One field on a page.

    Attributes:
        title: What it is called.
        value: Its value, or no text for a table.
        rows: The lines of a table, each with its cells in the order of `columns`.
        columns: The titles of the columns.
    """

    title: str
    value: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    columns: tuple[str, ...] = ()


@attrs.frozen
class LeftOut:
    """
    Kinds of data that a page leaves out for the same reason.

    Attributes:
        kinds: What they are called.
        reasons: Why.
    """

    kinds: tuple[str, ...]
    reasons: tuple[str, ...]


def fields(shown: Mapping[str, Any]) -> list[Shown]:
    """
    List the fields of a page, in the order of the record.

    Args:
        shown: What may be shown of a record, as JSON.
    """
    found = [(field.title or name, shown[name]) for name, field in Record.model_fields.items() if shown.get(name)]
    return [_table(title, value) if isinstance(value, list) else Shown(title, str(value)) for title, value in found]


def left_out(decision: Decision, policy: Policy) -> list[LeftOut]:
    """
    Say which kinds of data a permit leaves out and why, those with the same reasons together.

    Args:
        decision: The permit.
        policy: The policy, for its words.
    """
    together: dict[tuple[str, ...], list[str]] = {}
    for category, reasons in sorted(decision.redacted.items()):
        texts = tuple(policy.reasons[reason].text.in_("en") for reason in reasons)
        together.setdefault(texts, []).append(policy.vocabulary.labels["category"][category].in_("en"))
    return [LeftOut(tuple(kinds), texts) for texts, kinds in together.items()]


def _table(title: str, visits: list[Mapping[str, Any]]) -> Shown:
    names = [name for name in Visit.model_fields if any(name in visit for visit in visits)]
    return Shown(
        title,
        rows=tuple(tuple(str(visit.get(name, "")) for name in names) for visit in visits),
        columns=tuple(Visit.model_fields[name].title or name for name in names),
    )
