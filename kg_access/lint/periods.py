"""What runs out or runs over: authorisations, entries of registers, and lists with a limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kg_access.days import read_day, read_period, span
from kg_access.documents import Document, Key
from kg_access.errors import Finding, quoted
from kg_access.lint.diagnostic import Diagnostic
from kg_access.lint.inspected import Inspected


def check_authorisations(inspected: Inspected) -> Iterator[Diagnostic]:
    """
    Find authorisations of the organisation that have lapsed or are about to (KGL008).

    Args:
        inspected: What lint looks at.
    """
    document = inspected.organisation
    for number, entry in enumerate(document.content.get("authorisations") or ()):
        what = f"the authorisation {quoted(entry['id'])}"
        keys = ("authorisations", number)
        yield from _ending(inspected, "KGL008", entry["id"], what, document, keys, "until", entry.get("until"))


def check_registers(inspected: Inspected) -> Iterator[Diagnostic]:
    """
    Find entries of the registers of processors and recipients that have lapsed or are about to (KGL009).

    Args:
        inspected: What lint looks at.
    """
    for register in ("processors", "recipients"):
        document = inspected.document(f"registers/{register}.yaml")
        for name, entry in document.content.items():
            what = f"the entry {quoted(name)} of the {register}"
            until = entry.get("valid_until")
            yield from _ending(inspected, "KGL009", name, what, document, (name,), "valid_until", until)


def check_lists(inspected: Inspected) -> Iterator[Diagnostic]:
    """
    Find lists that hold more people in a service than `list_sizes` allows (KGL007).

    Args:
        inspected: What lint looks at.
    """
    for standing, limit in inspected.policy.list_sizes.items():
        for service in inspected.policy.vocabulary.services:
            places = list(_holders(inspected, standing, service))
            if len(places) > limit:
                message = (
                    f"the list {quoted(standing)} of {quoted(service)} holds {len(places)} people, of {limit} at most"
                )
                fix = "end assignments that are no longer needed, or raise the limit in `policy.toml` on purpose"
                place = places[limit]
                yield Diagnostic("KGL007", standing, Finding(place.path, place.line, place.column, message, fix))


def _holders(inspected: Inspected, standing: str, service: str) -> Iterator[Finding]:
    """Give the first assignment of each person who is on a list of a service on the day."""
    roles = {name for name, role in inspected.policy.vocabulary.roles.items() if role.standing == standing}
    for name, person in inspected.organisation.content["subjects"].items():
        for number, entry in enumerate(person.get("assignments") or ()):
            first, last = span(*read_period("from", entry.get("from"), "until", entry.get("until")))
            if entry["role"] in roles and entry["service"] in {service, "all"} and first <= inspected.day <= last:
                yield inspected.organisation.finding(("subjects", name, "assignments", number), "")
                break


def _ending(
    inspected: Inspected,
    code: str,
    about: str,
    what: str,
    document: Document,
    keys: tuple[Key, ...],
    field: str,
    written: object,
) -> Iterator[Diagnostic]:
    last = read_day(field, written)
    if last is None:
        return
    yield Diagnostic(
        code,
        about,
        document.finding(
            (*keys, field), f"{what} {_when(inspected.day, last)}", "renew it in time, or take it out of the file"
        ),
        due=last.toordinal() - inspected.ahead <= inspected.day,
    )


def _when(day: int, last: date) -> str:
    left = last.toordinal() - day
    if left < 0:
        return f"lapsed after {last}"
    return f"lapses after {last}, {f'in {left} days' if left > 1 else 'tomorrow' if left else 'today'}"
