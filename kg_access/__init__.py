"""
A privacy statement as code: who may reach which dossier, and why not.

The house, from the ground up; a module imports only from those before it:
errors - markup - vocabulary, days, reading, report - subject, lifecycle, documents - dossier, shapes - request, facts
- policy - decision, designations, _shipped - _engine, fact_finder, audit, redaction, space - decision_point - explain
- _snapshot - guard - scenarios, enforcement - integrations, testing, invariants, difference, coverage, mutation, book
- trace - lint - cli.
"""

from kg_access._shipped import load_policy
from kg_access.decision import Decision, PolicyReference
from kg_access.dossier import Dossier
from kg_access.enforcement.access import Access, Permitted
from kg_access.enforcement.duties import Duty
from kg_access.enforcement.marks import exempt, requires, requires_each
from kg_access.enforcement.point import EnforcementPoint
from kg_access.enforcement.step_up import Authentication, StepUp
from kg_access.errors import (
    AccessDenied,
    AccessError,
    EngineFailure,
    Finding,
    InvalidInput,
    PolicyDataMissing,
    PolicyError,
    ScenarioError,
    UnknownTerm,
)
from kg_access.explain import Explanation
from kg_access.facts import Facts
from kg_access.guard import Grant, Guard
from kg_access.policy import Policy
from kg_access.redaction import Category, NotPersonal, Partial, fields_without_category, redact
from kg_access.request import AccessRequest, Context
from kg_access.subject import Assignment, Authorisation, Standing, Subject
from kg_access.vocabulary import (
    Action,
    Audience,
    Disclosure,
    Effect,
    Erasure,
    IdentityProof,
    Kind,
    Language,
    Mode,
    Objection,
    Obligation,
    Phase,
    Preservation,
    Reason,
)

__all__ = [
    "Access",
    "AccessDenied",
    "AccessError",
    "AccessRequest",
    "Action",
    "Assignment",
    "Audience",
    "Authentication",
    "Authorisation",
    "Category",
    "Context",
    "Decision",
    "Disclosure",
    "Dossier",
    "Duty",
    "Effect",
    "EnforcementPoint",
    "EngineFailure",
    "Erasure",
    "Explanation",
    "Facts",
    "Finding",
    "Grant",
    "Guard",
    "IdentityProof",
    "InvalidInput",
    "Kind",
    "Language",
    "Mode",
    "NotPersonal",
    "Objection",
    "Obligation",
    "Partial",
    "Permitted",
    "Phase",
    "Policy",
    "PolicyDataMissing",
    "PolicyError",
    "PolicyReference",
    "Preservation",
    "Reason",
    "ScenarioError",
    "Standing",
    "StepUp",
    "Subject",
    "UnknownTerm",
    "exempt",
    "fields_without_category",
    "load_policy",
    "redact",
    "requires",
    "requires_each",
]
