"""
Requests for property tests under the shipped policy.

A request starts as one that is permitted; then up to four of its aspects are changed, each without regard for the
others, so that about half of the requests are permits and the denials lie near the border.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st

from kg_access import (
    AccessRequest,
    Action,
    Assignment,
    Authorisation,
    Context,
    Dossier,
    Erasure,
    IdentityProof,
    Kind,
    Mode,
    Objection,
    Phase,
    Preservation,
    Subject,
)

AT: Final = datetime(2019, 6, 17, 10, tzinfo=ZoneInfo("Europe/Brussels"))
"""The moment of every request."""
TODAY: Final = AT.date()

PERSON: Final = "person-7f3a"
FILE: Final = "file-91c2"
COLLEAGUE: Final = "colleague-08bd"
NOTE: Final = "note-55d0"
TEAM: Final = "team-e4e4"
OTHER_TEAM: Final = "team-b0b0"
PRIVATE: Final = (PERSON, FILE, COLLEAGUE, NOTE, TEAM, OTHER_TEAM)
"""Every id and reference that a request of this module may hold; none of them may show in an explanation."""

SERVICES: Final = ("preventive_family_support", "childcare", "adoption", "family_allowances")
ROLES: Final = (
    "nurse", "family_supporter", "consultation_physician", "client_manager", "enforcement_officer",
    "adoption_file_manager", "adoption_official", "allowance_file_manager", "passive_file_keeper", "privacy_officer",
    "data_protection_officer", "archivist", "system_administrator", "external_auditor", "consultation_volunteer",
    "helpline_operator", "communication_agent", "eye_screening_technician", "official_recipient",
)  # fmt: skip
CATEGORIES: Final = (
    "identification", "financial", "personal_characteristics", "physical", "lifestyle", "complaints_incidents",
    "family_composition", "judicial", "consumption", "housing", "health", "education", "occupation", "employment",
    "youth_care_measures", "national_register_number", "ethnic_origin", "religious_belief", "childcare_data",
    "foster_adoption_data", "eye_screening",
)  # fmt: skip
GROUPS: Final = (
    "child_and_family", "facility_staff", "parent", "cared_child", "organiser", "care_staff", "direct_contact_person",
    "candidate_adopter", "adoptive_child", "adoption_service_staff", "advisory_committee_member", "allowance_child",
    "allowance_beneficiary", "birth_parent", "neighbour",
)  # fmt: skip
PURPOSES: Final = (
    "preventive_family_support", "childcare", "adoption", "family_allowances", "automatic_grant", "sanction",
    "accountability", "legal_claim", "data_subject_rights", "archive", "first_line_question", "communication",
    "eye_screening", "official_statistics", "supervision", "inbound_collection", "marketing", "other",
)  # fmt: skip
ORGANISATIONS: Final = (
    None, "kind_en_gezin_lijn", "ldv_united", "gobiquity", "statistiek_vlaanderen", "departement_wvg", "not_registered",
)  # fmt: skip
CHANNELS: Final = (None, "case_system", "email", "portal", "teams", "outlook", "office365", "social_media", "whatsapp")
COUNTRIES: Final = (None, "BE", "NO", "GB", "VN", "BG", "US", "vn", "??")
RECIPIENT_TYPES: Final = (None, "competent_authority", "hospital", "school", "international_organisation", "person")
KEY_HOLDERS: Final = (None, "unknown", "Microsoft Azure", "the agency's own key room")

Value = TypeVar("Value")
Aspect = Callable[[st.DrawFn, AccessRequest], AccessRequest]

_OPEN: Final = ((date(2018, 3, 1), None),)
_PAST: Final = ((date(2014, 5, 1), date(2017, 5, 1)),)


def _staff(role: str, service: str, team: str | None = TEAM) -> Subject:
    return Subject(PERSON, kind=Kind.STAFF, assignments=[Assignment(role=role, service=service, team=team)])


def _outsider(kind: Kind, role: str, organisation: str, *authorisations: Authorisation) -> Subject:
    return Subject(
        PERSON,
        kind=kind,
        organisation=organisation,
        assignments=[Assignment(role=role, service="all")],
        authorisations=authorisations,
    )


def _active(service: str) -> Dossier:
    return Dossier(FILE, service=service, team=TEAM, use=_OPEN)


def _passive(service: str) -> Dossier:
    return Dossier(FILE, service=service, team=TEAM, use=_PAST, retain_until=date(2032, 12, 31))


def _asked(
    subject: Subject,
    action: Action,
    dossier: Dossier,
    categories: set[str],
    group: str,
    purpose: str,
    context: Context = Context(),  # noqa: B008 - it is frozen
) -> AccessRequest:
    return AccessRequest(
        subject=subject,
        action=action,
        dossier=dossier,
        categories=frozenset(categories),
        group=group,
        purpose=purpose,
        at=AT,
        context=context,
    )


def _statistics(*phases: Phase) -> Authorisation:
    return Authorisation(
        id=NOTE,
        service="preventive_family_support",
        categories={"personal_characteristics", "family_composition"},
        purpose="official_statistics",
        phases=phases,
        valid_from=date(2018, 7, 1),
        valid_until=date(2020, 12, 31),
    )


NURSE_READS: Final = _asked(
    _staff("nurse", "preventive_family_support"),
    Action.READ,
    _active("preventive_family_support"),
    {"health"},
    "child_and_family",
    "preventive_family_support",
)
ADOPTION_TRANSFER: Final = _asked(
    _staff("adoption_file_manager", "adoption"),
    Action.TRANSFER,
    attrs.evolve(_active("adoption"), country_of_origin="VN"),
    {"identification", "health"},
    "candidate_adopter",
    "adoption",
    Context(
        destination_country="VN",
        recipient_type="competent_authority",
        legal_basis_ref=NOTE,
        second_approver=COLLEAGUE,
    ),
)
OFFICE365_EXCEPTION: Final = attrs.evolve(
    NURSE_READS,
    context=Context(channel="teams", encrypted=True, key_holder="the agency's own key room", exceptional_case_ref=NOTE),
)
HELPLINE: Final = _asked(
    _outsider(Kind.PROCESSOR, "helpline_operator", "kind_en_gezin_lijn"),
    Action.READ,
    _active("childcare"),
    {"identification"},
    "parent",
    "first_line_question",
    Context(caller_verified=True, access_country="BE"),
)
RECIPIENT: Final = _asked(
    _outsider(Kind.RECIPIENT, "official_recipient", "statistiek_vlaanderen", _statistics(Phase.ACTIVE)),
    Action.DISCLOSE,
    _active("preventive_family_support"),
    {"personal_characteristics"},
    "child_and_family",
    "official_statistics",
)
KEEPER: Final = _asked(
    _staff("passive_file_keeper", "preventive_family_support", None),
    Action.READ,
    _passive("preventive_family_support"),
    {"identification", "financial"},
    "child_and_family",
    "accountability",
)
DISCLOSURE: Final = _asked(
    _staff("privacy_officer", "all", None),
    Action.DISCLOSE,
    _active("adoption"),
    {"identification", "religious_belief"},
    "candidate_adopter",
    "data_subject_rights",
    Context(case_ref=NOTE, identity_proof=IdentityProof.VERIFIED),
)

PERMITTED: Final = (
    NURSE_READS,
    ADOPTION_TRANSFER,
    OFFICE365_EXCEPTION,
    HELPLINE,
    RECIPIENT,
    KEEPER,
    DISCLOSURE,
    _asked(
        _staff("archivist", "all", None),
        Action.SEARCH,
        attrs.evolve(_passive("childcare"), retain_until=date(2018, 12, 31), preserved_for=Preservation.HISTORICAL),
        {"identification"},
        "organiser",
        "archive",
    ),
    _asked(
        _outsider(Kind.PROCESSOR, "eye_screening_technician", "gobiquity"),
        Action.READ,
        _active("preventive_family_support"),
        {"eye_screening"},
        "child_and_family",
        "eye_screening",
        Context(access_country="BE"),
    ),
    attrs.evolve(
        NURSE_READS,
        purpose="automatic_grant",
        context=Context(regulation_ref=NOTE),
    ),
    attrs.evolve(NURSE_READS, categories=frozenset({"ethnic_origin", "housing"}), context=Context(relevance_ref=NOTE)),
    _asked(
        _staff("enforcement_officer", "childcare"),
        Action.UPDATE,
        _active("childcare"),
        {"judicial", "complaints_incidents"},
        "organiser",
        "childcare",
    ),
    _asked(
        _staff("allowance_file_manager", "family_allowances"),
        Action.TRANSFER,
        _active("family_allowances"),
        {"financial"},
        "allowance_beneficiary",
        "family_allowances",
        Context(
            destination_country="NO",
            recipient_type="public_service",
            legal_basis_ref=NOTE,
            second_approver=COLLEAGUE,
        ),
    ),
    attrs.evolve(
        RECIPIENT,
        subject=_outsider(
            Kind.RECIPIENT, "official_recipient", "statistiek_vlaanderen", _statistics(Phase.ACTIVE, Phase.PASSIVE)
        ),
        dossier=_passive("preventive_family_support"),
    ),
    attrs.evolve(KEEPER, subject=_staff("data_protection_officer", "all", None),
        purpose="data_subject_rights",
        context=Context(case_ref=NOTE),
    ),
)  # fmt: skip
"""Requests that are all permitted."""


def _pick(draw: st.DrawFn, *values: Value) -> Value:
    return draw(st.sampled_from(values))


def _with_assignment(request: AccessRequest, **changes: Any) -> AccessRequest:
    first, *others = request.subject.assignments or (Assignment(role="nurse", service="preventive_family_support"),)
    assignments = (attrs.evolve(first, **changes), *others)
    return attrs.evolve(request, subject=attrs.evolve(request.subject, assignments=assignments))


def _with_subject(request: AccessRequest, **changes: Any) -> AccessRequest:
    return attrs.evolve(request, subject=attrs.evolve(request.subject, **changes))


def _with_dossier(request: AccessRequest, **changes: Any) -> AccessRequest:
    return attrs.evolve(request, dossier=attrs.evolve(request.dossier, **changes))


def _with_context(request: AccessRequest, **changes: Any) -> AccessRequest:
    return attrs.evolve(request, context=attrs.evolve(request.context, **changes))


def _role(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_assignment(request, role=_pick(draw, *ROLES))


def _service_of_assignment(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_assignment(request, service=_pick(draw, request.dossier.service, "all", *SERVICES))


def _kind(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_subject(request, kind=_pick(draw, *Kind))


def _organisation(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_subject(request, organisation=_pick(draw, *ORGANISATIONS))


def _link(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    if draw(st.booleans()):
        return _with_assignment(request, team=_pick(draw, TEAM, OTHER_TEAM, None))
    return _with_assignment(request, team=None, dossier=_pick(draw, FILE, NOTE), task=_pick(draw, NOTE, None))


def _deputy(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_assignment(request, on_behalf_of=_pick(draw, COLLEAGUE, None))


def _dates_of_assignment(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    first = draw(st.none() | st.integers(-400, 60).map(_day))
    last = draw(st.none() | st.integers(0, 800).map(lambda days: (first or TODAY) + timedelta(days)))
    return _with_assignment(request, valid_from=first, valid_until=last)


def _second_assignment(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    other = Assignment(
        role=_pick(draw, *ROLES),
        service=_pick(draw, request.dossier.service, "all", *SERVICES),
        team=_pick(draw, TEAM, OTHER_TEAM, None),
        on_behalf_of=_pick(draw, None, None, COLLEAGUE),
        valid_until=draw(st.none() | st.integers(-10, 300).map(_day)),
    )
    return _with_subject(request, assignments=(*request.subject.assignments, other))


def _no_assignment(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_subject(request, assignments=request.subject.assignments[: draw(st.integers(0, 1))])


def _authorisation(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    named = Authorisation(
        id=NOTE,
        service=_pick(draw, request.dossier.service, *SERVICES),
        categories=draw(st.sets(st.sampled_from(CATEGORIES), max_size=2)) | request.categories,
        purpose=_pick(draw, request.purpose or "supervision", "supervision", "official_statistics"),
        phases=draw(st.sets(st.sampled_from(Phase), min_size=1, max_size=3)),
        valid_from=draw(st.none() | st.integers(-400, 40).map(_day)),
        valid_until=draw(st.none() | st.integers(60, 900).map(_day)),
    )
    kept = request.subject.authorisations if draw(st.booleans()) else ()
    return _with_subject(request, authorisations=(*kept, named))


def _related(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_subject(request, related_to={_pick(draw, FILE, FILE, NOTE)})


def _team_of_dossier(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_dossier(request, team=_pick(draw, TEAM, OTHER_TEAM, None))


def _service_of_dossier(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_dossier(request, service=_pick(draw, request.dossier.service, *SERVICES))


def _phase(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    begin = draw(st.integers(-2000, 60).map(_day))
    end = draw(st.none() | st.integers(0, 2100).map(lambda days: begin + timedelta(days)))
    again = draw(st.none() | st.integers(-100, 300).map(_day))
    use = [(begin, end)] if again is None else [(begin, end), (again, None)]
    return _with_dossier(
        request,
        use=use,
        retain_until=draw(st.none() | st.integers(-200, 5000).map(_day)),
        preserved_for=_pick(draw, None, *Preservation),
    )


def _reserved(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_dossier(request, reserved_for={_pick(draw, PERSON, COLLEAGUE), COLLEAGUE})


def _objection(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_dossier(request, objection=_pick(draw, None, *Objection))


def _erasure(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_dossier(request, erasure=_pick(draw, None, *Erasure))


def _controller(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_dossier(request, controller=_pick(draw, None, "kind_en_gezin", "another organisation"))


def _country_of_origin(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_dossier(request, country_of_origin=_pick(draw, "VN", "BG", "US", None))


def _purpose(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return attrs.evolve(request, purpose=_pick(draw, request.dossier.service, None, *PURPOSES))


def _group(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return attrs.evolve(request, group=_pick(draw, None, *GROUPS))


def _categories(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    more = draw(st.sets(st.sampled_from(CATEGORIES), max_size=3))
    kept = request.categories if draw(st.booleans()) else frozenset[str]()
    return attrs.evolve(request, categories=kept | more)


def _action(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return attrs.evolve(request, action=_pick(draw, *Action))


def _mode(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    more = draw(st.sets(st.sampled_from(CATEGORIES), max_size=2))
    return attrs.evolve(request, mode=_pick(draw, *Mode), categories=request.categories | more)


def _channel(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_context(
        request,
        channel=_pick(draw, *CHANNELS),
        encrypted=draw(st.booleans()),
        key_holder=_pick(draw, *KEY_HOLDERS),
        exceptional_case_ref=_pick(draw, None, NOTE),
    )


def _destination(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_context(
        request,
        destination_country=_pick(draw, *COUNTRIES),
        recipient_type=_pick(draw, *RECIPIENT_TYPES),
    )


def _references(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    names = ("relevance_ref", "regulation_ref", "case_ref", "legal_basis_ref", "exceptional_case_ref")
    changed = draw(st.sets(st.sampled_from(names), min_size=1, max_size=2))
    return _with_context(request, **{name: _pick(draw, None, NOTE) for name in sorted(changed)})


def _approval(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_context(
        request,
        second_approver=_pick(draw, None, PERSON, COLLEAGUE),
        identity_proof=_pick(draw, None, *IdentityProof),
    )


def _access(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_context(request, access_country=_pick(draw, *COUNTRIES), caller_verified=draw(st.booleans()))


def _break_glass(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    return _with_context(request, break_glass=_pick(draw, None, NOTE))


ASPECTS: Final[tuple[Aspect, ...]] = (
    _role, _service_of_assignment, _kind, _organisation, _link, _deputy, _dates_of_assignment, _second_assignment,
    _no_assignment, _authorisation, _related, _team_of_dossier, _service_of_dossier, _phase, _reserved, _objection,
    _erasure, _controller, _country_of_origin, _purpose, _group, _categories, _action, _mode, _channel, _destination,
    _references, _approval, _access, _break_glass,
)  # fmt: skip
"""What may be changed about a request."""


def _day(days: int) -> date:
    return TODAY + timedelta(days)


def _vary(draw: st.DrawFn, request: AccessRequest) -> AccessRequest:
    """Change what makes no difference, so that there are many permits."""
    request = _with_assignment(
        request,
        valid_from=draw(st.none() | st.integers(-900, 0).map(_day)),
        valid_until=draw(st.none() | st.integers(0, 900).map(_day)),
    )
    request = _with_dossier(
        request,
        objection=_pick(draw, None, Objection.REJECTED),
        controller=_pick(draw, None, "kind_en_gezin"),
        reserved_for=_pick(draw, None, {PERSON}),
    )
    return _with_context(
        request,
        channel=request.context.channel or _pick(draw, None, "case_system", "email"),
        regulation_ref=request.context.regulation_ref or _pick(draw, None, NOTE),
        relevance_ref=request.context.relevance_ref or _pick(draw, None, NOTE),
    )


@st.composite
def requests(draw: st.DrawFn) -> AccessRequest:
    """Draw a request at `AT`: one that is permitted, with up to four aspects changed."""
    request = _vary(draw, draw(st.sampled_from(PERMITTED)))
    count = draw(st.sampled_from((0, 0, 1, 1, 1, 2, 2, 3, 4)))
    for aspect in draw(st.lists(st.sampled_from(ASPECTS), min_size=count, max_size=count, unique=True)):
        request = aspect(draw, request)
    return request
