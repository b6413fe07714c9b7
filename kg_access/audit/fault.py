"""What can be wrong with a log, and where."""

from __future__ import annotations

from typing import Any

import attrs

from kg_access.vocabulary import Term


class Flaw(Term):
    """What is wrong."""

    NO_LOG = "no_log"
    CHANGED = "changed"
    MISSING = "missing"
    SWAPPED = "swapped"
    REPEATED = "repeated"
    TORN = "torn"
    WRONG_ROOT = "wrong_root"
    NOT_SIGNED = "not_signed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    NOT_COVERED = "not_covered"
    NOT_AS_SEEN = "not_as_seen"
    CUT_OFF = "cut_off"


@attrs.frozen
class Fault:
    """
    The first thing that is wrong with a log.

    Attributes:
        flaw: What kind of fault it is.
        line: The number of the line, from 1.
        record: The number of the first bad record, from 0; `None` when no record is touched.
        message: What is wrong, in a sentence without anything of the record.
    """

    flaw: Flaw
    line: int
    record: int | None
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}" + ("" if self.record is None else f", record {self.record}")
        return f"{where}: {self.message}"

    def as_dict(self) -> dict[str, Any]:
        """Give the fault as a plain dict, for JSON."""
        return {"flaw": str(self.flaw), "line": self.line, "record": self.record, "message": self.message}


class FaultFound(Exception):  # noqa: N818 - ends a walk, which is no error of the program
    """
    Ends a walk along a log.

    Attributes:
        fault: What is wrong.
    """

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault
