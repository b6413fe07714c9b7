"""Whom a visitor of the demo can be, and what is worth trying as each of them."""

from __future__ import annotations

from typing import Final

import attrs


@attrs.frozen
class Person:
    """
    Somebody of the example organisation.

    Attributes:
        id: The id in the organisation.
        work: What this person does there.
        tries: What to try.
    """

    id: str
    work: str
    tries: str

    @property
    def name(self) -> str:
        """The name to show."""
        return display_name(self.id)


def display_name(person: str) -> str:
    """
    Make a name to show from an id.

    Args:
        person: The id of a person.
    """
    return person.replace("_", " ").title()


PEOPLE: Final = (
    Person(
        "nele",
        "visits families in Ghent",
        "D1 leaves out what her work does not need, D11 is closed for now and says why, "
        "D8 is her own nephew's and does not seem to exist",
    ),
    Person("karim", "supports the same families with practical matters", "D1 shows him money matters, but no health"),
    Person("an", "examines the children of Ghent", "D9 is reserved for her"),
    Person("bert", "works in Antwerp, and stands in for D16 this week", "D16 opens, D1 does not"),
    Person("temporary_tess", "worked in Ghent until last week", "nothing opens any more"),
    Person("rita", "volunteers at the consultation office", "nothing opens"),
    Person("tom", "deals with childcare in East Flanders", "D6"),
    Person("veerle", "deals with adoptions", "D4 and D17"),
    Person("lies", "deals with family allowances", "D7"),
    Person("joke", "looks after the closed dossiers of Ghent", "D2 opens when she says what for and why"),
    Person(
        "sara",
        "answers people who ask about their own data",
        "D2 with case 2024-017, and who looked at D1 with case 2024-018",
    ),
)
"""The people that the login page offers first."""
