"""What each service of the agency keeps in its dossiers: about whom, and which kinds of data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs


@attrs.frozen
class Service:
    """
    One service.

    Attributes:
        name: Its word in the policy, also that of its own purpose.
        title: What people call it.
        group: The group of people that its dossiers are about, a word of the policy.
        kept: The kinds of data that its dossiers have room for, whether filled in or not: asking only for those that
            are filled in would tell which are.
    """

    name: str
    title: str
    group: str
    kept: frozenset[str]


SERVICES: Final[Mapping[str, Service]] = {
    service.name: service
    for service in (
        Service(
            "preventive_family_support",
            "Preventive family support",
            "child_and_family",
            frozenset({
                "identification", "national_register_number", "personal_characteristics", "family_composition", "housing",
                "lifestyle", "physical", "health", "financial", "occupation", "complaints_incidents", "judicial",
            }),
        ),
        Service(
            "childcare",
            "Childcare",
            "parent",
            frozenset({
                "identification", "national_register_number", "personal_characteristics", "family_composition",
                "financial", "occupation", "complaints_incidents",
            }),
        ),
        Service(
            "adoption",
            "Adoption",
            "candidate_adopter",
            frozenset({
                "identification", "national_register_number", "personal_characteristics", "family_composition", "housing",
                "lifestyle", "physical", "health", "financial", "occupation", "religious_belief", "judicial",
            }),
        ),
        Service(
            "family_allowances",
            "Family allowances",
            "allowance_child",
            frozenset({
                "identification", "personal_characteristics", "family_composition", "financial", "occupation", "health",
            }),
        ),
    )
}  # fmt: skip

FIRST: Final = SERVICES["preventive_family_support"]
"""The service that counts where none is known."""

PURPOSES: Final[Mapping[str, str]] = {
    "accountability": "to account for the help that was given",
    "legal_claim": "for a legal claim",
    "data_subject_rights": "to answer people who ask about their own data",
}
"""What a closed dossier can be opened for, words of the policy with what they mean."""
