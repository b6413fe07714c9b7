"""The audit trail: who asked what about which dossier, kept so that nobody can change it unseen."""

from __future__ import annotations

from kg_access.audit.checkpoint import Checkpoint
from kg_access.audit.event import Event
from kg_access.audit.failure import AuditFailure
from kg_access.audit.fault import Fault, Flaw
from kg_access.audit.fhir import to_fhir
from kg_access.audit.ocsf import to_ocsf
from kg_access.audit.record import AuditRecord
from kg_access.audit.report import SubjectReport, subject_report
from kg_access.audit.signing import Signer, Verifier
from kg_access.audit.sinks.json_lines import JsonLinesSink
from kg_access.audit.sinks.sink import Sink
from kg_access.audit.sinks.stdlib_logging import LoggingSink
from kg_access.audit.trail import Trail
from kg_access.audit.verification import Verification, read_records, verify, verify_all

__all__ = [
    "AuditFailure",
    "AuditRecord",
    "Checkpoint",
    "Event",
    "Fault",
    "Flaw",
    "JsonLinesSink",
    "LoggingSink",
    "Signer",
    "Sink",
    "SubjectReport",
    "Trail",
    "Verification",
    "Verifier",
    "read_records",
    "subject_report",
    "to_fhir",
    "to_ocsf",
    "verify",
    "verify_all",
]
