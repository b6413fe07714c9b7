"""
Designations: which categories of people may come near data of special concern, and on what ground.

The Belgian act of 30 July 2018 (articles 9 and 10) has the controller designate them, describe their capacity, bind
them to confidentiality, and keep the list for the supervisory authority. `policies/designations.yaml` is that list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

import attrs
from pydantic import Field, TypeAdapter

from kg_access.documents import Document, Key
from kg_access.errors import Finding, PolicyError, did_you_mean, quoted
from kg_access.policy import Label, Policy
from kg_access.policy.record import fixed
from kg_access.policy.schema import LabelShape, Word
from kg_access.shapes import Shape, read_checked

FILE: Final = "designations.yaml"
ALL: Final = "all"


class _PeopleShape(Shape):
    role: Word
    service: Word
    categories: list[Word] = Field(min_length=1)
    capacity: LabelShape
    ground: LabelShape
    confidentiality: Literal["law", "statute", "contract"]


class _FileShape(Shape):
    special: dict[Word, LabelShape] = Field(min_length=1)
    people: list[_PeopleShape] = Field(min_length=1)


_ADAPTER: Final = TypeAdapter(_FileShape)


@attrs.frozen
class Designation:
    """
    A category of people, and the data of special concern for which it is designated.

    Attributes:
        role: The role.
        service: The service in which it is held, or `all`.
        categories: The categories of data.
        capacity: In which capacity these people work with the data.
        ground: The legal ground.
        confidentiality: What binds them to confidentiality: law, statute or contract.
        places: Where each of its categories stands.
    """

    role: str
    service: str
    categories: tuple[str, ...]
    capacity: Label
    ground: Label
    confidentiality: str
    places: tuple[Finding, ...]

    def covers(self, role: str, service: str) -> bool:
        """
        Tell whether it speaks of a role in a service.

        Args:
            role: The role.
            service: The service.
        """
        return self.role == role and self.service in {service, ALL}


@attrs.frozen
class Designations:
    """
    The list of a policy.

    Attributes:
        special: The categories of special concern, each with the law that says so.
        people: The designations, in the order of the file.
    """

    special: Mapping[str, Label] = attrs.field(converter=fixed)
    people: tuple[Designation, ...]

    def designated(self, role: str, service: str) -> frozenset[str]:
        """
        List the categories for which a role is designated in a service.

        Args:
            role: The role.
            service: The service.
        """
        return frozenset(word for entry in self.people if entry.covers(role, service) for word in entry.categories)


def read_designations(folder: Path, policy: Policy) -> Designations:
    """
    Read the designations that belong to a policy, as strictly as the policy itself.

    Args:
        folder: The folder of the policy, with `designations.yaml`.
        policy: The policy, whose words the list uses.

    Raises:
        PolicyError: The file is missing or something in it is wrong; it lists every finding.
    """
    path = folder / FILE
    findings: list[Finding] = []
    if not path.exists():
        message, help_ = "cannot be read: no such file or directory", "`kg-access init` writes one to start from"
        raise PolicyError([Finding(str(path), 0, 0, message, help_)])
    read = read_checked(path, _ADAPTER, findings)
    if read is None:
        raise PolicyError(findings)
    document, shape = read
    findings.extend(_unknown(document, policy, shape))
    if findings:
        raise PolicyError(findings)
    return Designations(
        {name: _label(entry) for name, entry in shape.special.items()},
        tuple(
            Designation(
                entry.role,
                entry.service,
                tuple(entry.categories),
                _label(entry.capacity),
                _label(entry.ground),
                entry.confidentiality,
                tuple(
                    document.finding(("people", number, "categories", index), "")
                    for index in range(len(entry.categories))
                ),
            )
            for number, entry in enumerate(shape.people)
        ),
    )


def _label(shape: LabelShape) -> Label:
    return Label(shape.nl, shape.en)


def _unknown(document: Document, policy: Policy, shape: _FileShape) -> Iterator[Finding]:
    words = policy.vocabulary
    special = words.with_parts(frozenset(shape.special))
    written: list[tuple[tuple[Key, ...], str, Iterable[str]]] = [
        (("special", name), name, words.categories) for name in shape.special
    ]
    for number, entry in enumerate(shape.people):
        written.append((("people", number, "role"), entry.role, words.roles))
        written.append((("people", number, "service"), entry.service, (*words.services, ALL)))
        for index, word in enumerate(entry.categories):
            written.append((("people", number, "categories", index), word, special))
    for keys, word, known in written:
        if word not in known:
            yield document.finding(keys, f"unknown word {quoted(word)}", did_you_mean(word, known))
