"""The audit trail: every decision is on record, chained and signed, and tells who looked at a dossier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kg_access.audit import JsonLinesSink, Signer, Trail, read_records, subject_report


class AccessLog:
    """
    The audit trail of the backend, in a file; a decision that cannot be recorded is a denial.

    Args:
        folder: The folder for the log and its keys, which are made when they are not there. A real backend keeps the
            private key away from the log.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "audit.log"
        self._signer = _signer(folder / "audit.key", folder / "audit.pub")
        self.trail = Trail(JsonLinesSink(self._path), mode="required", signer=self._signer)
        self.trail.start()

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self.trail.close()

    def about(self, number: str) -> Any:
        """
        Tell who looked at a dossier, without their names.

        Args:
            number: The number of the dossier.

        Raises:
            AuditFailure: The log is not what was written.
        """
        self.trail.flush()
        with self._path.open("rb") as lines:
            return subject_report(read_records(lines, verifier=self._signer.verifier()), number)


def _signer(private: Path, public: Path) -> Signer:
    if private.exists():
        return Signer.load(private)
    signer = Signer.generate()
    signer.save(private)
    signer.save_public(public)
    return signer
