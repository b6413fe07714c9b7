"""A walk along the lines of a log that stops at the first line that is not as it should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn

from kg_access.audit.canonical import parsed
from kg_access.audit.checkpoint import Checkpoint
from kg_access.audit.failure import AuditFailure
from kg_access.audit.fault import Fault, FaultFound, Flaw
from kg_access.audit.line import FORMAT, Holds, Line, read_line
from kg_access.audit.log import LogState
from kg_access.audit.record import AuditRecord
from kg_access.audit.signing import Verifier
from kg_access.errors import InvalidInput

START_FIELDS = {"format", "key", "log", "moment"}


class Walk:
    """
    Follows the chain, the tree and the checkpoints of one log.

    Args:
        verifier: What checks signatures; without it they are not checked.
        read_records: Whether to read each record as well; without it, only its hashes are checked.
        state: The state of a log, to go on from there; the beginning of a log when left out.

    Attributes:
        state: The state of the log up to here.
        covered: How many records the last checkpoint covers; `None` before there is one.
        checkpoint: The last checkpoint, if there was one.
        after_checkpoint: The number of the first line after it.
    """

    def __init__(
        self, verifier: Verifier | None = None, *, read_records: bool = True, state: LogState | None = None
    ) -> None:
        self.state = LogState() if state is None else state
        self.covered: int | None = None
        self.checkpoint: Checkpoint | None = None
        self.after_checkpoint = 1
        self._verifier = verifier
        self._read_records = read_records
        self._after: Holds | None = None

    def follow(self, lines: Iterable[bytes]) -> Iterator[AuditRecord | None]:
        """
        Go along lines.

        Args:
            lines: The lines as they stand in a file, with their line feeds.

        Returns:
            After each line, the record that it holds and that was read, or `None`.

        Raises:
            FaultFound: A line is not as it should be.
        """
        rest = iter(lines)
        for raw in rest:
            line = read_line(raw)
            if line is None:
                self._unreadable(raw)
            if line.previous != self.state.head:
                self._out_of_line(line, rest)
            record = self._take(line)
            self.state.add(line)
            self._after = line.holds
            if line.holds is Holds.TREE_HEAD:
                self._covers()
            yield record

    def fail(self, flaw: Flaw, message: str, *, record: int | None = None, line: int | None = None) -> NoReturn:
        """
        Stop here.

        Args:
            flaw: What kind of fault it is.
            message: What is wrong.
            record: The number of the first bad record.
            line: The number of the line; the one at hand when left out.

        Raises:
            FaultFound: Always.
        """
        raise FaultFound(Fault(flaw, self.state.lines + 1 if line is None else line, record, message))

    def _unreadable(self, raw: bytes) -> NoReturn:
        record = None if self.state.lines == 0 or b'"tree_head":{' in raw[:200] else self.state.tree.size
        if self.state.lines == 0 and not raw.startswith(b'{"hash":"'):
            self.fail(Flaw.NO_LOG, "this is no audit log")
        if not raw.endswith(b"\n"):
            self.fail(Flaw.TORN, "the line breaks off, or its line feed is missing", record=record)
        self.fail(Flaw.CHANGED, "the line is not what it was, since its hash is another", record=record)

    def _out_of_line(self, line: Line, rest: Iterator[bytes]) -> NoReturn:
        """Find out why a line does not follow on the one before it."""
        size = self.state.tree.size
        if self.state.lines == 0:
            self.fail(Flaw.MISSING, "the lines with which a log starts are missing")
        number = _record_number(line)
        where = next((n for n, raw in enumerate(rest, self.state.lines + 2) if self._fits_here(raw)), None)
        if number is not None and number < size:
            self.fail(Flaw.REPEATED, f"record {number} stands here again", record=size)
        if where is not None:
            self.fail(Flaw.SWAPPED, f"the line that belongs here stands at line {where}", record=size)
        if number is not None and number > size:
            self.fail(Flaw.MISSING, f"record {number} stands here, where record {size} should", record=size)
        head = (parsed(line.content) or {}) if line.holds is Holds.TREE_HEAD else {}
        rewritten = head.get("size") == size and head.get("root") != self.state.tree.root().hex()
        if self._after is Holds.RECORD and (number == size or rewritten):
            message = "the line before was rewritten, or one between it and this one is missing"
            self.fail(Flaw.CHANGED, message, record=size - 1)
        record = None if head.get("size") == size else size
        self.fail(Flaw.MISSING, "one or more lines before this one are missing, or were rewritten", record=record)

    def _fits_here(self, raw: bytes) -> bool:
        line = read_line(raw)
        return line is not None and line.previous == self.state.head

    def _take(self, line: Line) -> AuditRecord | None:
        if (line.holds is Holds.START) is not (self.state.lines == 0):
            self.fail(Flaw.CHANGED, "a log has one first line, and this is not it")
        match line.holds:
            case Holds.START:
                self._start(line)
            case Holds.RECORD if self._read_records:
                return self._record(line)
            case Holds.TREE_HEAD:
                self._tree_head(line)
            case _:
                pass
        return None

    def _start(self, line: Line) -> None:
        content = parsed(line.content)
        if content is None or set(content) != START_FIELDS or not isinstance(content["log"], str):
            self.fail(Flaw.CHANGED, "the first line of the log is not as it is written")
        if content["format"] != FORMAT:
            self.fail(Flaw.NO_LOG, f"the log has another format than {FORMAT}, the one that is known here")
        key = content["key"]
        if self._verifier is not None and key is None:
            self.fail(Flaw.NOT_SIGNED, "the log is not signed, although a key is given")
        if self._verifier is not None and key not in self._verifier.keys:
            self.fail(Flaw.UNKNOWN_KEY, "the log is signed with another key than those that are given")
        self.state.log, self.state.key = content["log"], key

    def _record(self, line: Line) -> AuditRecord:
        size = self.state.tree.size
        content = parsed(line.content)
        if content is None:
            self.fail(Flaw.CHANGED, "the record is not in the form in which records are written", record=size)
        try:
            record = AuditRecord.from_dict(content)
        except InvalidInput as error:
            self.fail(Flaw.CHANGED, f"the record is not as records are: {error}", record=size)
        if record.index != size:
            self.fail(Flaw.CHANGED, f"the record is numbered {record.index} instead of {size}", record=size)
        return record

    def _tree_head(self, line: Line) -> None:
        first = self.covered or 0
        suspect = first if first < self.state.tree.size else None
        try:
            checkpoint = Checkpoint.from_dict(parsed(line.content))
        except AuditFailure as error:
            self.fail(Flaw.CHANGED, str(error))
        expected = self.state.checkpoint()
        if (checkpoint.log, checkpoint.size, checkpoint.root) != (expected.log, expected.size, expected.root):
            message = "the checkpoint does not fit the records before it; one since the last checkpoint was changed"
            self.fail(Flaw.WRONG_ROOT, message, record=suspect)
        if checkpoint.head != expected.head:
            self.fail(Flaw.WRONG_ROOT, "the checkpoint does not fit the line before it", record=suspect)
        self._signature(checkpoint, suspect)
        self.checkpoint = checkpoint

    def _signature(self, checkpoint: Checkpoint, suspect: int | None) -> None:
        if checkpoint.key != self.state.key:
            self.fail(Flaw.UNKNOWN_KEY, "the checkpoint has another key than its log", record=suspect)
        if self._verifier is None:
            return
        if checkpoint.signature is None:
            self.fail(Flaw.NOT_SIGNED, "the checkpoint is not signed", record=suspect)
        if not self._verifier.accepts(checkpoint):
            self.fail(Flaw.BAD_SIGNATURE, "the signature of the checkpoint is wrong", record=suspect)

    def _covers(self) -> None:
        self.covered = self.state.tree.size
        self.after_checkpoint = self.state.lines + 1


def _record_number(line: Line) -> int | None:
    """Give the number of a record that a line holds, if it holds one and says so."""
    index = (parsed(line.content) or {}).get("index") if line.holds is Holds.RECORD else None
    return index if type(index) is int else None
