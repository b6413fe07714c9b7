"""The shape of every YAML and TOML file of a policy, for pydantic."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    TypeAdapter,
    model_validator,
)

from kg_access.days import read_day
from kg_access.errors import InvalidInput
from kg_access.shapes import Shape
from kg_access.vocabulary import Disclosure, Phase


def _written_day(value: object) -> object:
    try:
        return read_day("day", value)
    except InvalidInput:
        raise ValueError("write a calendar day like `2019-01-31`") from None


def _profile(value: object) -> object:
    if value is None or value == "whole_list" or isinstance(value, dict):
        return value
    raise ValueError("write `whole_list`, or the categories of each service")


def _one_line(value: str) -> str:
    if value != value.strip() or not value:
        raise ValueError("the text is empty or has blanks around it")
    return value


Text = Annotated[str, AfterValidator(_one_line)]
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
Day = Annotated[date | None, BeforeValidator(_written_day)]
_CLAUSE = r"^KG-[A-Z0-9]+(-[A-Z0-9]+)*[a-z]?$"
ClauseId = Annotated[str, Field(pattern=rf"{_CLAUSE}|^choice$")]
By = Literal["requester", "team_lead", "privacy_office", "policy_officer", "application", "nobody"]


class LabelShape(Shape):
    """A label in both languages."""

    nl: Text
    en: Text


class RoleShape(LabelShape):
    """An entry of `vocabulary/roles.yaml`."""

    standing: Word
    profile: Annotated[dict[Word, list[Word]] | Literal["whole_list"] | None, BeforeValidator(_profile)] = None


class ServiceShape(LabelShape):
    """An entry of `vocabulary/services.yaml`."""

    own_purpose: Word
    in_force_from: Day = None


class CategoryShape(LabelShape):
    """An entry of `vocabulary/categories.yaml`."""

    part_of: Word | None = None


class GroupShape(LabelShape):
    """An entry of `vocabulary/groups.yaml`."""

    categories: list[Word]


class ChannelShape(LabelShape):
    """An entry of `vocabulary/channels.yaml`."""

    counts_as: Literal["ordinary", "office365", "social_media"]


class DatedShape(LabelShape):
    """An entry of a register that counts between two days."""

    valid_from: Day = None
    valid_until: Day = None

    @model_validator(mode="after")
    def _in_order(self) -> DatedShape:
        if self.valid_from is not None and self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError(f"`valid_until` {self.valid_until} comes before `valid_from` {self.valid_from}")
        return self


class RecipientShape(DatedShape):
    """An entry of `registers/recipients.yaml`."""

    clauses: list[ClauseId] = Field(min_length=1)


class ProcessorShape(RecipientShape):
    """An entry of `registers/processors.yaml`."""

    role: Word
    services: list[Word] = Field(min_length=1)
    purpose: Word
    categories: list[Word] = Field(min_length=1)
    phases: list[Phase] = Field(min_length=1)
    caller_verified: StrictBool = False
    obligations: list[Word] = []


class CountryShape(LabelShape):
    """An entry of `registers/eea.yaml`."""

    until: Day = None


class HolderShape(Shape):
    """An entry of `registers/key_holders.yaml`."""

    contains: list[Text] = []
    equals: list[Text] = []


class HoldersShape(Shape):
    """The file `registers/key_holders.yaml`."""

    microsoft: HolderShape
    unknown: HolderShape


class ValueShape(LabelShape):
    """A value of a fact."""

    by: By | None = None
    how_nl: Text | None = None
    how_en: Text | None = None
    only_from: list[Word] | None = None


class FactShape(LabelShape):
    """An entry of `vocabulary/facts.yaml`."""

    word_nl: Text | None = None
    word_en: Text | None = None
    values: dict[Word, ValueShape] = {}


class RemedyShape(LabelShape):
    """What helps against a reason."""

    by: By


class ReasonShape(LabelShape):
    """An entry of `reasons.yaml`."""

    clauses: list[ClauseId] = Field(min_length=1)
    disclosure: Disclosure
    remedy: RemedyShape


class ClauseShape(LabelShape):
    """An entry of `clauses.yaml`."""

    place: Text
    level: Literal["decides", "obliges", "informs"]


class PolicyShape(Shape):
    """The file `policy.toml`."""

    name: Text
    version: Text
    published_on: Day = None
    effective_from: Annotated[date, BeforeValidator(_written_day)]
    controller: Text
    contact: Text
    break_glass: StrictBool
    list_sizes: dict[Word, Annotated[StrictInt, Field(ge=1)]] = {}


LABELS = TypeAdapter(dict[Word, LabelShape])
ROLES = TypeAdapter(dict[Word, RoleShape])
SERVICES = TypeAdapter(dict[Word, ServiceShape])
CATEGORIES = TypeAdapter(dict[Word, CategoryShape])
GROUPS = TypeAdapter(dict[Word, GroupShape])
CHANNELS = TypeAdapter(dict[Word, ChannelShape])
RECIPIENTS = TypeAdapter(dict[Word, RecipientShape])
PROCESSORS = TypeAdapter(dict[Word, ProcessorShape])
COUNTRIES = TypeAdapter(dict[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], CountryShape])
HOLDERS = TypeAdapter(HoldersShape)
FACTS = TypeAdapter(dict[Word, FactShape])
REASONS = TypeAdapter(dict[Word, ReasonShape])
CLAUSES = TypeAdapter(dict[Annotated[str, Field(pattern=_CLAUSE)], ClauseShape])
POLICY = TypeAdapter(PolicyShape)
