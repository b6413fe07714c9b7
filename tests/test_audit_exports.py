"""What `kg-access audit export` writes is valid under the published schemas of OCSF and of FHIR's AuditEvent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from pydantic import ValidationError

from kg_access import Action, Context, Decision, Disclosure, Obligation
from kg_access.audit import AuditRecord, Event, JsonLinesSink, Trail, to_fhir, to_ocsf
from kg_access.cli import main
from kg_access.vocabulary import Kind
from tests.people import GROUP, SERVICE, UNHURRIED, able_guard, dossier, health, staff

PERMIT = able_guard().decide(staff(), "read", dossier(), **health())
REDACTED = able_guard().decide(staff(), "read", dossier(), **health(categories={"health", "financial"}, mode="redact"))
HIDDEN = able_guard().decide(staff(), "read", dossier(team="LT-ANTW"), **health())
WORDED = able_guard().decide(staff(), "disclose", dossier(), **health(context=Context(channel="email")))
FAULT = able_guard().failure()
DECISIONS: Mapping[str, Decision] = {
    "a permit": PERMIT,
    "a permit in part": REDACTED,
    "a denial that hides": HIDDEN,
    "a denial of something else": WORDED,
    "a fault of the engine": FAULT,
}


@cache
def ocsf_validator() -> Draft202012Validator:
    """Give what holds an event against the schema of its class, as OCSF publishes it."""
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.5.0"))
    return Draft202012Validator(schema.get_class_schema(class_name=schema.lookup_class_name_from_uid(6003)))


def ocsf_faults(told: object) -> list[str]:
    """List what is wrong with an event under the schema of OCSF."""
    return [f"{error.json_path}: {error.message}" for error in ocsf_validator().iter_errors(told)]


def fhir_faults(told: object) -> list[str]:
    """List what is wrong with an event under the resource AuditEvent of FHIR R4B, which is that of R4."""
    try:
        AuditEvent.model_validate(told)
    except ValidationError as error:
        return [f"{one['loc']}: {one['msg']}" for one in error.errors()]
    return []


def event(decision: Decision, **changes: Any) -> Event:
    """Make the event of a decision."""
    usual: dict[str, Any] = {
        "moment": 1_560_758_400.25,
        "id": "00000000-0000-8000-8000-000000000001",
        "request_id": "request 1",
        "subject": "nele",
        "kind": "staff",
        "organisation": None,
        "dossier": "D1",
        "service": SERVICE,
        "action": "read",
        "categories": frozenset({"health"}),
        "group": GROUP,
        "purpose": SERVICE,
        "decision": decision,
    }
    return Event(**{**usual, **changes})


NOTHING: Mapping[str, Any] = {
    "request_id": None,
    "dossier": None,
    "service": None,
    "categories": frozenset(),
    "group": None,
    "purpose": None,
}
"""What an enforcement point knows of a request whose dossier was never found."""


def events() -> Iterator[Event]:
    """Give events of every kind of decision, with all that can be known of a request and with as little as can be."""
    for decision in DECISIONS.values():
        yield event(decision)
        yield event(decision, **NOTHING)
        yield event(decision, kind="processor", organisation="gobiquity", unmet=frozenset({Obligation.LOG}))
    for action in Action:
        yield event(PERMIT, action=action)
    for kind in Kind:
        yield event(HIDDEN, kind=kind)


def test_the_decisions_are_of_the_kinds_that_they_should_be() -> None:
    """A permit, a permit in part, a denial that hides, one that does not, and a fault are among those exported."""
    assert PERMIT
    assert not PERMIT.redacted
    assert REDACTED
    assert set(REDACTED.redacted) == {"financial"}
    assert HIDDEN.disclosure is Disclosure.HIDE
    assert WORDED.disclosure not in {None, Disclosure.HIDE}
    assert FAULT.reasons == ("engine_failure",)


@pytest.mark.parametrize(("kind", "faults"), [("ocsf", ocsf_faults), ("fhir", fhir_faults)])
def test_every_exported_line_is_valid(
    kind: str, faults: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each record of a log, of whatever decision, becomes one line that its schema accepts."""
    path = tmp_path / "audit.log"
    written = list(events())
    with Trail(JsonLinesSink(path), mode="required") as trail:
        for one in written:
            future = trail.record(one)
            assert future is not None
            future.result(5)

    assert main(["audit", "export", str(path), "--format", kind]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert len(lines) == len(written)
    assert [faults(json.loads(line)) for line in lines] == [[]] * len(written)


WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=20)


@UNHURRIED
@given(
    st.sampled_from(list(DECISIONS.values())),
    st.fixed_dictionaries(
        {"subject": WORDS, "moment": st.floats(0, 4e9)},
        optional={
            "dossier": st.none() | WORDS,
            "organisation": st.none() | WORDS,
            "service": st.none() | WORDS,
            "purpose": st.none() | WORDS,
            "request_id": st.none() | WORDS,
            "categories": st.frozensets(WORDS, max_size=3),
        },
    ),
)
def test_ids_and_words_of_any_kind_are_exported_validly(decision: Decision, changes: dict[str, Any]) -> None:
    """Whatever the ids and words of a record are, both exports are valid."""
    record = AuditRecord.of(0, event(decision, **changes))

    assert ocsf_faults(to_ocsf(record)) == []
    assert fhir_faults(to_fhir(record)) == []


def without(told: dict[str, Any], *path: str) -> dict[str, Any]:
    """Leave one thing out of an event."""
    copy: dict[str, Any] = json.loads(json.dumps(told))
    inner: Any = copy
    for name in path[:-1]:
        inner = inner[int(name)] if name.isdigit() else inner[name]
    del inner[path[-1]]
    return copy


@pytest.mark.parametrize(
    "path", [("time",), ("actor",), ("metadata", "product"), ("resources", "0", "uid"), ("src_endpoint", "name")]
)
def test_the_schema_of_ocsf_refuses_an_event_that_lacks_something(path: tuple[str, ...]) -> None:
    """The check above can fail: without a required attribute, an event is not valid."""
    assert ocsf_faults(without(to_ocsf(AuditRecord.of(0, event(PERMIT))), *path))


@pytest.mark.parametrize("path", [("type",), ("recorded",), ("agent",), ("agent", "0", "requestor"), ("source",)])
def test_the_resource_of_fhir_refuses_an_event_that_lacks_something(path: tuple[str, ...]) -> None:
    """The check above can fail: without a required element, an event is not valid."""
    assert fhir_faults(without(to_fhir(AuditRecord.of(0, event(PERMIT))), *path))


def test_what_a_soc_has_no_activity_for_is_named() -> None:
    """OCSF wants an activity `Other` to be named, and an unknown dossier and endpoint to be called that."""
    told = to_ocsf(AuditRecord.of(0, event(FAULT, action="decide", **NOTHING)))

    assert (told["activity_id"], told["activity_name"]) == (99, "decide")
    assert told["resources"] == [{"type": "dossier", "labels": [], "name": "not an id"}]
    assert told["src_endpoint"] == {"type_id": 0, "name": "unknown"}


def test_a_fhir_event_is_an_authorization_decision_of_ihe() -> None:
    """The subtype comes from the code system that IHE's profile of audit events names for such decisions."""
    (subtype,) = to_fhir(AuditRecord.of(0, event(PERMIT)))["subtype"]

    assert subtype == {"system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType", "code": "AuthZ-Consent"}
