"""
Casbin behind one small interface; the only module that imports it.

An engine belongs to one policy version and never changes: a new version gets a new engine. Casbin is asked about one
point at a time, over the rows that an index finds for it, with the reviewed matcher compiled once. Its answer counts
only when it is the one that the rows found for the point lead to; whatever else happens is an `EngineFailure`.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from importlib.metadata import PackageNotFoundError, distribution
from threading import Lock
from types import CodeType
from typing import Any, Final

import attrs
import casbin
from casbin.persist import Adapter

from kg_access.errors import EngineFailure
from kg_access.policy.record import ANY, CASBIN_EFFECT, Line, Point, Policy, Row, Table
from kg_access.vocabulary import Effect

REMEMBERED: Final = 16_384
_NEVER: Final = "\x00"
_REVIEWED: Final = "reviewed"
_LOGGERS: Final = ("casbin", "casbin.enforcer", "casbin.policy", "casbin.role")
_SILENT: Final = logging.Logger("kg_access.casbin")  # noqa: LOG001 - one that nobody can switch on
_SILENT.disabled = True

_candidates: ContextVar[Sequence[Line]] = ContextVar("candidates")


@attrs.frozen
class Answer:
    """
    What one table says about one point.

    Attributes:
        allowed: Casbin's verdict.
        permits: The matched rows that permit.
        denials: The matched rows that deny.
    """

    allowed: bool
    permits: tuple[Row, ...]
    denials: tuple[Row, ...]

    def without(self, rule: str) -> Answer:
        """
        Tell what the answer would be if a rule were not there: a permit that no denial overrides.

        Args:
            rule: The id of the rule.
        """
        permits = tuple(row for row in self.permits if row.id != rule)
        denials = tuple(row for row in self.denials if row.id != rule)
        return Answer(bool(permits) and not denials, permits, denials)


class Engine:
    """
    The enforcers of one policy version, one for each table.

    Args:
        policy: The policy.

    Raises:
        EngineFailure: Casbin is not the one that was reviewed, or gives a wrong answer to a question asked first.
    """

    def __init__(self, policy: Policy) -> None:
        refuse_other_casbin()
        self._questions = {name: _Question(table) for name, table in policy.tables.items()}

    def ask(self, table: str, point: Point) -> Answer:
        """
        Ask Casbin about a point.

        Args:
            table: scope, need or limits.
            point: The value of each column of the table.

        Raises:
            EngineFailure: Casbin fails, or its answer does not follow from the rows.
        """
        return self._questions[table].ask(point)

    def nearly(self, table: str, point: Point, failing: int) -> list[tuple[Row, tuple[str, ...]]]:
        """
        List the rows that match a point but for a few facts.

        Args:
            table: scope, need or limits.
            point: The value of each column of the table.
            failing: How many facts may fail at most.

        Returns:
            Each row with the facts that fail, the nearest first, in the order of the files.
        """
        return self._questions[table].nearly(point, failing)


def refuse_other_casbin() -> None:
    """
    Refuse to work when the abandoned distribution `casbin` is installed over `pycasbin`.

    Raises:
        EngineFailure: It is.
    """
    try:
        version = distribution("casbin").version
    except PackageNotFoundError:
        return
    raise EngineFailure(
        "casbin",
        f"the distribution `casbin` {version} is installed beside `pycasbin` and overwrites its files; "
        "run `pip uninstall casbin pycasbin`, then `pip install pycasbin`",
    )


def casbin_versions() -> Mapping[str, str | None]:
    """Tell the installed version of `pycasbin`, of the abandoned `casbin`, and of what they evaluate with."""
    versions: dict[str, str | None] = {}
    for name in ("pycasbin", "casbin", "simpleeval", "wcmatch"):
        try:
            versions[name] = distribution(name).version
        except PackageNotFoundError:
            versions[name] = None
    return versions


class _Question:
    """One table: an index that finds the rows of a point, and an enforcer that judges them."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._index = _index(table)
        self._all = (1 << len(table.rows)) - 1
        self._templates = [_template(table.columns, row) for row in table.rows]
        self._nothing: tuple[Line, ...] = (("-", *([_NEVER] * len(table.columns)), "deny"),)
        self._enforcer = _Enforcer(table.model, _Rows(self._nothing))
        self._answers: dict[Point, Answer] = {}
        self._lock = Lock()
        self._try_out()

    def ask(self, point: Point) -> Answer:
        answer = self._answers.get(point)
        if answer is None:
            answer = self._judge(point)
            with self._lock:
                if len(self._answers) >= REMEMBERED:
                    del self._answers[next(iter(self._answers))]
                self._answers[point] = answer
        return answer

    def _judge(self, point: Point) -> Answer:
        numbers = self._matching(point)
        permits: list[Row] = []
        denials: list[Row] = []
        for number in numbers:
            row = self._table.rows[number]
            (permits if row.effect is Effect.PERMIT else denials).append(row)
        verdict = self._enforce(point, [self._line(number, point) for number in numbers])
        if verdict is not (bool(permits) and not denials):
            raise EngineFailure(self._table.name, "Casbin's answer does not follow from the rows")
        return Answer(verdict, tuple(permits), tuple(denials))

    def _enforce(self, point: Point, lines: Sequence[Line]) -> bool:
        if self._enforcer.enabled is not True:
            raise EngineFailure(self._table.name, "Casbin is switched off")
        token = _candidates.set(lines or self._nothing)
        try:
            return self._enforcer.enforce(*point) is True
        except Exception as error:
            raise EngineFailure(self._table.name, f"Casbin raised {type(error).__name__}") from error
        finally:
            _candidates.reset(token)

    def _line(self, number: int, point: Point) -> Line:
        """Write the line of a row that a point matches, in the row's own words: `*` for facts that do not matter."""
        template, conditions = self._templates[number]
        line = template.copy()
        for column, words in conditions:
            word = point[column]
            if word not in words:
                raise EngineFailure(self._table.name, f"the index gives {line[0]} for a point that it does not match")
            line[column + 1] = word
        return tuple(line)

    def _matching(self, point: Point) -> list[int]:
        bits = self._all
        for (values, otherwise), word in zip(self._index, point, strict=True):
            bits &= values.get(word, otherwise)
        numbers = []
        while bits:
            lowest = bits & -bits
            numbers.append(lowest.bit_length() - 1)
            bits ^= lowest
        return numbers

    def nearly(self, point: Point, failing: int) -> list[tuple[Row, tuple[str, ...]]]:
        values = dict(zip(self._table.columns, point, strict=True))
        near = [(row, facts) for row in self._table.rows if 0 < len(facts := row.failing(values)) <= failing]
        return sorted(near, key=lambda pair: len(pair[1]))

    def _try_out(self) -> None:
        """Prove the index, and ask about points whose answer is known, before anybody relies on this version."""
        for number, row in enumerate(self._table.rows):
            bit = 1 << number
            for column, (values, otherwise) in zip(self._table.columns, self._index, strict=True):
                words = row.conditions.get(column)
                found = {word for word, bits in values.items() if bits & bit}
                if found != (set(values) if words is None else set(words)) or bool(otherwise & bit) != (words is None):
                    raise EngineFailure(self._table.name, f"the index does not find {row.id} by {column}")
            point = [min(row.conditions.get(column, {_NEVER})) for column in self._table.columns]
            self._judge(tuple(point))
        self._judge(tuple(_NEVER for _ in self._table.columns))


