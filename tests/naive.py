"""A naive evaluator of the access policy, in plain Python, for tests and for the speed comparison.

It is written straight from the readings of the statement and its register, not from the library: it
imports only the standard library, holds the tables as literals, and decides one request at a time.
Every current assignment of the person (a "hat") is judged for itself, and every category for itself;
a category is allowed if the scope allows it and some single hat opens it; limits override everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")


def _words(text: str) -> frozenset[str]:
    """The words of a list; eye screening is part of health, so it comes along with it."""
    words = set(text.split())
    return frozenset(words | {"eye_screening"} if "health" in words else words)


# --- Tables -------------------------------------------------------------------------------------

LISTED = {
    "preventive_family_support": _words(
        "identification financial personal_characteristics physical lifestyle complaints_incidents"
        " family_composition judicial consumption housing health education occupation employment"
        " youth_care_measures national_register_number ethnic_origin"
    ),
    "childcare": _words(
        "identification financial personal_characteristics complaints_incidents family_composition health"
        " judicial education occupation employment national_register_number"
    ),
    "adoption": _words(
        "identification financial personal_characteristics physical lifestyle family_composition judicial"
        " housing health education occupation religious_belief complaints_incidents national_register_number"
    ),
    "family_allowances": _words(
        "identification financial personal_characteristics family_composition childcare_data"
        " foster_adoption_data education occupation employment health judicial"
    ),
}
IN_FORCE_FROM = {"family_allowances": date(2019, 1, 1)}

GROUPS = {  # group: (service, its narrowed list)
    "child_and_family": ("preventive_family_support", LISTED["preventive_family_support"]),
    "facility_staff": (
        "preventive_family_support",
        _words(
            "identification financial personal_characteristics complaints_incidents judicial education"
            " occupation employment national_register_number"
        ),
    ),
    "parent": (
        "childcare",
        _words(
            "identification financial personal_characteristics complaints_incidents family_composition"
            " education occupation employment national_register_number"
        ),
    ),
    "cared_child": (
        "childcare",
        _words(
            "identification personal_characteristics complaints_incidents family_composition health"
            " national_register_number"
        ),
    ),
    "organiser": (
        "childcare",
        _words(
            "identification financial personal_characteristics complaints_incidents judicial education"
            " occupation employment national_register_number"
        ),
    ),
    "care_staff": (
        "childcare",
        _words(
            "identification personal_characteristics complaints_incidents health judicial education"
            " occupation employment national_register_number"
        ),
    ),
    "direct_contact_person": (
        "childcare",
        _words("identification personal_characteristics complaints_incidents judicial national_register_number"),
    ),
    "candidate_adopter": ("adoption", LISTED["adoption"]),
    "adoptive_child": (
        "adoption",
        _words(
            "identification personal_characteristics physical lifestyle family_composition judicial health"
            " education complaints_incidents national_register_number"
        ),
    ),
    "adoption_service_staff": (
        "adoption",
        _words(
            "identification personal_characteristics complaints_incidents judicial education occupation"
            " national_register_number"
        ),
    ),
    "advisory_committee_member": (
        "adoption",
        _words("identification financial education occupation national_register_number"),
    ),
    "allowance_child": ("family_allowances", LISTED["family_allowances"]),
    "allowance_beneficiary": (
        "family_allowances",
        _words(
            "identification financial personal_characteristics family_composition childcare_data"
            " foster_adoption_data education occupation employment judicial"
        ),
    ),
}

SERVICE_STAFF = {  # role: {service: its profile}
    "nurse": {
        "preventive_family_support": _words(
            "identification national_register_number personal_characteristics physical lifestyle consumption"
            " housing family_composition health youth_care_measures complaints_incidents ethnic_origin"
        )
    },
    "family_supporter": {
        "preventive_family_support": _words(
            "identification personal_characteristics lifestyle consumption housing family_composition financial"
            " education occupation employment youth_care_measures ethnic_origin"
        )
    },
    "consultation_physician": {
        "preventive_family_support": _words(
            "identification personal_characteristics physical lifestyle consumption family_composition health"
        )
    },
    "client_manager": {
        "childcare": _words(
            "identification national_register_number financial personal_characteristics complaints_incidents"
            " family_composition education occupation employment"
        )
    },
    "enforcement_officer": {"childcare": LISTED["childcare"]},
    "adoption_file_manager": {"adoption": LISTED["adoption"]},
    "adoption_official": {"adoption": LISTED["adoption"]},
    "allowance_file_manager": {"family_allowances": LISTED["family_allowances"]},
}
STAFF_ACTIONS = {"read", "search", "update", "communicate", "store", "transfer"}
PRIVACY_OFFICE = {"privacy_officer", "data_protection_officer"}
PHASES_OF_ROLE = {  # everyone else: active only
    "passive_file_keeper": {"passive"},
    "archivist": {"preserved"},
    "official_recipient": {"active", "passive"},
    "privacy_officer": {"active", "passive"},
    "data_protection_officer": {"active", "passive"},
}
PASSIVE_PURPOSES = {"accountability", "legal_claim", "data_subject_rights"}

PROCESSORS = {  # organisation: (role, services, purpose, categories); all of them in the active phase only
    "kind_en_gezin_lijn": ("helpline_operator", set(LISTED), "first_line_question", frozenset({"identification"})),
    "ldv_united": ("communication_agent", set(LISTED), "communication", frozenset({"identification"})),
    "gobiquity": (
        "eye_screening_technician",
        {"preventive_family_support"},
        "eye_screening",
        frozenset({"eye_screening"}),
    ),
}
PROCESSOR_ROLES = {entry[0] for entry in PROCESSORS.values()}
RECIPIENTS = {
    "statistiek_vlaanderen",
    "provinciale_steunpunten_sociale_planning",
    "departement_bestuurszaken",
    "departement_wvg",
}

EEA = {
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IS",
    "IT",
    "LI",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "NO",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
}
EEA_FORMER = {"GB": date(2020, 1, 31)}
OFFICE365 = {"office365", "teams", "sharepoint", "onedrive", "outlook", "microsoft_365"}
SOCIAL_MEDIA = {
    "social_media",
    "facebook",
    "messenger",
    "instagram",
    "linkedin",
    "twitter",
    "x",
    "youtube",
    "whatsapp",
    "tiktok",
}

PHASE_REASON = {
    "not_started": "not_in_use",
    "passive": "passive_restricted",
    "expired": "retention_expired",
    "retention_unknown": "retention_unknown",
    "preserved": "preserved_archive_only",
}
DENIAL_OBLIGATION = {
    "retention_expired": "erase",
    "retention_unknown": "notify_retention_owner",
    "erasure_approved": "erase",
    "objection_pending": "notify_dpo",
    "channel_social_media": "redirect_to_kg_lijn",
    "identity_not_proven": "verify_identity",
}


# --- What is passed around ----------------------------------------------------------------------


class Verdict(NamedTuple):
    """The answer to one request."""

    allowed: bool
    phase: str
    reasons: frozenset[str]
    permitted: frozenset[str]
    redacted: frozenset[str]
    obligations: frozenset[str]


class Request(NamedTuple):
    """One request, with the day and the phase already worked out."""

    subject: Any
    action: str
    dossier: Any
    group: Any
    purpose: Any
    context: Any
    day: date
    phase: str
    break_glass: bool

    def given(self, name: str) -> str:
        """An attribute of the context as text; empty when it is missing or blank."""
        return _text(getattr(self.context, name, None))

    def is_true(self, name: str) -> bool:
        """Whether an attribute of the context is set."""
        return getattr(self.context, name, None) is True

    def rights_case(self) -> bool:
        """Whether this is about a person's own rights, under an open case."""
        return self.purpose == "data_subject_rights" and self.given("case_ref") != ""


