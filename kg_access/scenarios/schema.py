"""The shape of scenario and organisation files, checked by pydantic."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, TypeAdapter, model_validator

from kg_access.shapes import Shape
from kg_access.vocabulary import Effect, Obligation, Phase, Reason


class Entry(Shape):
    """A part of these files; a key without a value is as if it were not there, which a policy file never takes."""

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, content: object) -> object:
        if not isinstance(content, dict):
            return content
        return {key: value for key, value in content.items() if value is not None}


class Period(Entry):
    """A first and a last day, both inclusive; the records check the days themselves."""

    first: str | None = Field(default=None, alias="from")
    last: str | None = Field(default=None, alias="until")


class UseShape(Entry):
    """An interval of use, both days inclusive; without a last day it goes on."""

    first: str = Field(alias="from")
    last: str | None = Field(default=None, alias="until")


class AssignmentShape(Period):
    """An assignment of a subject."""

    role: str
    service: str
    team: str | None = None
    dossier: str | None = None
    task: str | None = None
    on_behalf_of: str | None = None


class SubjectShape(Entry):
    """A subject of an organisation."""

    kind: str
    assignments: list[AssignmentShape] = []
    organisation: str | None = None
    related_to: list[str] = []


class DossierShape(Entry):
    """A dossier of an organisation."""

    service: str
    team: str | None = None
    use: list[UseShape] = []
    retain_until: str | None = None
    preserved_for: str | None = None
    country_of_origin: str | None = None
    reserved_for: list[str] = []
    objection: str | None = None
    erasure: str | None = None
    controller: str | None = None


class AuthorisationShape(Period):
    """An authorisation, which goes to every subject of its recipient."""

    id: str
    recipient: str
    service: str
    categories: list[str]
    purpose: str
    phases: list[str] | None = None


class OrganisationShape(Entry):
    """An organisation: people, dossiers and authorisations."""

    subjects: dict[str, SubjectShape] = Field(min_length=1)
    dossiers: dict[str, DossierShape] = Field(min_length=1)
    authorisations: list[AuthorisationShape] = []


def _justified(value: object) -> object:
    return {"justification": value} if isinstance(value, str) else value


class BreakGlassShape(Entry):
    """Emergency access that is asked for."""

    justification: str


class ContextShape(Entry):
    """The circumstances of a case."""

    channel: str | None = None
    destination_country: str | None = None
    recipient_type: str | None = None
    access_country: str | None = None
    second_approver: str | None = None
    legal_basis_ref: str | None = None
    relevance_ref: str | None = None
    regulation_ref: str | None = None
    case_ref: str | None = None
    identity_proof: str | None = None
    caller_verified: StrictBool = False
    encrypted: StrictBool = False
    key_holder: str | None = None
    exceptional_case_ref: str | None = None
    break_glass: Annotated[BreakGlassShape | None, BeforeValidator(_justified)] = None


class OverlayShape(Entry):
    """Switches of the policy that a case sets otherwise."""

    published: StrictBool | None = None
    break_glass: StrictBool | None = None


class ExpectShape(Entry):
    """What a case expects: effect, phase and redacted exactly, reasons, obligations and rules at least."""

    effect: Effect
    phase: Phase | None = None
    reasons: list[Reason] = []
    obligations: list[Obligation] = []
    rules: list[str] = []
    redacted: list[str] | None = None


class SettingShape(Entry):
    """What a case and a product share: what it is about, and the circumstances of the request."""

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    basis: str | None = None
    clauses: list[str] = []
    at: str
    group: str | None = None
    purpose: str | None = None
    context: ContextShape = ContextShape()
    policy: OverlayShape = OverlayShape()
    fulfils: list[Obligation] | None = None


class CaseShape(SettingShape):
    """A case."""

    subject: str
    action: str
    dossier: str
    categories: list[str] = []
    mode: Literal["all", "redact"] = "all"
    expect: ExpectShape


Axis = Annotated[list[str], Field(min_length=1)]


class PermittedShape(Entry):
    """A block of permitted cells; a key that is left out stands for all its words in the product."""

    subjects: Axis | None = None
    actions: Axis | None = None
    dossiers: Axis | None = None
    categories: Axis | None = None
    purposes: Axis | None = None


class ProductShape(SettingShape):
    """A product: every combination of its words, of which the permitted ones are listed."""

    subjects: Axis
    actions: Axis
    dossiers: Axis
    categories: Axis
    purposes: Axis | None = None
    permitted: list[PermittedShape]


class ScenarioShape(Entry):
    """A scenario file; its cases and products are checked one by one."""

    organisation: Any
    cases: list[Any] = Field(default=[], min_length=1)
    products: list[Any] = Field(default=[], min_length=1)


CASE = TypeAdapter(CaseShape)
ORGANISATION = TypeAdapter(OrganisationShape)
PRODUCT = TypeAdapter(ProductShape)
SCENARIOS = TypeAdapter(ScenarioShape)
