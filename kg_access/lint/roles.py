"""Roles: to which nothing can be permitted, or which reach data of special concern without being designated."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from kg_access.documents import Key
from kg_access.errors import quoted
from kg_access.lint.diagnostic import Diagnostic
from kg_access.lint.inspected import Inspected

_ROLES = "vocabulary/roles.yaml"


def check_roles(inspected: Inspected) -> Iterator[Diagnostic]:
    """
    Find roles to which nothing can be permitted (KGL010).

    Args:
        inspected: What lint looks at.
    """
    for role in inspected.policy.vocabulary.roles:
        if inspected.ground.permitted({"role": frozenset({role})}) is None:
            message = f"nothing can ever be permitted to the role {quoted(role)}"
            fix = "correct its standing or its profile, write a rule that allows it something, or remove it"
            yield Diagnostic("KGL010", role, inspected.at(_ROLES, (role,), message, fix))


def check_designations(inspected: Inspected) -> Iterator[Diagnostic]:
    """
    Find data of special concern for roles that are not designated (KGL011), and idle designations (KGL012).

    Args:
        inspected: What lint looks at.
    """
    words, designations = inspected.policy.vocabulary, inspected.designations
    reached: dict[tuple[str, str], frozenset[str]] = {
        (role, service): _reached(inspected, role, service) for role in words.roles for service in words.services
    }
    for (role, service), categories in reached.items():
        bare = categories - words.with_parts(designations.designated(role, service))
        wholes = {category for category in bare if words.parts.get(category) not in bare}
        for category in sorted(wholes):
            message = (
                f"{quoted(role)} can reach {quoted(category)} in {quoted(service)} without being designated for it"
            )
            fix = f"designate it in `designations.yaml`, or take {quoted(category)} away from the role"
            place = inspected.at(_ROLES, _granting(inspected, role, service, category), message, fix)
            yield Diagnostic("KGL011", role, place)
    for entry in designations.people:
        used = {word for (role, service), found in reached.items() if entry.covers(role, service) for word in found}
        for category, place in zip(entry.categories, entry.places, strict=True):
            if not used & words.with_parts(frozenset({category})):
                message = f"{quoted(entry.role)} is designated for {quoted(category)}, which no rule opens to it"
                fix = "take it out of the list, so that the list says who really has access"
                yield Diagnostic("KGL012", entry.role, attrs.evolve(place, message=message, help=fix))


def _reached(inspected: Inspected, role: str, service: str) -> frozenset[str]:
    special = inspected.policy.vocabulary.with_parts(frozenset(inspected.designations.special))
    where = {"role": frozenset({role}), "service": frozenset({service})}
    return inspected.ground.permitted_words("category", special, where)


def _granting(inspected: Inspected, role: str, service: str, category: str) -> tuple[Key, ...]:
    """Give the keys of the word in the role's profile that grants a category, or of the role."""
    profile = inspected.document(_ROLES).content[role].get("profile")
    if isinstance(profile, dict):
        for number, word in enumerate(profile.get(service, ())):
            if word in {category, inspected.policy.vocabulary.parts.get(category)}:
                return role, "profile", service, number
    return role, "profile"
