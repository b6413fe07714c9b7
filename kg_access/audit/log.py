"""How a log grows: its lines are made here, for whatever keeps them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import uuid4

import attrs

from kg_access.audit.canonical import canonical
from kg_access.audit.checkpoint import Checkpoint
from kg_access.audit.line import FORMAT, NO_LINE, Holds, Line
from kg_access.audit.merkle import Tree, leaf_hash
from kg_access.audit.record import AuditRecord, moment_text
from kg_access.audit.signing import Signer


@attrs.define(eq=False, repr=False)
class LogState:
    """
    What must be known of a log to write its next line.

    Attributes:
        log: The id of the log; empty before its first line.
        key: The id of the key that signs its checkpoints; `None` when nobody does.
        lines: The number of lines.
        head: The hash of the last line.
        tree: The Merkle tree over the records.
    """

    log: str = ""
    key: str | None = None
    lines: int = 0
    head: str = NO_LINE
    tree: Tree = attrs.field(factory=Tree)

    def __repr__(self) -> str:
        return f"<LogState of {self.tree.size} records>"

    def copy(self) -> LogState:
        """Give a state that goes on by itself from here."""
        return attrs.evolve(self, tree=self.tree.copy())

    def add(self, line: Line) -> None:
        """
        Go on by one line.

        Args:
            line: The line.
        """
        if line.holds is Holds.RECORD:
            self.tree.append(leaf_hash(line.content))
        self.head = line.hash
        self.lines += 1

    def checkpoint(self) -> Checkpoint:
        """Give what the log amounts to now, not signed."""
        root = self.tree.root().hex()
        return Checkpoint(log=self.log, size=self.tree.size, root=root, head=self.head, moment=moment_text(time.time()))


class Addition(NamedTuple):
    """
    Lines that are ready to be stored together.

    Attributes:
        lines: The lines.
        records: For each line, the record that it holds, if it holds one.
        state: The state of the log once they are stored.
    """

    lines: tuple[Line, ...]
    records: tuple[AuditRecord | None, ...]
    state: LogState

    def written(self) -> bytes:
        """Give the lines as they stand in a file."""
        return b"".join(line.written() for line in self.lines)


class LogWriter:
    """
    Makes the lines of one log; whoever stores them says when they are stored.

    Args:
        signer: What signs checkpoints; without it there are none.
        state: The state of a log that goes on; a new log when left out.

    Attributes:
        state: The state of the log as it is stored.
    """

    def __init__(self, signer: Signer | None, state: LogState | None = None) -> None:
        self._signer = signer
        self.state = LogState() if state is None else state

    def opening(self) -> Addition:
        """Make the first lines of a new log."""
        key = None if self._signer is None else self._signer.key
        state = LogState(log=str(uuid4()), key=key)
        start = {"format": FORMAT, "key": key, "log": state.log, "moment": moment_text(time.time())}
        return self._addition(state, [(Holds.START, canonical(start), None)])

    def repair(self, moved_to: str, size: int) -> Addition:
        """
        Make the lines that tell of a torn line.

        Args:
            moved_to: The name of the file that has it now.
            size: How many bytes it had.
        """
        note = {"bytes": size, "moment": moment_text(time.time()), "moved_to": moved_to}
        return self._addition(self.state.copy(), [(Holds.REPAIR, canonical(note), None)])

    def batch(self, records: Sequence[AuditRecord]) -> Addition:
        """
        Make the lines of some records, with a checkpoint after them if there is a key.

        Args:
            records: The records; they get the next numbers of this log.
        """
        state = self.state.copy()
        numbered = [record.numbered(index) for index, record in enumerate(records, start=state.tree.size)]
        return self._addition(state, [(Holds.RECORD, record.canonical(), record) for record in numbered])

    def stored(self, addition: Addition) -> None:
        """
        Take note that lines are stored.

        Args:
            addition: The lines.
        """
        self.state = addition.state

    def _addition(self, state: LogState, contents: Iterable[tuple[Holds, bytes, AuditRecord | None]]) -> Addition:
        lines: list[Line] = []
        records: list[AuditRecord | None] = []
        for holds, content, record in contents:
            lines.append(Line.of(holds, content, state.head))
            records.append(record)
            state.add(lines[-1])
        if self._signer is not None:
            head = self._signer.sign(state.checkpoint())
            lines.append(Line.of(Holds.TREE_HEAD, canonical(head.as_dict()), state.head))
            records.append(None)
            state.add(lines[-1])
        return Addition(tuple(lines), tuple(records), state)
