"""The shape of every YAML and TOML file of a policy, checked by pydantic; findings carry file, line and column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from kg_access.days import read_day
from kg_access.documents import Document, Key
from kg_access.errors import Finding, InvalidInput, did_you_mean, quoted
from kg_access.vocabulary import Disclosure, Phase

Content = TypeVar("Content")


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


class Shape(BaseModel):
    """What all shapes share: nothing unknown, nothing converted in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


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


def check(adapter: TypeAdapter[Content], document: Document, findings: list[Finding]) -> Content | None:
    """
    Check the content of a file against its shape.

    Args:
        adapter: The shape.
        document: The file.
        findings: Where findings go.

    Returns:
        The checked content, or `None` when it is refused.
    """
    try:
        return adapter.validate_python(document.content)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            if not any(str(key).startswith("literal[") for key in problem["loc"]):
                findings.append(_finding(document, problem))
        return None


def _finding(document: Document, problem: Mapping[str, Any]) -> Finding:
    written: tuple[Key, ...] = tuple(key for key in problem["loc"] if not str(key).endswith("]"))
    keys = written
    while keys and keys not in document.places and problem["type"] != "missing":
        keys = keys[:-1]
    last = next((key for key in reversed(written) if isinstance(key, str)), "the file")
    match problem["type"]:
        case "extra_forbidden":
            siblings = _known_keys(document, keys)
            return document.finding(keys, f"unknown key {quoted(last)}", did_you_mean(last, siblings))
        case "missing":
            return document.finding(keys[:-1], f"the key {quoted(last)} is missing")
        case "literal_error" | "enum":
            expected = str(problem["ctx"]["expected"]).replace("'", "`")
            return document.finding(
                keys, f"unknown word {quoted(problem['input'])} in {quoted(last)}", f"known are {expected}"
            )
        case "value_error":
            return document.finding(keys, f"{quoted(last)} is wrong", str(problem["ctx"]["error"]))
        case _:
            return document.finding(keys, f"{quoted(last)} is wrong: {str(problem['msg']).lower()}")


_KEYS_OF = {
    "nl", "en", "standing", "profile", "own_purpose", "in_force_from", "part_of", "categories", "counts_as",
    "valid_from", "valid_until", "clauses", "role", "services", "purpose", "phases", "caller_verified", "obligations",
    "until", "contains", "equals", "by", "how_nl", "how_en", "word_nl", "word_en", "values", "disclosure", "remedy",
    "place", "level", "name", "version", "published_on", "effective_from", "controller", "contact", "break_glass",
    "list_sizes",
}  # fmt: skip


def _known_keys(document: Document, keys: tuple[Key, ...]) -> set[str]:
    content = document.content
    for key in keys[:-1]:
        content = content[key]
    return _KEYS_OF - set(content)


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