class Hat(NamedTuple):
    """What one assignment gives: why it fails (empty: it does not), what it opens, what it obliges to."""

    failures: set[str]
    categories: frozenset[str] = frozenset()
    otherwise: str = ""  # the reason for a category that it does not open, unless the scope has one
    obligations: frozenset[str] = frozenset()


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _in_dates(item: Any, day: date) -> bool:
    return (item.valid_from is None or item.valid_from <= day) and (item.valid_until is None or day <= item.valid_until)


def _in_eea(country: str, day: date) -> bool:
    code = country.upper()
    return code in EEA or (code in EEA_FORMER and day <= EEA_FORMER[code])


# --- The parts of a decision --------------------------------------------------------------------


def phase_of(dossier: Any, day: date) -> str:
    """The phase of the dossier on a day; dates that contradict each other take the stricter phase."""
    intervals = list(dossier.use or ())
    if not any(first <= day for first, _ in intervals):
        return "not_started"
    if dossier.retain_until is not None and day > dossier.retain_until:
        return "preserved" if dossier.preserved_for else "expired"
    if any(first <= day and (last is None or day <= last) for first, last in intervals):
        return "active"
    return "retention_unknown" if dossier.retain_until is None else "passive"


def _service_staff(request: Request, assignment: Any) -> Hat:
    dossier, deputy = request.dossier, assignment.on_behalf_of is not None
    failures: set[str] = set()
    obligations: set[str] = set()
    by_team = _text(assignment.team) != "" and assignment.team == dossier.team
    by_task = not deputy and assignment.dossier == dossier.id and _text(assignment.task) != ""
    if not by_team and not by_task:
        justified = request.given("break_glass") != "" and request.action == "read" and not deputy
        justified = justified and request.purpose == dossier.service  # an emergency is ordinary work
        if justified and request.break_glass:
            obligations |= {"notify_dpo", "record_justification", "review", "time_limit"}
        else:
            failures.add("no_task_need")
            if request.given("break_glass") and not request.break_glass:
                failures.add("break_glass_not_enabled")

    actions = STAFF_ACTIONS
    if request.purpose in ("automatic_grant", "sanction"):
        actions = {"read"}
        obligations.add("record_legal_basis")
        if not request.given("regulation_ref"):
            failures.add("no_legal_basis_ref")
    elif request.purpose != dossier.service:  # a service's own purpose bears its name
        failures.add("purpose_not_compatible")
    if request.action not in actions:
        failures.add("action_not_granted")
    profile = SERVICE_STAFF[assignment.role].get(dossier.service, frozenset())
    return Hat(failures, profile, "role_category", frozenset(obligations))


