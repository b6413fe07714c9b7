"""Records as events of the Open Cybersecurity Schema Framework, for a security operations centre."""

from __future__ import annotations

from typing import Any, Final

from kg_access.audit.record import AuditRecord

VERSION: Final = "1.5.0"
API_ACTIVITY: Final = 6003
APPLICATION_ACTIVITY: Final = 6
ACTIVITIES: Final = {"store": 1, "read": 2, "search": 2, "export": 2, "disclose": 2, "update": 3, "delete": 4}
OTHER: Final = 99


def to_ocsf(record: AuditRecord) -> dict[str, Any]:
    """
    Write a record as an event of class API Activity (6003), the nearest that there is to a decision about one object.

    The ids of the subject and of the dossier are in it by nature: whoever gets the export sees them.

    Args:
        record: The record.
    """
    activity = ACTIVITIES.get(record.action, OTHER)
    policy = {"name": record.policy.name, "version": record.policy.version, "uid": record.policy.digest}
    user: dict[str, Any] = {"uid": record.subject, "type": record.kind, "type_id": OTHER}
    if record.organisation is not None:
        user["org"] = {"name": record.organisation}
    resource: dict[str, Any] = {"type": "dossier", "labels": list(record.categories)}
    resource |= {"name": "not an id"} if record.dossier is None else {"uid": record.dossier}
    if record.service is not None:
        resource["namespace"] = record.service
    return {
        "activity_id": activity,
        "activity_name": record.action,
        "category_uid": APPLICATION_ACTIVITY,
        "class_uid": API_ACTIVITY,
        "type_uid": API_ACTIVITY * 100 + activity,
        "time": int(record.at.timestamp() * 1000),
        "severity_id": 1,
        "status_id": 1 if record.allowed else 2,
        "status_detail": ", ".join(record.reasons) or "permitted",
        "actor": {"user": user, "authorizations": [{"decision": str(record.effect), "policy": policy}]},
        "api": {"operation": record.action, "request": {"uid": record.request_id or record.id}},
        "resources": [resource],
        "src_endpoint": {"type_id": 0, "name": "unknown"},
        "metadata": {
            "version": VERSION,
            "uid": record.id,
            "product": {"name": "kg_access", "vendor_name": "kg_access"},
        },
    }
