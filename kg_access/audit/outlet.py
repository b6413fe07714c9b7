"""One sink as the thread that drains the queue sees it: opened once, tried again, and reported when it fails."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from kg_access.audit.failure import described
from kg_access.audit.record import AuditRecord
from kg_access.audit.signing import Signer
from kg_access.audit.sinks.sink import Sink

log = logging.getLogger("kg_access.audit")


class Outlet:
    """
    One sink, and how it fares.

    Args:
        sink: The sink.

    Attributes:
        fault: What went wrong last.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._open = False
        self._opening = threading.Lock()
        self._down = False
        self.fault = ""

    def open(self, signer: Signer | None) -> None:
        """
        Open the sink, if that has not been done.

        Args:
            signer: What signs checkpoints.
        """
        with self._opening:
            if not self._open:
                self._sink.open(signer)
                self._open = True

    def stores(self, batch: Sequence[AuditRecord], signer: Signer | None) -> bool:
        """
        Store a batch, and tell whether that went well; the log hears of an outage when it begins and when it ends.

        Args:
            batch: The records.
            signer: What signs checkpoints.
        """
        try:
            self.open(signer)
            self._sink.write(batch)
        except Exception as error:
            self.fault = f"{type(self._sink).__name__}: {described(error)}"
            if not self._down:
                log.error("audit records cannot be stored, trying again: %s", self.fault)  # noqa: TRY400 - no values
            self._down = True
            return False
        if self._down:
            log.warning("audit records are stored again: %s", type(self._sink).__name__)
        self._down = False
        return True

    def close(self) -> None:
        """Close the sink."""
        try:
            self._sink.close()
        except Exception as error:
            log.error("%s cannot be closed: %s", type(self._sink).__name__, described(error))  # noqa: TRY400 - no values