def _listed_staff(request: Request, assignment: Any) -> Hat:
    """The restricted list, the privacy office and the archive: no link, and never through a deputy."""
    role = assignment.role
    failures: set[str] = set()
    if assignment.on_behalf_of is not None:
        failures.add("no_task_need")
    if role in PRIVACY_OFFICE:
        actions, purposes = {"read", "disclose"}, {"data_subject_rights"}
        obligations = frozenset({"redact_third_party"})
        if not request.given("case_ref"):
            failures.add("no_rights_case")
        if request.action == "disclose" and request.given("identity_proof") != "verified":
            failures.add("identity_not_proven")
    elif role == "passive_file_keeper":
        actions, purposes = {"read", "search"}, PASSIVE_PURPOSES
        obligations = frozenset({"record_justification"})
    else:
        actions, purposes = {"read", "search"}, {"archive"}
        obligations = frozenset()
    if request.action not in actions:
        failures.add("action_not_granted")
    if request.purpose not in purposes:
        failures.add("purpose_not_compatible")
    return Hat(failures, LISTED.get(request.dossier.service, frozenset()), obligations=obligations)


def _processor(request: Request, assignment: Any) -> Hat:
    entry = PROCESSORS.get(request.subject.organisation)
    if request.subject.kind != "processor" or entry is None:
        return Hat({"processor_not_listed"})
    role, services, purpose, categories = entry
    failures: set[str] = set()
    obligations = {"processor_log"}
    if (
        assignment.role != role
        or request.dossier.service not in services
        or request.purpose != purpose
        or request.phase != "active"
    ):
        failures.add("processor_scope")
    if request.action != "read":
        failures.add("action_not_granted")
    if assignment.on_behalf_of is not None:  # a designation by name has no deputy (choice)
        failures.add("no_task_need")
    if role == "helpline_operator" and not request.is_true("caller_verified"):
        failures.add("identity_not_proven")
    if role == "eye_screening_technician":
        obligations.add("pseudonymise")
    access_country = request.given("access_country")
    if not access_country:
        failures.add("input_incomplete")
    elif not _in_eea(access_country, request.day):
        failures.add("transfer_outside_eea")
    return Hat(failures, categories, "processor_scope", frozenset(obligations))


