"""Audit records as events of OpenTelemetry; only its API is needed, the application brings the SDK."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kg_access.audit.record import AuditRecord
from kg_access.audit.signing import Signer

EVENT: Final = "kg_access.decision"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class OpenTelemetrySink:
    """
    Emits one event `kg_access.decision` for each record, without ids of people and dossiers.

    The SDK sends events when it sees fit, so this sink cannot promise that a record is kept.

    Args:
        provider: The logger provider; that of the process when left out.
    """

    def __init__(self, provider: Any = None) -> None:
        self._provider = provider
        self._logger: Any = None

    def __repr__(self) -> str:
        return "<OpenTelemetrySink>"

    def open(self, signer: Signer | None) -> None:  # noqa: ARG002 - events are not signed
        """
        Get the logger.

        Args:
            signer: Not used; events are not signed.

        Raises:
            ImportError: `opentelemetry-api` is not installed.
        """
        try:
            from opentelemetry._logs import get_logger  # noqa: PLC0415 - an extra
        except ImportError:
            raise ImportError("OpenTelemetry is not there; install `kg-access[opentelemetry]`") from None
        self._logger = get_logger("kg_access", logger_provider=self._provider)

    def write(self, batch: Sequence[AuditRecord]) -> None:
        """
        Emit records.

        Args:
            batch: The records.
        """
        from opentelemetry._logs import SeverityNumber  # noqa: PLC0415 - an extra

        for record in batch:
            self._logger.emit(
                timestamp=(record.at - EPOCH) // timedelta(microseconds=1) * 1000,
                severity_number=SeverityNumber.INFO,
                body=f"{record.effect} {record.action}",
                attributes=_attributes(record),
                event_name=EVENT,
            )

    def close(self) -> None:
        """Do nothing: the provider belongs to the application."""


def _attributes(record: AuditRecord) -> dict[str, Any]:
    attributes = {
        "kg_access.action": record.action,
        "kg_access.decision": "allow" if record.allowed else "hide" if record.disclosure == "hide" else "deny",
        "kg_access.decision_id": record.id,
        "kg_access.policy.version": record.policy.version,
        "kg_access.policy.digest": record.policy.digest,
    }
    if record.reasons:
        attributes["kg_access.reason"] = record.reasons[0]
    return attributes
