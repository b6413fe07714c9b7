"""Records as FHIR audit events, in the manner of the IHE profile for authorization decisions."""

from __future__ import annotations

from typing import Any, Final

from kg_access.audit.record import AuditRecord

DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
SUBTYPES: Final = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType"
ENTITY_TYPES: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
SUCCESS, FAILURE = "0", "8"


def to_fhir(record: AuditRecord) -> dict[str, Any]:
    """
    Write a record as an AuditEvent of FHIR R4: an authorization decision (DICOM 110113, subtype `AuthZ-Consent`).

    The ids of the subject and of the dossier are in it by nature: whoever gets the export sees them.

    Args:
        record: The record.
    """
    agents: list[dict[str, Any]] = [_requester(record)]
    if record.organisation is not None:
        agents.append({"who": {"display": record.organisation}, "requestor": False})
    entities = [
        _entity("2", record.dossier or "not an id", record.categories),
        _entity("2", f"{record.policy.name} {record.policy.version}", (record.policy.digest, *record.rules)),
    ]
    return {
        "resourceType": "AuditEvent",
        "id": record.id,
        "type": {"system": DICOM, "code": "110113", "display": "Security Alert"},
        "subtype": [{"system": SUBTYPES, "code": "AuthZ-Consent"}],
        "action": "E",
        "recorded": record.moment,
        "outcome": SUCCESS if record.allowed else FAILURE,
        "outcomeDesc": ", ".join(record.reasons) or "permitted",
        "agent": agents,
        "source": {"observer": {"display": "kg_access"}},
        "entity": entities,
    }


def _requester(record: AuditRecord) -> dict[str, Any]:
    agent: dict[str, Any] = {"who": {"identifier": {"value": record.subject}}, "requestor": True}
    if record.purpose is not None:
        agent["purposeOfUse"] = [{"text": record.purpose}]
    return agent


def _entity(kind: str, value: str, details: tuple[str, ...]) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "what": {"identifier": {"value": value}},
        "type": {"system": ENTITY_TYPES, "code": kind},
    }
    if details:
        entity["detail"] = [{"type": "detail", "valueString": detail} for detail in details]
    return entity