def _recipient(request: Request, assignment: Any) -> Hat:
    subject = request.subject
    if subject.kind != "recipient" or subject.organisation not in RECIPIENTS:
        return Hat({"recipient_not_listed"})
    failures: set[str] = set()
    if request.action != "disclose":
        failures.add("action_not_granted")
    if assignment.on_behalf_of is not None:  # a designation by name has no deputy (choice)
        failures.add("no_task_need")
    covered: set[str] = set()
    for authorisation in subject.authorisations or ():
        if (
            authorisation.service == request.dossier.service
            and authorisation.purpose == request.purpose
            and request.phase in (authorisation.phases or ("active",))
            and _in_dates(authorisation, request.day)
        ):
            covered.update(authorisation.categories)
    if "health" in covered:
        covered.add("eye_screening")
    obligations = {"record_authorisation"}
    if request.purpose == "official_statistics":
        obligations.add("pseudonymise")
    return Hat(failures, frozenset(covered), "no_valid_authorisation", frozenset(obligations))


def _hat(request: Request, assignment: Any) -> Hat:
    """One current assignment in the dossier's service, with the phases and the limit that go with it."""
    role, phase, deputy = assignment.role, request.phase, assignment.on_behalf_of is not None
    if role in ("system_administrator", "external_auditor"):
        hat = Hat({"no_content_access"})
    elif role in PROCESSOR_ROLES:
        hat = _processor(request, assignment)
    elif role == "official_recipient":
        hat = _recipient(request, assignment)
    elif role == "consultation_volunteer" or request.subject.kind != "staff":
        hat = Hat({"not_staff"})
    elif role in SERVICE_STAFF:
        hat = _service_staff(request, assignment)
    elif role in PRIVACY_OFFICE or role in ("passive_file_keeper", "archivist"):
        hat = _listed_staff(request, assignment)
    else:
        hat = Hat({"action_not_granted"})

    if phase not in PHASES_OF_ROLE.get(role, {"active"}):
        if role == "archivist":
            hat.failures.add("not_preserved")
        hat.failures.add(PHASE_REASON.get(phase, "no_task_need"))
    elif phase == "passive" and deputy:
        hat.failures.add("passive_restricted")
    reserved_for = request.dossier.reserved_for
    bound = bool(reserved_for) and not (role in PRIVACY_OFFICE and request.rights_case())
    if bound and (deputy or request.subject.id not in reserved_for):
        hat.failures.add("protected_dossier")
    return hat


def _hats(request: Request) -> list[Hat]:
    """Every current hat in the dossier's service, or one hat that says why there is none."""
    current = [a for a in request.subject.assignments or () if _in_dates(a, request.day)]
    hats = [_hat(request, a) for a in current if a.service in ("all", request.dossier.service)]
    if hats:
        return hats
    failures = {"wrong_service"} if current else {"no_task_need"}
    if request.subject.kind == "volunteer" or (request.subject.kind == "staff" and not current):
        failures.add("not_staff")
    if request.phase != "active":
        failures.add(PHASE_REASON[request.phase])
    return [Hat(failures)]


