"""
Words and registers that lead to facts: a channel, a country, an entry of a register, a date.

Rows may stay as they are while one of these leads to another fact, and with it to another answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import attrs

from kg_access.difference.joint import Joint, registers
from kg_access.dossier import Dossier
from kg_access.facts import UNLISTED
from kg_access.guard import Guard
from kg_access.policy import Policy
from kg_access.request import AccessRequest, Context
from kg_access.space import Box
from kg_access.subject import Subject
from kg_access.vocabulary import Kind

Patch = Callable[[AccessRequest], AccessRequest]

UNKNOWN: Final = "an unknown word"
_DAY: Final = timedelta(days=1)
_MORE: Final = "xq"


@attrs.frozen
class Lead:
    """
    A word that leads to another fact.

    Attributes:
        name: What it is.
        fact: The fact.
        words: The word of the fact under the old policy and under the new one; `None` for an unknown word.
        within: The points that it concerns.
        patch: What puts it into a request that has the fact.
        day: The day on which it is so; `None` for any.
    """

    name: str
    fact: str
    words: tuple[str | None, str | None]
    within: Box
    patch: Patch
    day: date | None = None

    def __str__(self) -> str:
        old, new = (UNKNOWN if word is None else f"`{word}`" for word in self.words)
        on = "" if self.day is None else f", on {self.day} for one"
        return f"{self.name}: `{self.fact}` is {new}, no longer {old}{on}"


def leads(joint: Joint, guards: tuple[Guard, Guard]) -> list[Lead]:
    """
    Find the words that lead to another fact under the new policy.

    Args:
        joint: The space of the two policies.
        guards: A guard of each policy.
    """
    old, new = (space.policy for space in joint.spaces)
    kinds = (_channels, _recipient_types, _countries, _entries, _services, _controllers, _parts)
    found: dict[object, Lead] = {}
    for lead in (*(lead for kind in kinds for lead in kind(old, new)), *_holders(guards)):
        found.setdefault((lead.name, lead.fact, lead.words), lead)
    return list(found.values())


def _channels(old: Policy, new: Policy) -> Iterator[Lead]:
    for name, words in _differing(old.vocabulary.channels, new.vocabulary.channels):
        yield Lead(f"channel `{name}`", "channel", words, {}, _circumstance(channel=name))


def _recipient_types(old: Policy, new: Policy) -> Iterator[Lead]:
    before, after = ({name: name for name in policy.vocabulary.recipient_types} for policy in (old, new))
    for name, words in _differing(before, after):
        yield Lead(f"recipient type `{name}`", "recipient_type", words, {}, _circumstance(recipient_type=name))


def _countries(old: Policy, new: Policy) -> Iterator[Lead]:
    before, after = old.vocabulary.eea, new.vocabulary.eea
    for code, entries in _differing(before, after):
        bounds = [bound for entry in entries if entry is not None for bound in (entry.first, entry.last)]
        for day in _days(bounds, old, new):
            inside = tuple(entry is not None and entry.counts(day.toordinal()) for entry in entries)
            for fact, outside, patch in (
                ("destination", "outside_eea", _circumstance(destination_country=code)),
                ("destination", "country_of_origin", _originating(code)),
                ("access_country", "outside_eea", _circumstance(access_country=code)),
            ):
                words = _pair("inside_eea" if member else outside for member in inside)
                origin = ", as the country of origin" if outside == "country_of_origin" else ""
                yield from _changing(Lead(f"country `{code}`{origin}", fact, words, {}, patch, day))


def _entries(old: Policy, new: Policy) -> Iterator[Lead]:
    after = registers(new)
    for kind, before in registers(old).items():
        for name, entries in _differing(before, after[kind]):
            one, other = entries
            if one is None or other is None:
                continue
            for day in _days((one.first, one.last, other.first, other.last), old, new):
                words = _pair(name if entry.counts(day.toordinal()) else UNLISTED for entry in (one, other))
                lead = Lead(
                    f"{kind} `{name}`", "organisation", words, {"kind": frozenset({kind})}, _belonging(name), day
                )
                yield from _changing(lead)


def _services(old: Policy, new: Policy) -> Iterator[Lead]:
    before, after = (
        {name: service.in_force_from for name, service in policy.vocabulary.services.items()} for policy in (old, new)
    )
    for name in before.keys() & after.keys():
        begins = (before[name], after[name])
        for day in _days([begin.toordinal() for begin in begins if begin is not None], old, new):
            words = _pair("yes" if begin is None or day >= begin else "no" for begin in begins)
            within = {"service": frozenset({name})}
            yield from _changing(Lead(f"service `{name}`", "service_in_force", words, within, _as_it_is, day))


def _controllers(old: Policy, new: Policy) -> Iterator[Lead]:
    if old.controller != new.controller:
        for name in (old.controller, new.controller):
            words = _pair("own" if name == policy.controller else "other" for policy in (old, new))
            yield Lead(f"controller `{name}`", "controller", words, {}, _controlled(name))


def _parts(old: Policy, new: Policy) -> Iterator[Lead]:
    known = old.vocabulary.categories.keys() & new.vocabulary.categories.keys()
    parts = old.vocabulary.parts.items(), new.vocabulary.parts.items()
    for part, whole in sorted(parts[0] ^ parts[1]):
        if {part, whole} <= known:
            words = _pair("valid" if (part, whole) in listed else "none" for listed in parts)
            name = f"an authorisation for `{whole}`, asked about `{part}`"
            yield Lead(name, "authorisation", words, {"category": frozenset({part})}, _authorised_for(whole))


def _holders(guards: tuple[Guard, Guard]) -> Iterator[Lead]:
    listed = [guard.policy.vocabulary for guard in guards]
    whole = {name for words in listed for name in (*words.microsoft, *words.microsoft_names, *words.unknown_holders)}
    parts = {name for words in listed for name in words.microsoft}
    named = {f"key holder `{name}`": name for name in sorted(whole)}
    named |= {f"key holder with `{name}` in its name": f"{name}{_MORE}" for name in sorted(parts)}
    for told, name in named.items():
        words = _pair(_holder(guard, name) for guard in guards)
        yield from _changing(Lead(told, "key_holder", words, {}, _circumstance(key_holder=name)))


def _holder(guard: Guard, name: str) -> str:
    """Ask a guard what it takes a holder of a key for."""
    service = next(iter(guard.policy.vocabulary.services))
    subject, dossier = Subject("somebody", kind=Kind.STAFF), Dossier("DOSSIER", service=service)
    asked = guard.decide(subject, "read", dossier, context=Context(key_holder=name))
    return "unknown" if asked.facts is None else asked.facts.key_holder


def in_force(joint: Joint, day: date) -> list[Box]:
    """
    Say of each service whether it is in force on a day, where both policies say the same.

    Args:
        joint: The space of the two policies.
        day: The day.
    """
    found: list[Box] = []
    old, new = (space.policy.vocabulary.services for space in joint.spaces)
    for name in joint.domains["service"]:
        known = [services[name].in_force_from for services in (old, new) if name in services]
        said = {"yes" if begin is None or day >= begin else "no" for begin in known}
        if len(said) == 1:
            found.append({"service": frozenset({name}), "service_in_force": frozenset(said)})
    return found


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name in dict.fromkeys((*before, *after)):
        one, other = before.get(name), after.get(name)
        if one != other:
            yield name, (one, other)


def _days(bounds: Iterable[int], old: Policy, new: Policy) -> list[date]:
    """List days on both sides of some bounds: first those on which all is in force, from the earliest on."""
    services = (*old.vocabulary.services.values(), *new.vocabulary.services.values())
    begins = (old.effective_from, new.effective_from, *(service.in_force_from for service in services))
    begin = max(day.toordinal() for day in begins if day is not None)
    near = {begin, *(bound + step for bound in bounds for step in (-1, 0, 1))}
    known = range(1000 * 365, date.max.toordinal() - 1000)
    return [
        date.fromordinal(day) for day in sorted(near, key=lambda day: (day < begin, abs(day - begin))) if day in known
    ]


def _pair(words: Iterable[str]) -> tuple[str, str]:
    one, other = words
    return one, other


def _changing(lead: Lead) -> Iterator[Lead]:
    if lead.words[0] != lead.words[1]:
        yield lead


def _as_it_is(request: AccessRequest) -> AccessRequest:
    return request


def _circumstance(**stated: Any) -> Patch:
    return lambda request: attrs.evolve(request, context=attrs.evolve(request.context, **stated))


def _originating(code: str) -> Patch:
    return lambda request: attrs.evolve(
        _circumstance(destination_country=code)(request), dossier=attrs.evolve(request.dossier, country_of_origin=code)
    )


def _belonging(name: str) -> Patch:
    return lambda request: attrs.evolve(request, subject=attrs.evolve(request.subject, organisation=name))


def _controlled(name: str) -> Patch:
    return lambda request: attrs.evolve(request, dossier=attrs.evolve(request.dossier, controller=name))


def _authorised_for(whole: str) -> Patch:
    def patched(request: AccessRequest) -> AccessRequest:
        held = [attrs.evolve(entry, categories=[whole]) for entry in request.subject.authorisations]
        return attrs.evolve(request, subject=attrs.evolve(request.subject, authorisations=held))

    return patched
