"""What a place for audit records must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kg_access.audit.record import AuditRecord
from kg_access.audit.signing import Signer


class Sink(Protocol):
    """
    A place where audit records go; all calls come from one thread at a time.

    A sink that raises is tried again with the same batch, so a batch is stored whole or not at all, and one that may
    have been stored already is looked up first.
    """

    def open(self, signer: Signer | None) -> None:
        """
        Get ready, before the first batch; called again when it raises.

        Args:
            signer: What signs checkpoints, for a sink that keeps a log.
        """
        ...

    def write(self, batch: Sequence[AuditRecord]) -> None:
        """
        Store records, durably by the time it returns.

        Args:
            batch: The records, oldest first; their index counts since the trail started, and a log gives its own.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
