"""Calls of the contract as a backend writes them; checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, assert_type

import kg_access as kg

guard = kg.Guard.shipped()
assert_type(guard, kg.Guard)
assert_type(kg.Guard.load("policies/", models="models/"), kg.Guard)
assert_type(kg.Guard.load(Path("policies")), kg.Guard)
assert_type(kg.Guard.shipped(fulfils={"log", "redact"}), kg.Guard)
assert_type(kg.Guard.shipped(fulfils={kg.Obligation.REDACT}), kg.Guard)
assert_type(kg.Guard(kg.load_policy("policies"), fulfils=["redact"]), kg.Guard)
assert_type(guard.policy, kg.Policy)


# -- records: words as text or as member, days as text or as date, lists for sets -----------------------------------

nele = kg.Subject(
    "nele",
    kind="staff",
    assignments=[kg.Assignment(role="nurse", service="preventive_family_support", team="LT-GENT")],
    related_to={"D8"},
)
kg.Subject("x", kind=kg.Kind.PROCESSOR, organisation="gobiquity", related_to=["D8"])
kg.Subject("x", kind="recipient", authorisations=(), assignments=())
assert_type(nele.kind, kg.Kind)
assert_type(nele.assignments, tuple[kg.Assignment, ...])
assert_type(nele.related_to, frozenset[str])

task = kg.Assignment(
    role="nurse",
    service="preventive_family_support",
    dossier="D16",
    task="TSK-77",
    valid_from="2019-06-17",
    valid_until=date(2019, 6, 21),
)
assert_type(task.valid_from, date | None)
kg.Assignment(role="nurse", service="all", team=None, on_behalf_of="nele", valid_until=None)

authorisation = kg.Authorisation(
    id="AUT-1",
    service="preventive_family_support",
    categories=["personal_characteristics"],
    purpose="official_statistics",
    phases=["active", kg.Phase.PASSIVE],
    valid_from="2018-07-01",
    valid_until=date(2020, 12, 31),
)
assert_type(authorisation.categories, frozenset[str])
assert_type(authorisation.phases, frozenset[kg.Phase])
kg.Authorisation(id="A", service="adoption", categories={"health"}, purpose="supervision", phases=None)

dossier = kg.Dossier("D1", service="preventive_family_support", team="LT-GENT", use=[("2018-03-01", None)])
kg.Dossier("D2", service="adoption", use=[(date(2014, 5, 1), date(2017, 5, 1)), ("2019-02-01", None)])
kg.Dossier("D3", service="adoption", use=(("1994-01-01", "1996-12-31"),), retain_until="2015-12-31")
kg.Dossier("D4", service="adoption", retain_until=date(2015, 12, 31), preserved_for="historical")
kg.Dossier("D5", service="adoption", preserved_for=kg.Preservation.GENERAL, country_of_origin="VN")
kg.Dossier("D6", service="adoption", reserved_for=["an"], objection="pending", erasure=kg.Erasure.APPROVED)
kg.Dossier("D7", service="adoption", reserved_for=None, objection=kg.Objection.UPHELD, erasure="pending")
kg.Dossier("D8", service="adoption", controller="somebody_else")
assert_type(dossier.use, tuple[tuple[date, date | None], ...])
assert_type(dossier.retain_until, date | None)
assert_type(dossier.objection, kg.Objection | None)

context = kg.Context(
    channel="secure_transfer",
    destination_country="VN",
    recipient_type="competent_authority",
    access_country="BE",
    second_approver="mia",
    legal_basis_ref="LAW-1",
    relevance_ref=None,
    identity_proof="verified",
    caller_verified=True,
    encrypted=True,
    key_holder="agency",
    break_glass="a child in danger",
)
kg.Context(identity_proof=kg.IdentityProof.CLAIMED)
assert_type(context.channel, str | None)
assert_type(context.identity_proof, kg.IdentityProof | None)
assert_type(context.encrypted, bool)


# -- questions --------------------------------------------------------------------------------------------------------

decision = guard.decide(
    nele,
    "read",
    dossier,
    categories={"health"},
    group="child_and_family",
    purpose="preventive_family_support",
    at=None,
    mode="all",
    context=kg.Context(),
)
assert_type(decision, kg.Decision)
assert_type(guard.decide(nele, kg.Action.READ, dossier, categories=["health"], mode=kg.Mode.REDACT), kg.Decision)
assert_type(guard.decide(nele, "read", dossier, categories=("health",), at=datetime.now(UTC)), kg.Decision)
assert_type(guard.require(nele, "read", dossier, categories=frozenset({"health"})), kg.Decision)


def stored() -> Iterator[kg.Dossier]:
    """Give dossiers one by one, as a query does."""
    yield dossier


many = guard.decide_many(nele, "read", stored(), categories={"health"}, group="child_and_family")
assert_type(many, list[kg.Decision])
assert_type(guard.what_can(nele, dossier, group="child_and_family"), dict[str, frozenset[str]])
grants = guard.who_can("read", dossier, [nele], categories={"health"}, group="child_and_family")
assert_type(grants, list[kg.Grant])
assert_type(grants[0].subject, kg.Subject)
assert_type(grants[0].rules, tuple[str, ...])
assert_type(grants[0].decision, kg.Decision)
assert_type(guard.explain(nele, "read", dossier, categories={"health"}, language="en"), kg.Explanation)
guard.reload(kg.load_policy("policies"))
guard.reload(Path("policies"), models="models")


# -- answers ----------------------------------------------------------------------------------------------------------

assert_type(decision.effect, kg.Effect)
assert_type(decision.allowed, bool)
assert_type(bool(decision), bool)
assert_type(decision.phase, kg.Phase)
assert_type(decision.rules, tuple[str, ...])
assert_type(decision.reasons, tuple[kg.Reason, ...])
assert_type(decision.clauses, tuple[str, ...])
assert_type(decision.obligations, frozenset[kg.Obligation])
assert_type(decision.permitted, frozenset[str])
assert_type(decision.redacted, Mapping[str, tuple[kg.Reason, ...]])
assert_type(decision.disclosure, kg.Disclosure | None)
assert_type(decision.unsupported, frozenset[kg.Obligation])
assert_type(decision.policy, kg.PolicyReference)
assert_type(decision.policy.version, str)
assert_type(decision.facts, kg.Facts | None)
assert_type(decision.explain(), kg.Explanation)
assert_type(decision.explain(language="nl", audience="subject"), kg.Explanation)
wanted: Literal["nl", "en"] = "nl"
assert_type(decision.explain(language=wanted), kg.Explanation)
assert_type(decision.explain(language=kg.Language.EN, audience=kg.Audience.STAFF), kg.Explanation)

try:
    guard.require(nele, "read", dossier)
except kg.AccessDenied as denied:
    assert_type(denied.decision, kg.Decision)
except kg.UnknownTerm as unknown:
    assert_type(unknown.field, str)
    assert_type(unknown.term, str)
    assert_type(unknown.nearest, str | None)
except kg.PolicyError as refused:
    assert_type(refused.findings, tuple[kg.Finding, ...])