def _template(columns: tuple[str, ...], row: Row) -> tuple[list[str], tuple[tuple[int, frozenset[str]], ...]]:
    line = [row.id, *([ANY] * len(columns)), CASBIN_EFFECT[row.effect]]
    return line, tuple(
        (number, row.conditions[column]) for number, column in enumerate(columns) if column in row.conditions
    )


def _index(table: Table) -> list[tuple[dict[str, int], int]]:
    """Make for each column the set of rows, as bits, that each word leaves possible."""
    index = []
    for column in table.columns:
        free = 0
        values: dict[str, int] = {}
        for number, row in enumerate(table.rows):
            bit = 1 << number
            if column not in row.conditions:
                free |= bit
            for word in row.conditions.get(column, ()):
                values[word] = values.get(word, 0) | bit
        index.append(({word: bits | free for word, bits in values.items()}, free))
    return index


class _Rows(list[Line]):
    """What Casbin takes for its list of rows: those that the index found for the point being asked."""

    def __init__(self, nothing: Sequence[Line]) -> None:
        super().__init__(nothing)
        self._nothing = nothing

    def _found(self) -> Sequence[Line]:
        return _candidates.get(self._nothing)

    def __len__(self) -> int:
        return len(self._found())

    def __iter__(self) -> Iterator[Line]:
        return iter(self._found())

    def __getitem__(self, index: Any) -> Any:
        return self._found()[index]


class _OnePolicy(Adapter):  # type: ignore[misc]
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def load_policy(self, model: Any) -> None:
        model.model["p"]["p"].policy = self._rows

    def save_policy(self, model: Any) -> None:  # noqa: ARG002 - Casbin's signature
        raise EngineFailure("casbin", "a policy is never saved through Casbin")


class _Compiled:
    """The matcher as byte code, in the place of the expression that Casbin would parse at every call."""

    def __init__(self, code: CodeType) -> None:
        self._code = code
        self._globals: dict[str, Any] = {"__builtins__": {}}

    def eval(self, names: Mapping[str, str]) -> Any:
        return eval(self._code, self._globals, names)  # noqa: S307 - reviewed form only, see `compiled`


class _Enforcer(casbin.Enforcer):  # type: ignore[misc]
    def __init__(self, model: str, rows: _Rows) -> None:
        loggers = {logging.getLogger(name): logging.getLogger(name).disabled for name in _LOGGERS}
        for logger in loggers:
            logger.disabled = True
        try:
            super().__init__(casbin.Enforcer.new_model(text=model), _OnePolicy(rows))
        finally:
            for logger, was in loggers.items():
                logger.disabled = was
        self.logger = _SILENT
        model_in_use: Any = self.model
        matcher = model_in_use.model["m"]["m"]
        self._compiled = _Compiled(compiled(matcher.value))
        # Casbin searches this text for `eval(` at every call, which costs more than all the rest on a long matcher.
        matcher.value = _REVIEWED

    def _get_expression(self, expr: str, functions: Any = None) -> Any:  # noqa: ARG002 # pyright: ignore[reportIncompatibleMethodOverride]
        if expr is not _REVIEWED:
            raise EngineFailure("matcher", "Casbin asks for another matcher than the reviewed one")
        return self._compiled


def compiled(matcher: str) -> CodeType:
    """
    Compile a matcher of the reviewed form: comparisons of names and of `"*"`, joined by and, or.

    Args:
        matcher: The matcher as Casbin holds it.

    Raises:
        EngineFailure: It holds anything else.
    """
    tree = ast.parse(matcher.replace("&&", " and ").replace("||", " or "), mode="eval")
    allowed = (ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.Compare, ast.Eq, ast.Name, ast.Load, ast.Constant)
    for node in ast.walk(tree):
        if not isinstance(node, allowed) or (isinstance(node, ast.Constant) and node.value != "*"):
            raise EngineFailure("matcher", f"{type(node).__name__} is not of the reviewed form")
    return compile(tree, "<matcher>", "eval")
