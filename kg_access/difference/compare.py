"""Two policies compared: by what they answer over the whole space of facts, not by their text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kg_access.difference.boxes import beyond
from kg_access.difference.examples import Examples
from kg_access.difference.groups import grouped
from kg_access.difference.joint import Joint, announced
from kg_access.difference.leads import Lead, in_force, leads
from kg_access.difference.points import differing, other_answers, sliced
from kg_access.difference.record import Change, Difference, Topic
from kg_access.guard import Guard
from kg_access.policy import Policy
from kg_access.space import Box, inside, size
from kg_access.vocabulary import Obligation

Progress = Callable[[str], None]


def _silent(_: str) -> None:
    pass


def compare(old: Policy, new: Policy, progress: Progress = _silent) -> Difference:
    """
    Find what a change of policy does, each policy taken as from its first day on.

    Args:
        old: The policy as it was.
        new: The policy as it will be.
        progress: Is told each step before it is taken.

    Returns:
        The difference; every change with an example that a guard of each policy has answered.

    Raises:
        EngineFailure: Casbin is not the reviewed one, or does not follow a policy.
    """
    progress("making a guard of each policy")
    before, after = (announced(policy) for policy in (old, new))
    guards = Guard(before, fulfils=Obligation), Guard(after, fulfils=Obligation)
    comparison = _Comparison(Joint(before, after), guards, progress)
    return Difference(
        old=old,
        new=new,
        changes=tuple(comparison.changes()),
        finding={str(lead): tuple(comparison.led(lead)) for lead in leads(comparison.joint, guards)},
        notes=tuple(_notes(old, new)),
    )


class _Comparison:
    def __init__(self, joint: Joint, guards: tuple[Guard, Guard], progress: Progress) -> None:
        self.joint = joint
        self.examples = Examples(joint, guards)
        self.progress = progress

    def changes(self) -> Iterator[Change]:
        self.progress("working out what each policy permits")
        found = differing(self.joint)
        for topic, what, boxes in found:
            self.progress(f"grouping what is {topic.value}")
            if boxes:
                yield from self._grouped(topic, what, boxes)
        self.progress("comparing the answers of denials")
        changed = [box for topic, _, boxes in found if topic is not Topic.OBLIGATIONS for box in boxes]
        for word, points, box in other_answers(self.joint, changed):
            example, fault = self.examples.example(Topic.DENIALS, (word,), [box])
            yield Change(Topic.DENIALS, (word,), {}, {}, points, (box,), example, fault)

    def _grouped(self, topic: Topic, what: tuple[str, ...], boxes: list[Box]) -> Iterator[Change]:
        usual = [region.box for region in self.joint.permitted[topic is not Topic.LOST]]
        for group in grouped(boxes, usual, self.joint.domains):
            example, fault = self.examples.example(topic, what, group.boxes)
            yield Change(topic, what, group.who, group.when, group.points, group.boxes, example, fault)

    def led(self, lead: Lead) -> Iterator[Change]:
        """Find what is gained and lost because a word leads to another fact."""
        self.progress(f"looking at {lead.name}")
        domains = {fact: words for fact, words in self.joint.domains.items() if fact != lead.fact}
        old, new = (
            sliced(regions, lead.fact, word, lead.within)
            for regions, word in zip(self.joint.permitted, lead.words, strict=True)
        )
        for topic, some, others in ((Topic.GAINED, new, old), (Topic.LOST, old, new)):
            boxes = self._on_its_day(lead, beyond(some, others, domains))
            if boxes:
                example, fault = self.examples.example(topic, (), boxes, lead)
                points = sum(size(box, domains) for box in boxes)
                yield Change(topic, (lead.name,), {}, {}, points, tuple(boxes), example, fault)

    def _on_its_day(self, lead: Lead, boxes: list[Box]) -> list[Box]:
        """Keep the points at which services are in force as they are on the day of a lead."""
        if lead.day is None or lead.fact == "service_in_force":
            return boxes
        parts = in_force(self.joint, lead.day)
        found = (inside(box, part) for box in boxes for part in parts)
        return [box for box in found if box is not None]


def _notes(old: Policy, new: Policy) -> Iterator[str]:
    for name in old.reasons.keys() & new.reasons.keys():
        before, after = old.reasons[name].disclosure, new.reasons[name].disclosure
        if before is not after:
            yield f"a denial with the reason `{name}` is told as `{after}`, no longer as `{before}`"
    for standing in sorted(old.list_sizes.keys() | new.list_sizes.keys()):
        sizes = [policy.list_sizes.get(standing, "any number of") for policy in (old, new)]
        if sizes[0] != sizes[1]:
            yield f"a list of `{standing}` may hold {sizes[1]} people, no longer {sizes[0]}"
