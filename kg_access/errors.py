"""
Every exception of the library.

    AccessError                  base, never raised itself
    ├── AccessDenied             .decision           raised by `Guard.require`
    ├── InvalidInput             .field              a request that cannot be read (also a ValueError)
    │   └── UnknownTerm          .term .nearest      a word outside a closed vocabulary
    ├── PolicyError              .findings           a policy that is refused, with everything wrong in it
    │   └── PolicyDataMissing    .looked_in          the policy is not where it should be
    ├── ScenarioError            .findings           a scenario file that cannot be run
    └── EngineFailure            .table              Casbin failed or cannot be trusted; `decide` turns it into a denial

Messages name policy words and places in files, never people, dossiers or values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from kg_access.decision import Decision
    from kg_access.dossier import Dossier

SHOWN_LENGTH = 40
SHOWN_WORDS = 12
CLOSE = 0.55


def quoted(word: object) -> str:
    """
    Put a word in backticks, shortened and without control characters.

    Args:
        word: What somebody wrote.
    """
    text = str(word).encode("unicode_escape").decode("ascii") if not str(word).isprintable() else str(word)
    return f"`{text[:SHOWN_LENGTH]}…`" if len(text) > SHOWN_LENGTH else f"`{text}`"


def nearest(word: object, known: Iterable[str]) -> str | None:
    """
    Find the known word that looks most like this one.

    Args:
        word: What somebody wrote.
        known: The words that would have been right.

    Returns:
        The nearest word, or `None` when nothing looks like it.
    """
    folded = {term.casefold(): term for term in known}
    found = get_close_matches(str(word).strip().casefold(), list(folded), n=1, cutoff=CLOSE)
    return folded[found[0]] if found else None


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """
    Say what would be right: the nearest known word, or the known words when they are few.

    Args:
        word: What somebody wrote.
        known: The words that would have been right.
    """
    words = sorted(known)
    close = nearest(word, words)
    if close is not None:
        return f"did you mean `{close}`?"
    return f"known are {', '.join(words)}" if 0 < len(words) <= SHOWN_WORDS else ""


@attrs.frozen(order=True)
class Finding:
    """
    One thing that is wrong in a file.

    Attributes:
        path: The file, relative to the folder that was read.
        line: Line number, from 1; 0 when the whole file is meant.
        column: Column number, from 1; 0 when the whole line is meant.
        message: What is wrong, with the offending word in backticks.
        help: What would be right; empty when the message says it all.
    """

    path: str
    line: int
    column: int
    message: str
    help: str = ""

    def __str__(self) -> str:
        place = ":".join([self.path, *(str(n) for n in (self.line, self.column) if n)])
        return f"{place}: {self.message}" + (f"; {self.help}" if self.help else "")


class AccessError(Exception):
    """Base of all errors of the library; catch it to catch them all."""


class AccessDenied(AccessError):  # noqa: N818 - the name that callers expect
    """
    Raised by `Guard.require` for a denial.

    Attributes:
        decision: The decision, to explain or to turn into an answer.
        dossier: The dossier that was asked about, for the record; the message does not show it.
    """

    def __init__(self, decision: Decision, dossier: Dossier | None = None) -> None:
        super().__init__(f"denied: {', '.join(decision.reasons)}")
        self.decision = decision
        self.dossier = dossier

    def __reduce__(self) -> tuple[type[AccessDenied], tuple[Decision]]:
        return type(self), (self.decision,)


class InvalidInput(AccessError, ValueError):  # noqa: N818 - the name that callers expect
    """
    Raised for a request or a record that cannot be read: a naive moment, a wrong type, a reversed interval.

    Attributes:
        field: The field that is wrong.
        message: What is wrong with it.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"`{field}`: {message}")
        self.field = field
        self.message = message

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[str, str]]:
        return type(self), (self.field, self.message)


class UnknownTerm(InvalidInput):
    """
    Raised for a word that is not in its closed vocabulary.

    Attributes:
        field: The field that held it.
        term: The unknown word.
        nearest: The known word that looks most like it, or `None`.
    """

    def __init__(self, field: str, term: object, known: Iterable[str]) -> None:
        words = tuple(known)
        hint = did_you_mean(term, words)
        super().__init__(field, f"unknown word {quoted(term)}" + (f"; {hint}" if hint else ""))
        self.term = str(term)
        self.nearest = nearest(term, words)
        self._known = words

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[str, str, tuple[str, ...]]]:  # type: ignore[override]
        return type(self), (self.field, self.term, self._known)


class PolicyError(AccessError):
    """
    Raised when a policy is refused; the guard in use is left as it was.

    Attributes:
        findings: Everything that is wrong, in the order of files and lines.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(sorted(findings))
        count = len(self.findings)
        lines = "\n".join(f"  {finding}" for finding in self.findings)
        super().__init__(f"the policy is refused, {count} finding{'s' * (count != 1)}:\n{lines}")

    def __reduce__(self) -> tuple[type[PolicyError], tuple[tuple[Finding, ...]]]:
        return type(self), (self.findings,)


class PolicyDataMissing(PolicyError):  # noqa: N818 - says what is missing
    """
    Raised when there is no policy where one should be.

    Attributes:
        looked_in: The places that were tried.
    """

    def __init__(self, kind: str, looked_in: Sequence[str]) -> None:
        self._kind = kind
        self.looked_in = tuple(looked_in)
        super().__init__([Finding(place, 0, 0, f"no folder {quoted(kind)} here") for place in self.looked_in])

    def __reduce__(self) -> tuple[type[PolicyDataMissing], tuple[str, tuple[str, ...]]]:  # type: ignore[override]
        return type(self), (self._kind, self.looked_in)


class ScenarioError(AccessError):
    """
    Raised when a scenario file cannot be run.

    Attributes:
        findings: Everything that is wrong, in the order of files and lines.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(sorted(findings))
        super().__init__("\n".join(str(finding) for finding in self.findings))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Finding, ...]]]:
        return type(self), (self.findings,)


class EngineFailure(AccessError):  # noqa: N818 - a fault while deciding, not a fault of the caller
    """
    Raised inside the library when Casbin fails or its answer cannot be trusted.

    Attributes:
        table: The table that was asked: scope, need or limits.
    """

    def __init__(self, table: str, message: str) -> None:
        super().__init__(f"{table}: {message}")
        self.table = table
        self._message = message

    def __reduce__(self) -> tuple[type[EngineFailure], tuple[str, str]]:
        return type(self), (self.table, self._message)
