"""
What a policy permits, as boxes of the finite space of facts.

A point is what one standing and one category make of a request. It is permitted when each of the three tables has a
row that permits and none that denies, so the permitted points follow from the conditions of the rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import attrs

from kg_access.facts import COMPUTED, MISSING, NONE, WORDED
from kg_access.policy.record import Policy, Row
from kg_access.space.boxes import Box, Domains, Words, inside, outside, size, without
from kg_access.subject import ELSEWHERE, NOBODY
from kg_access.vocabulary import Effect, Kind, Obligation


@attrs.frozen(eq=False)
class Region:
    """
    Points that are permitted by the same rows.

    Attributes:
        box: The points.
        permits: The rows that permit them.
    """

    box: Box
    permits: tuple[Row, ...]

    @property
    def obligations(self) -> frozenset[Obligation]:
        """What must be done along with it."""
        return frozenset({Obligation.LOG, *(obligation for row in self.permits for obligation in row.obligations)})


class Space:
    """
    The finite space of facts under one policy.

    Args:
        policy: The policy.
        any_switch: Whether words count too that a switch of the policy rules out at present.
    """

    def __init__(self, policy: Policy, *, any_switch: bool = False) -> None:
        self.policy = policy
        self.domains: Domains = _domains(policy, {} if any_switch else _switched_off(policy))

    def __repr__(self) -> str:
        return f"<Space of {self.policy.name} {self.policy.version}>"

    @cached_property
    def reachable(self) -> list[Box]:
        """The points that some request leads to, as boxes without a common point."""
        return self.within([{}])

    def within(self, boxes: Iterable[Box]) -> list[Box]:
        """
        Keep of some boxes the points that some request leads to.

        Args:
            boxes: The boxes.
        """
        return without(boxes, self.impossible, self.domains)

    @cached_property
    def impossible(self) -> list[Box]:
        """What no request leads to, as boxes."""
        return self.boxes((*_other_standings(self.policy), *_contradictions(self.policy)))

    @cached_property
    def granted(self) -> list[Region]:
        """What the rows that permit grant, whatever the rows that deny say, as regions without a common point."""
        return self._granted({})

    @cached_property
    def permitted(self) -> list[Region]:
        """The permitted points, as regions without a common point."""
        return self._permitted(self.granted, {})

    def permitted_in(self, box: Box) -> list[Region]:
        """
        List the permitted points of a box, as regions without a common point.

        Args:
            box: The box.
        """
        return self._permitted(self._granted(box), box)

    def _granted(self, within: Box) -> list[Region]:
        regions = [Region(within, ())]
        for table in self.policy.tables.values():
            rows = (row for row in table.rows if row.effect is Effect.PERMIT)
            granted = _arranged(self._boxes(rows, within), self.domains)
            regions = list(_joined(regions, granted))
        return regions

    def _permitted(self, granted: Iterable[Region], within: Box) -> list[Region]:
        denials = [denied for _, denied in self._boxes(self.denials(), within)]
        return [
            Region(box, region.permits)
            for region in granted
            for box in self.within(without([region.box], denials, self.domains))
        ]

    def _boxes(self, rows: Iterable[Row], within: Box) -> Iterator[tuple[Row, Box]]:
        for row in rows:
            whole = self.box(row.conditions)
            shared = None if whole is None else inside(whole, within)
            if shared is not None:
                yield row, shared

    def boxes(self, conditions: Iterable[Box]) -> list[Box]:
        """
        Turn conditions into boxes of this space, without those of which a switch of the policy leaves nothing.

        Args:
            conditions: The words that each fact may have.
        """
        return [box for some in conditions if (box := self.box(some)) is not None]

    def box(self, conditions: Box) -> dict[str, Words] | None:
        """
        Turn conditions into a box of this space.

        Args:
            conditions: The words that each fact may have.

        Returns:
            The box; `None` when a switch of the policy leaves none of the words of a fact.
        """
        box = {fact: words.intersection(self.domains[fact]) for fact, words in conditions.items()}
        return box if all(box.values()) else None

    def denials(self) -> Iterator[Row]:
        """List the rows that deny."""
        for table in self.policy.tables.values():
            yield from (row for row in table.rows if row.effect is Effect.DENY)

    def points(self, boxes: Iterable[Box]) -> int:
        """
        Count the points of boxes that have none in common.

        Args:
            boxes: The boxes.
        """
        return sum(size(box, self.domains) for box in boxes)


def _switched_off(policy: Policy) -> Mapping[str, str]:
    """Give the words that a switch of the policy rules out."""
    return {
        "break_glass": "not_enabled" if policy.break_glass else "invoked",
        "published": "no" if policy.published else "yes",
    }


def _domains(policy: Policy, ruled_out: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """List the words of all facts, also of those that no table asks."""
    labels = policy.vocabulary.labels
    domains = {**COMPUTED, **{fact: (*labels[fact], *special) for fact, special in WORDED.items()}}
    for fact, word in ruled_out.items():
        domains[fact] = tuple(other for other in domains[fact] if other != word)
    return domains


def _other_standings(policy: Policy) -> Iterator[Box]:
    """List every standing with the roles that do not amount to it."""
    roles = policy.vocabulary.roles
    standing_of = {name: role.standing for name, role in roles.items()} | {ELSEWHERE: ELSEWHERE, NOBODY: NOBODY}
    for standing in dict.fromkeys((*policy.vocabulary.standings, ELSEWHERE, NOBODY)):
        others = frozenset(name for name, other in standing_of.items() if other != standing)
        yield {"standing": frozenset({standing}), "role": others}


def _contradictions(policy: Policy) -> Iterator[Box]:
    """List circumstances without their standing, what is missing yet granted, and words that nothing leads to."""
    words = policy.vocabulary
    nowhere = {"standing": frozenset({ELSEWHERE, NOBODY})}
    yield {**nowhere, "link": frozenset({"team", "task"})}
    yield {**nowhere, "deputy": frozenset({"yes"})}
    if len(words.services) == 1:
        yield {"role": frozenset({ELSEWHERE})}
    for fact in ("category", "purpose"):
        yield {"authorisation": frozenset({"valid"}), fact: frozenset({MISSING})}
    yield {"channel": frozenset(COMPUTED["channel"]) - {NONE, *words.channels.values()}}
    if not any(member.last >= policy.effective_from.toordinal() for member in words.eea.values()):
        yield {"destination": frozenset({"inside_eea"})}
        yield {"access_country": frozenset({"inside_eea"})}
    yield from _dated(policy)


def _dated(policy: Policy) -> Iterator[Box]:
    """List entries under another kind of people, and entries and services on days on which they do not count."""
    words = policy.vocabulary
    entries = {Kind.PROCESSOR: words.processors, Kind.RECIPIENT: words.recipients}
    everyone = frozenset[str]().union(*entries.values())
    for kind in Kind:
        yield {"kind": frozenset({kind}), "organisation": everyone - entries.get(kind, {}).keys()}
    for name, service in words.services.items():
        own = {"service": frozenset({name})}
        if service.in_force_from is None:
            yield {**own, "service_in_force": frozenset({"no"})}
            continue
        begin = service.in_force_from.toordinal()
        for kind, register in entries.items():
            ended = frozenset(entry for entry, dates in register.items() if dates.last < begin)
            fresh = frozenset(entry for entry, dates in register.items() if dates.first >= begin)
            who = {**own, "kind": frozenset({kind})}
            yield {**who, "organisation": ended, "service_in_force": frozenset({"yes"})}
            yield {**who, "organisation": fresh, "service_in_force": frozenset({"no"})}


def _arranged(rows: Iterable[tuple[Row, Box]], domains: Domains) -> list[Region]:
    """Cut the boxes of some rows into pieces of which every point is matched by the same rows."""
    pieces: list[Region] = []
    for row, whole in rows:
        fresh: list[Box] = [whole]
        cut: list[Region] = []
        for piece in pieces:
            shared = inside(piece.box, whole)
            if shared is None:
                cut.append(piece)
                continue
            cut.append(Region(shared, (*piece.permits, row)))
            cut.extend(Region(box, piece.permits) for box in outside(piece.box, whole, domains))
            fresh = without(fresh, [piece.box], domains)
        pieces = [*cut, *(Region(box, (row,)) for box in fresh)]
    return pieces


def _joined(regions: Iterable[Region], granted: Iterable[Region]) -> Iterator[Region]:
    granted = list(granted)
    for region in regions:
        for grant in granted:
            box = inside(region.box, grant.box)
            if box is not None:
                yield Region(box, (*region.permits, *grant.permits))