def _limits(request: Request) -> tuple[set[str], set[str]]:  # noqa: PLR0915 - as long as the table of limits
    """The limits that forbid the request for every hat, and the obligations of the exceptions used."""
    dossier, action = request.dossier, request.action
    reasons: set[str] = set()
    obligations: set[str] = set()

    if request.purpose == "inbound_collection":  # what we ask of others needs an authorisation of theirs (KG-SRC-2)
        reasons.add("no_valid_authorisation")
    if not _text(request.purpose) or not _text(request.group):
        reasons.add("input_incomplete")
    if dossier.controller is not None:
        reasons.add("out_of_scope")
    if request.day < IN_FORCE_FROM.get(dossier.service, date.min):
        reasons.add("service_not_in_force")
    if request.phase in ("not_started", "retention_unknown", "expired"):
        reasons.add(PHASE_REASON[request.phase])
    if dossier.id in (request.subject.related_to or ()):
        reasons.add("conflict_of_interest")
    goes_on = request.rights_case() or request.purpose == "legal_claim"
    if dossier.objection in ("pending", "upheld") and not goes_on:
        reasons.add(f"objection_{dossier.objection}")
    if dossier.erasure == "approved":
        reasons.add("erasure_approved")
    elif dossier.erasure == "pending" and action in ("export", "disclose", "transfer"):
        reasons.add("erasure_pending")

    channel = request.given("channel").lower()
    if channel in SOCIAL_MEDIA:
        reasons.add("channel_social_media")
    elif channel in OFFICE365:
        holder = request.given("key_holder").lower()
        doubtful = holder in ("", "unknown", "onbekend") or "microsoft" in holder or "azure" in holder
        if not doubtful and request.is_true("encrypted") and request.given("exceptional_case_ref"):
            obligations |= {"encrypt_at_rest", "notify_dpo"}
        else:
            reasons.add("channel_o365_dossier")

    country, recipient_type = request.given("destination_country"), request.given("recipient_type")
    if recipient_type == "international_organisation":
        reasons.add("transfer_outside_eea")
    if country and not _in_eea(country, request.day):
        if action == "transfer" and request.group == "candidate_adopter":
            obligations.add("encrypt_in_transit")
            if recipient_type != "competent_authority":
                reasons.add("recipient_not_competent_authority")
            if country.upper() != _text(dossier.country_of_origin).upper():
                reasons.add("country_mismatch")
        else:
            reasons.add("transfer_outside_eea")
    if action == "transfer":
        obligations |= {"record_legal_basis", "four_eyes"}
        if not country or not recipient_type:
            reasons.add("input_incomplete")
        if not request.given("legal_basis_ref"):
            reasons.add("no_legal_basis_ref")
        if request.given("second_approver") in ("", _text(request.subject.id)):
            reasons.add("four_eyes_missing")
    return reasons, obligations


def _scope(request: Request, category: str) -> set[str]:
    """Why the category may not be processed at all for this service and group."""
    reasons: set[str] = set()
    service, narrowed = GROUPS.get(request.group, (None, frozenset[str]()))
    if category not in LISTED.get(request.dossier.service, frozenset()):
        reasons.add("category_not_listed")
    if service != request.dossier.service and request.group:
        reasons.add("group_not_listed")
    elif service and category not in narrowed:
        reasons.add("category_not_for_group")
    if category == "ethnic_origin" and not request.given("relevance_ref"):
        reasons.add("relevance_not_shown")
    return reasons


def evaluate(
    subject: Any,
    action: str,
    dossier: Any,
    *,
    categories: Iterable[str] = (),
    group: str | None = None,
    purpose: str | None = None,
    at: datetime,
    mode: str = "all",
    context: Any = None,
    published: bool = True,
    break_glass: bool = False,
) -> Verdict:
    """Decide whether the subject may do the action on these categories of the dossier at that moment.

    With mode "all" every category must be allowed; with mode "redact" at least one, and the others are
    left out (`redacted`). A denial permits nothing. Raises ValueError for a moment without a time zone.
    """
    if at.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    day = at.astimezone(BRUSSELS).date()
    request = Request(subject, action, dossier, group, purpose, context, day, phase_of(dossier, day), break_glass)

    reasons, obligations = _limits(request)
    if not published:
        reasons.add("policy_not_published")
    asked = frozenset(categories)
    hats = _hats(request)
    if not asked:
        reasons |= {"input_incomplete"} | min((hat.failures for hat in hats), key=len)

    permitted: set[str] = set()
    refusals: set[str] = set()
    for category in asked:
        refused = _scope(request, category)
        granting = [hat for hat in hats if not hat.failures and category in hat.categories]
        if not granting:
            best = min(hats, key=lambda hat: len(hat.failures) + (category not in hat.categories))
            refused |= best.failures
            if best.otherwise and category not in best.categories:
                refused.add(best.otherwise)
        if refused:
            refusals |= refused
            continue
        permitted.add(category)
        obligations |= min((hat.obligations for hat in granting), key=len)
        if category == "ethnic_origin":
            obligations.add("record_relevance")

    if reasons or not permitted or (mode != "redact" and len(permitted) < len(asked)):
        reasons |= refusals
        due = {DENIAL_OBLIGATION[reason] for reason in reasons if reason in DENIAL_OBLIGATION}
        return Verdict(False, request.phase, frozenset(reasons), frozenset(), frozenset(), frozenset(due | {"log"}))
    redacted = asked - permitted
    if redacted:
        obligations.add("redact")
    return Verdict(
        True, request.phase, frozenset(refusals), frozenset(permitted), redacted, frozenset(obligations | {"log"})
    )
