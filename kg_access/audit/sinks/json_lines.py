"""Audit records in a file: one JSON object on each line, chained and signed, for one process at a time."""

from __future__ import annotations

import logging
import os
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kg_access.audit.failure import AuditFailure
from kg_access.audit.fault import FaultFound
from kg_access.audit.log import Addition, LogWriter
from kg_access.audit.record import AuditRecord
from kg_access.audit.signing import Signer
from kg_access.audit.walk import Walk

log = logging.getLogger("kg_access.audit")


class JsonLinesSink:
    """
    A log in a file that only its owner may read.

    An existing log is verified, and goes on; a last line that a crash has torn is moved to a file beside it. A batch
    that does not fit on the disk leaves the file as it was.

    Args:
        path: The file; `{pid}` in its name becomes the id of the process, so that each worker has its own.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._file = -1
        self._size = 0
        self._whole = True
        self._writer = LogWriter(None)
        _ALL.add(self)

    def __repr__(self) -> str:
        return f"<JsonLinesSink {self.path}>"

    @property
    def path(self) -> Path:
        """The file of this process."""
        return self._path.with_name(self._path.name.replace("{pid}", str(os.getpid())))

    def open(self, signer: Signer | None) -> None:
        """
        Open the file, or make it, and take it for this process alone.

        Args:
            signer: What signs checkpoints.

        Raises:
            AuditFailure: Another process has it, it is not sound, or it is signed with another key.
            OSError: The file cannot be read or written.
        """
        self.close()
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._lock()
            self._resume(signer)
        except BaseException:
            self.close()
            raise

    def write(self, batch: Sequence[AuditRecord]) -> None:
        """
        Add records to the file, on the disk by the time it returns.

        Args:
            batch: The records.

        Raises:
            OSError: They do not all fit, or the disk fails; the file is as it was.
        """
        self._add(self._writer.batch(batch))

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _lock(self) -> None:
        import fcntl  # noqa: PLC0415 - not on every system

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AuditFailure(
                f"another process writes to {self.path}; put `{{pid}}` in its name, so that each worker has its own"
            ) from None

    def _resume(self, signer: Signer | None) -> None:
        self._size, self._whole = os.fstat(self._file).st_size, True
        torn = self._move_torn_line()
        walk = Walk(None if signer is None else signer.verifier(), read_records=False)
        if self._size:
            self._follow(walk, signer)
        self._writer = LogWriter(signer, walk.state)
        if not walk.state.lines:
            self._add(self._writer.opening())
            _sync_folder(self.path)
        if torn is not None:
            self._add(self._writer.repair(*torn))
        elif signer is not None and walk.after_checkpoint <= walk.state.lines:
            self._add(self._writer.batch(()))

    def _follow(self, walk: Walk, signer: Signer | None) -> None:
        try:
            with open(self._file, "rb", closefd=False) as lines:
                lines.seek(0)
                for _ in walk.follow(lines):
                    pass
        except FaultFound as found:
            raise AuditFailure(f"the log {self.path} is not sound, so nothing is added: {found.fault}") from None
        if signer is None and walk.state.key is not None:
            raise AuditFailure(f"the log {self.path} is signed; give its key, or begin a new file")

    def _move_torn_line(self) -> tuple[str, int] | None:
        """Move what stands after the last line feed to a file of its own."""
        whole = self._end_of_last_line()
        if whole == self._size:
            return None
        torn = os.pread(self._file, self._size - whole, whole)
        aside = self.path.with_name(f"{self.path.name}.torn-{time.time_ns()}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _write_all(handle, torn)
            os.fsync(handle)
        finally:
            os.close(handle)
        _sync_folder(aside)
        os.ftruncate(self._file, whole)
        os.fsync(self._file)
        self._size = whole
        log.error("the last line of the log %s was torn; it was moved to %s", self.path.name, aside.name)
        return aside.name, len(torn)

    def _end_of_last_line(self) -> int:
        end = self._size
        while end > 0:
            begin = max(0, end - BLOCK)
            found = os.pread(self._file, end - begin, begin).rfind(b"\n")
            if found >= 0:
                return begin + found + 1
            end = begin
        return 0

    def _add(self, addition: Addition) -> None:
        """Write lines as a whole, or leave the file as it was."""
        data = addition.written()
        self._check_file()
        self._whole = False
        try:
            _write_all(self._file, data)
            os.fsync(self._file)
        except BaseException:
            self._cut_back()
            raise
        self._whole = True
        self._size += len(data)
        self._writer.stored(addition)

    def _check_file(self) -> None:
        if not self._whole:
            self._cut_back()
        found = os.fstat(self._file)
        if not found.st_nlink:
            raise AuditFailure(f"the log {self.path} was deleted while it was written")
        if found.st_size != self._size:
            raise AuditFailure(f"the log {self.path} was changed by somebody else while it was written")

    def _cut_back(self) -> None:
        os.ftruncate(self._file, self._size)
        self._whole = True


BLOCK: Final = 65_536
_ALL: Final[weakref.WeakSet[JsonLinesSink]] = weakref.WeakSet()


def _write_all(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _let_go() -> None:
    """Let go, in a forked process, of the files of the process that it comes from."""
    for sink in _ALL:
        sink.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
