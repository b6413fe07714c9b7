"""Whether a log is what was written: the first bad record, or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from kg_access.audit.checkpoint import Checkpoint
from kg_access.audit.failure import AuditFailure, described
from kg_access.audit.fault import Fault, FaultFound, Flaw
from kg_access.audit.record import AuditRecord
from kg_access.audit.signing import Verifier
from kg_access.audit.walk import Walk


@attrs.frozen
class Verification:
    """
    What a log turned out to be; `bool(verification)` tells whether it is sound.

    Attributes:
        name: The file, or the id of the log in a database; empty for bare lines.
        log: The id of the log; empty when its first line cannot be read.
        records: How many records are sound, from the first.
        covered: How many of them a checkpoint with a checked signature covers; `None` when no key was given.
        fault: The first thing that is wrong; `None` when nothing is.
        checkpoint: The log as it ends, to keep elsewhere and give as `seen` next time; `None` when it is not sound.
    """

    name: str
    log: str
    records: int
    covered: int | None
    fault: Fault | None
    checkpoint: Checkpoint | None

    def __bool__(self) -> bool:
        return self.fault is None

    def __str__(self) -> str:
        records = f"{self.records} record{'s' * (self.records != 1)}"
        name = self.name or "the log"
        if self.fault is not None:
            return f"{name}: {self.fault} ({records} before it sound)"
        signed = "signatures not checked, no key given" if self.covered is None else "signatures checked"
        return f"{name}: {records}, sound; {signed}"

    def as_dict(self) -> dict[str, Any]:
        """Give the outcome as plain dicts, for JSON."""
        return {
            "name": self.name,
            "log": self.log,
            "sound": self.fault is None,
            "records": self.records,
            "covered": self.covered,
            "fault": None if self.fault is None else self.fault.as_dict(),
            "checkpoint": None if self.checkpoint is None else self.checkpoint.as_dict(),
        }


def verify(
    log: str | Path | Iterable[bytes],
    *,
    verifier: Verifier | None = None,
    seen: Checkpoint | Iterable[Checkpoint] = (),
    name: str = "",
) -> Verification:
    """
    Walk along a log and find the first record that is not what was written.

    Without a verifier, somebody who may write the file can still rewrite a log as a whole. With one, nobody without
    the private key can; what follows on the last checkpoint is then refused. Only a checkpoint that was kept
    elsewhere shows that the end of a log was cut off.

    Args:
        log: The file, or its lines with their line feeds.
        verifier: What checks signatures.
        seen: Checkpoints of this log that were kept elsewhere.
        name: What to call the log; the file when left out.

    Raises:
        AuditFailure: The file cannot be read.
    """
    known = [seen] if isinstance(seen, Checkpoint) else list(seen)
    if isinstance(log, str | Path):
        with open_log(log) as lines:
            return _verified(name or str(log), lines, verifier, _Seen(known))
    return _verified(name, log, verifier, _Seen(known))


def verify_all(
    logs: Iterable[tuple[str, Iterable[bytes]]],
    *,
    verifier: Verifier | None = None,
    seen: Iterable[Checkpoint] = (),
) -> list[Verification]:
    """
    Verify many logs; see `verify`.

    Args:
        logs: By what to call it, the lines of each log with their line feeds.
        verifier: What checks signatures.
        seen: Checkpoints of these logs that were kept elsewhere; a log without one is taken as new.

    Returns:
        What each log turned out to be, and after them those that were seen before and are not there any more.
    """
    known = list(seen)
    found = [_verified(name, lines, verifier, _Seen(known, others=True)) for name, lines in logs]
    gone = {checkpoint.log: checkpoint for checkpoint in known}.keys() - {outcome.log for outcome in found}
    fault = Fault(Flaw.CUT_OFF, 1, 0, "the whole log is missing, although it was seen before")
    covered = None if verifier is None else 0
    return found + [Verification(log, log, 0, covered, fault, None) for log in sorted(gone)]


@contextmanager
def open_log(path: str | Path) -> Iterator[Iterable[bytes]]:
    """
    Open the file of a log to read its lines.

    Args:
        path: The file.

    Raises:
        AuditFailure: The file cannot be read.
    """
    try:
        with Path(path).open("rb") as lines:
            yield lines
    except OSError as error:
        raise AuditFailure(f"the log {Path(path)} cannot be read: {described(error)}") from None


def read_records(lines: Iterable[bytes], *, verifier: Verifier | None = None) -> Iterator[AuditRecord]:
    """
    Read the records of a log, as far as they are sound.

    Args:
        lines: Its lines with their line feeds.
        verifier: What checks signatures.

    Raises:
        AuditFailure: The log is not sound; the records before the fault have been given by then.
    """
    walk = Walk(verifier)
    try:
        for record in walk.follow(lines):
            if record is not None:
                yield record
        _finish(walk, verifier)
    except FaultFound as found:
        raise AuditFailure(f"the log is not sound: {found.fault}") from None


def _verified(name: str, lines: Iterable[bytes], verifier: Verifier | None, seen: _Seen) -> Verification:
    walk, fault = Walk(verifier), None
    try:
        for _ in walk.follow(lines):
            seen.compare(walk)
        seen.compare_end(walk)
        _finish(walk, verifier)
    except FaultFound as found:
        fault = found.fault
    state = walk.state
    size = state.tree.size
    return Verification(
        name=name,
        log=state.log,
        records=size if fault is None or fault.record is None else min(size, fault.record),
        covered=None if verifier is None else walk.covered or 0,
        fault=fault,
        checkpoint=None if fault is not None else _end(walk),
    )


def _end(walk: Walk) -> Checkpoint:
    """Give the last checkpoint if nothing follows on it, else one that nobody signed."""
    last = walk.checkpoint
    return last if last is not None and walk.after_checkpoint > walk.state.lines else walk.state.checkpoint()


def _finish(walk: Walk, verifier: Verifier | None) -> None:
    if walk.state.lines == 0:
        walk.fail(Flaw.NO_LOG, "the log is empty; it has not even a first line")
    if verifier is not None and walk.after_checkpoint <= walk.state.lines:
        size, covered = walk.state.tree.size, walk.covered or 0
        record = covered if covered < size else None
        walk.fail(Flaw.NOT_COVERED, "no checkpoint covers what stands here", record=record, line=walk.after_checkpoint)


class _Seen:
    """Checkpoints that were seen before, against which a log is held."""

    def __init__(self, seen: Sequence[Checkpoint], *, others: bool = False) -> None:
        self._left = sorted(seen, key=lambda checkpoint: checkpoint.size)
        self._others = others
        self._sound = 0

    def compare(self, walk: Walk) -> None:
        """Compare after one line."""
        state = walk.state
        if state.lines == 1:
            self._keep_those_of(walk)
        if self._left:
            self._left = [checkpoint for checkpoint in self._left if self._still_to_come(walk, checkpoint)]

    def compare_end(self, walk: Walk) -> None:
        """Compare after the last line."""
        if not self._left:
            return
        size, line = walk.state.tree.size, walk.state.lines + 1
        most = self._left[-1].size
        if most > size:
            message = f"the log ends here, but {most} records were seen before"
            walk.fail(Flaw.CUT_OFF, message, record=size, line=line)
        walk.fail(Flaw.CUT_OFF, "lines that were here when it was last seen are missing", line=line)

    def _still_to_come(self, walk: Walk, checkpoint: Checkpoint) -> bool:
        state = walk.state
        if checkpoint.size > state.tree.size:
            return True
        if checkpoint.size < state.tree.size or checkpoint.root != state.tree.root().hex():
            message = "the log up to here is not the one that was seen before"
            walk.fail(Flaw.NOT_AS_SEEN, message, record=self._sound, line=state.lines)
        if checkpoint.head == state.head:
            self._sound = checkpoint.size
        return checkpoint.head != state.head

    def _keep_those_of(self, walk: Walk) -> None:
        own = [checkpoint for checkpoint in self._left if checkpoint.log == walk.state.log]
        if len(own) < len(self._left) and not self._others:
            walk.fail(Flaw.NOT_AS_SEEN, "this is another log than the one that was seen before", line=1)
        self._left = own
