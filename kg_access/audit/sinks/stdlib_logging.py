"""Audit records as lines of the standard library's logging, for systems that collect those."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from kg_access.audit.record import AuditRecord
from kg_access.audit.signing import Signer


class LoggingSink:
    """
    Logs each record at INFO, without ids of people and dossiers, rules, roles or names; the rules at DEBUG.

    What a handler does with a line is up to the application, so this sink cannot promise that a record is kept.

    Args:
        logger: The logger; `kg_access.audit.records` when left out.
    """

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logging.getLogger("kg_access.audit.records") if logger is None else logger

    def __repr__(self) -> str:
        return f"<LoggingSink {self._logger.name}>"

    def open(self, signer: Signer | None) -> None:
        """
        Do nothing: loggers are always open.

        Args:
            signer: Not used; lines of a logger are not signed.
        """

    def write(self, batch: Sequence[AuditRecord]) -> None:
        """
        Log records.

        Args:
            batch: The records.
        """
        for record in batch:
            self._logger.info("%s %s %s", record.effect, record.action, record.id, extra=_fields(record))
            self._logger.debug("%s rests on %s", record.id, ", ".join(record.rules) or "no rule")

    def close(self) -> None:
        """Do nothing: loggers stay open."""


def _fields(record: AuditRecord) -> dict[str, object]:
    return {
        "kg_decision_id": record.id,
        "kg_request_id": record.request_id,
        "kg_moment": record.moment,
        "kg_action": record.action,
        "kg_effect": str(record.effect),
        "kg_disclosure": None if record.disclosure is None else str(record.disclosure),
        "kg_phase": str(record.phase),
        "kg_reasons": list(record.reasons),
        "kg_unmet": list(record.unmet),
        "kg_policy_version": record.policy.version,
        "kg_policy_digest": record.policy.digest,
    }
