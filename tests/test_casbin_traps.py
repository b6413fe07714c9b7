"""
The traps of Casbin, T1 to T45, each tried on pycasbin 2.8.0: none of them can be sprung through the library.

What a file, a row, a model or a value of ours could spring is refused with a finding or denied; what belongs to a
feature that the library does not use is shown to be absent from its code.
"""

from __future__ import annotations

import ast
import gc
import logging
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.metadata import version
from itertools import islice, product
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import casbin
import pytest

import kg_access
from kg_access import load_policy
from kg_access._engine import Engine, compiled, refuse_other_casbin
from kg_access.decision import Decision
from kg_access.dossier import Dossier
from kg_access.errors import EngineFailure, Finding, InvalidInput, PolicyError, UnknownTerm
from kg_access.facts import COMPUTED
from kg_access.guard import Guard
from kg_access.policy.model import EFFECT, condition, model_text
from kg_access.policy.record import Policy, Row, Table
from kg_access.request import Context
from kg_access.subject import Assignment, Subject
from kg_access.vocabulary import Effect, Reason

Change = Callable[[bytes], bytes]
Broken = Callable[[str, Change], tuple[Finding, ...]]

pytestmark = pytest.mark.usefixtures("shipped_yaml_read_once")

PACKAGE = Path(kg_access.__file__).resolve().parent
PROJECT = PACKAGE.parent
NEED = "need/rules.csv"
MODEL = "models/need.conf"
KIND = condition("kind")
BRUSSELS = ZoneInfo("Europe/Brussels")
MOMENT = datetime(2020, 6, 1, 12, tzinfo=BRUSSELS)
SERVICE = "preventive_family_support"
NURSE = Subject("p-1", kind="staff", assignments=[Assignment(role="nurse", service=SERVICE, team="t-1")])
FILE = Dossier("d-1", service=SERVICE, team="t-1", use=[("2019-01-01", None)])


# -- helpers -----------------------------------------------------------------------------------------


def swap(old: str, new: str) -> Change:
    """Replace a text, the first time that it occurs."""
    return lambda data: data.replace(old.encode(), new.encode(), 1)


def add(line: str) -> Change:
    """Add a line at the end."""
    return lambda data: data + f"{line}\n".encode()


def conjunct(text: str) -> Change:
    """Put one more condition into the matcher of the need model."""
    return swap(f"{KIND} && ", f"{KIND} && {text} && ")


def row(**fields: str) -> str:
    """Write a line of `need/rules.csv` that is right but for the fields given."""
    usual = {"id": "NX-EXTRA", "effect": "deny", "reason": "out_of_scope", "when": "kind=auditor"}
    return ",".join({**usual, "obligations": "", "clauses": "choice", "note": "", **fields}.values())


def says(findings: Iterable[Finding], path: str, text: str) -> bool:
    """Tell whether a finding on a file, with a line unless the whole file is meant, holds a text."""
    return any(finding.path == path and text in finding.message for finding in findings)


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The shipped policy."""
    return load_policy(PROJECT / "policies", models=PROJECT / "models")


@pytest.fixture
def guard(policy: Policy) -> Guard:
    """A guard of its own for each test."""
    return Guard(policy)


@pytest.fixture(scope="module")
def shared(policy: Policy) -> Guard:
    """One guard for tests that only ask."""
    return Guard(policy)


@pytest.fixture
def asked(shared: Guard) -> Guard:
    """The guard for tests that only ask, which has forgotten whatever it was asked before."""
    shared._current.memory.clear()
    for question in engine_of(shared)._questions.values():
        question._answers.clear()
    assert not any(sizes(shared))
    return shared


@pytest.fixture
def engine(policy: Policy) -> Engine:
    """An engine of its own for each test."""
    return Engine(policy)


def ask(guard: Guard, subject: Subject = NURSE, dossier: Dossier = FILE, **changes: Any) -> Decision:
    """Ask whether the nurse may read health data in the dossier of her team, which she may, but for the changes."""
    usual: dict[str, Any] = {"categories": ("health",), "group": "child_and_family", "purpose": SERVICE, "at": MOMENT}
    arguments = {**usual, **changes}
    action = arguments.pop("action", "read")
    return guard.decide(subject, action, dossier, **arguments)


def stock(model: str, rows: Iterable[tuple[str, ...]]) -> Any:
    """Make an enforcer of Casbin as it comes."""
    enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=model))
    enforcer.model.model["p"]["p"].policy.extend(list(row) for row in rows)
    return enforcer


def small(effect: str = EFFECT, matcher: str | None = None, definition: str = "id, kind, link, eft") -> str:
    """Write a model of two columns in which one part is as a trap has it."""
    matcher = matcher or f"{KIND} && {condition('link')}"
    return (
        f"[request_definition]\nr = kind, link\n[policy_definition]\np = {definition}\n"
        f"[policy_effect]\ne = {effect}\n[matchers]\nm = {matcher}\n"
    )


def inner(engine: Engine, table: str = "need") -> Any:
    """Reach into an engine for what it never gives away."""
    return engine._questions[table]


def engine_of(guard: Guard) -> Engine:
    """Reach into a guard for what it never gives away."""
    return guard._current.point.engine


def denied_point(policy: Policy) -> tuple[str, ...]:
    """A point of the need table at which nothing is allowed: nobody asks."""
    values = {"standing": "nobody", "role": "nobody", "kind": "staff", "organisation": "none", "purpose": "missing"}
    table = policy.tables["need"]
    return tuple(values.get(column, table.domains[column][0]) for column in table.columns)


def permitted_point(policy: Policy) -> tuple[str, ...]:
    """A point of the need table that is allowed: the nurse reads health data."""
    values = {
        "kind": "staff", "standing": "service_staff", "role": "nurse", "organisation": "none", "link": "team",
        "deputy": "no", "service": SERVICE, "phase": "active", "action": "read", "purpose": SERVICE,
        "category": "health", "break_glass": "none", "regulation": "missing", "rights_case": "missing",
        "identity": "unverified", "caller": "unverified", "authorisation": "none",
    }  # fmt: skip
    return tuple(values[column] for column in policy.tables["need"].columns)


def points(table: Table, count: int) -> Iterator[tuple[str, ...]]:
    """Give points of a table that differ from each other, spread over its domains."""
    sizes = [len(table.domains[column]) for column in table.columns]
    total = 1
    for size in sizes:
        total *= size
    step = total // count or 1
    for number in range(0, step * count, step):
        rest, point = number, []
        for column, size in zip(table.columns, sizes, strict=True):
            rest, digit = divmod(rest, size)
            point.append(str(table.domains[column][digit]))
        yield tuple(point)


def by_hand(table: Table, point: tuple[str, ...]) -> bool:
    """Work out from the rows alone what Casbin must answer."""
    values = dict(zip(table.columns, point, strict=True))
    effects = {made.effect for made in table.rows if not made.failing(values)}
    return effects == {Effect.PERMIT}


@cache
def trees() -> dict[str, ast.Module]:
    """Parse every module of the package."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
    }


@cache
def names_used() -> frozenset[str]:
    """List every name that the code uses; outside the engine, functions that the package defines itself are left out."""
    engine: set[str] = set()
    others: set[str] = set()
    own: set[str] = set()
    for path, tree in trees().items():
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(attr=name) | ast.Name(id=name) | ast.alias(name=name) | ast.keyword(arg=str(name)):
                    (engine if path == "_engine.py" else others).add(name.rsplit(".", 1)[-1])
                case ast.FunctionDef(name=name) if path != "_engine.py":
                    own.add(name)
                case _:
                    pass
    return frozenset(engine | (others - own))


def imports_of(module: str) -> set[str]:
    """List the modules of the package that import a module."""
    found = set()
    for path, tree in trees().items():
        for node in ast.walk(tree):
            imported = (
                [name.name for name in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom)
                else []
            )  # fmt: skip
            if any(name.split(".")[0] == module for name in imported):
                found.add(path)
    return found


def never_permits(ask_: Callable[[], Decision]) -> None:
    """Check that a question raises `InvalidInput` or is denied; no other error and no permit."""
    try:
        decision = ask_()
    except InvalidInput:
        return
    assert not decision


def test_the_question_that_these_tests_start_from_is_permitted(guard: Guard) -> None:
    """Every test below that ends in a denial starts from a permit."""
    assert ask(guard)


# -- policy data ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["scope", "need", "limits"])
def test_t01_a_table_without_rows_answers_no_to_an_empty_request(policy: Policy, name: str, broken: Broken) -> None:
    """Stock Casbin lets an empty request into an empty policy; the reader refuses one and the engine denies in it."""
    assert stock(small(matcher="r.kind == p.kind"), []).enforce("", "") is True
    header = b"id,effect,reason,when,obligations,clauses,note\n"
    assert says(broken(f"{name}/rules.csv", lambda _: header), f"{name}/rules.csv", "the table has no rules")
    emptied = attrs.evolve(policy, tables={**policy.tables, name: attrs.evolve(policy.tables[name], rows=())})
    empty = Engine(emptied)
    width = len(policy.tables[name].columns)
    for word in ("", "*", "\x00", "-"):
        assert empty.ask(name, (word,) * width).allowed is False
    assert not ask(Guard(emptied))


def test_t02_deny_overrides_without_default_deny_is_refused_at_load(broken: Broken, policy: Policy) -> None:
    """The effect under which stock Casbin allows all on an empty policy is refused, and losing all rows denies."""
    only_deny = "!some(where (p.eft == deny))"
    assert stock(small(effect=only_deny), []).enforce("anybody", "anything") is True
    assert says(broken(MODEL, swap(EFFECT, only_deny)), MODEL, "the effect is not deny-overrides with default deny")
    guard = Guard(policy)
    for name in policy.tables:
        inner(engine_of(guard), name)._enforcer.clear_policy()
    assert ask(guard).reasons == (Reason.ENGINE_FAILURE,)


@pytest.mark.parametrize(
    "effect", ["Deny", "DENY", "", "permit", '"""deny"""', "deny;", "deny # note", "deny ", "deny\u200b", "deny\u00a0"]
)
def test_t03_an_effect_other_than_allow_or_deny_is_refused_at_load(broken: Broken, effect: str) -> None:
    """Stock Casbin skips a prohibition with a misspelt effect; the reader refuses it."""
    wrong = stock(small(), [("A", "*", "*", "allow"), ("B", "*", "*", effect)])
    assert wrong.enforce("staff", "team") is True
    findings = broken(NEED, add(row(effect=effect)))
    line = (PROJECT / "policies" / NEED).read_bytes().count(b"\n") + 1
    assert [finding.line for finding in findings] == [line]
    assert "unknown effect `" in findings[0].message or "unwanted character `U+200B`" in findings[0].message


@pytest.mark.parametrize("column", ["effect", "Eft", "eft # x", "eft ; x", "allow", ""])
def test_t04_a_model_without_a_plain_eft_column_is_refused_at_load(broken: Broken, column: str) -> None:
    """Without a column that is called `eft` stock Casbin lets a row that says deny allow."""
    wrong = stock(small(definition="id, kind, link, effect"), [("A", "*", "*", "deny")])
    assert wrong.enforce("staff", "team") is True
    findings = broken(MODEL, swap(", authorisation, eft", f", authorisation, {column}"))
    assert says(findings, MODEL, "`p` does not fit the request")


@pytest.mark.parametrize(("line", "fields"), [(row().removesuffix(","), 6), (f"{row()},", 8), ("NX-EXTRA", 1)])
def test_t05_a_row_of_another_width_is_refused_at_load(broken: Broken, line: str, fields: int) -> None:
    """Stock Casbin raises only when a request reaches such a row; the reader refuses it."""
    assert says(broken(NEED, add(line)), NEED, f"the row has {fields} fields, not 7")


def test_t06_there_are_no_role_rows(broken: Broken, policy: Policy) -> None:
    """A role row that is too long would lose its service, so there are none: a `g` line is no rule."""
    assert says(broken(NEED, add("g, alice, nurse, childcare, extra")), NEED, "the row has 5 fields, not 7")
    for name in policy.tables:
        assert "g" not in inner(Engine(policy), name)._enforcer.model.model


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda data: data.replace(b",", b";"), "unknown column"),
        (lambda data: data.replace(b",", b"\t"), "unwanted character `U+0009`"),
        (lambda data: b"\xef\xbb\xbf" + data, "byte-order mark"),
        (add(f"p, {row()}"), "the row has 8 fields, not 7"),
        (add("p2, staff, team, deny"), "the row has 4 fields, not 7"),
        (add("deny,"), "the row has 2 fields, not 7"),
    ],
    ids=["semicolons", "tabs", "byte-order mark", "p", "p2", "deny"],
)
def test_t07_a_line_of_another_kind_is_refused_and_not_dropped(broken: Broken, change: Change, text: str) -> None:
    """Stock Casbin drops lines of an unknown kind, prohibitions too; the reader refuses every one."""
    assert says(broken(NEED, change), NEED, text)


def test_t08_quotes_are_those_of_csv(folder: Path, broken: Broken) -> None:
    """Stock Casbin keeps quotes and splits inside them; the reader follows CSV, or refuses what is none."""
    rules = folder / "policies" / NEED
    good = rules.read_bytes()
    rules.write_bytes(add(row(id='"NX-EXTRA"', effect='"deny"', note='"a, b"'))(good))
    (made,) = load_policy(folder / "policies", models=folder / "models").rules()["NX-EXTRA"]
    assert made.effect is Effect.DENY
    rules.write_bytes(good)
    assert says(broken(NEED, add(row(note='"a, b'))), NEED, "the line is not CSV")


def test_t09_a_comment_at_the_end_of_a_line_is_refused(broken: Broken) -> None:
    """What follows `#` in a line is part of the field, so that a field that counts is refused with it."""
    assert says(broken(NEED, add(row(when="kind=auditor # all"))), NEED, "unknown word `auditor # all` in `kind`")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (add(f",{row()}"), "the row has 8 fields, not 7"),
        (add(row(when="kind=auditor)")), "unknown word `auditor)` in `kind`"),
        (add(row(when="kind=(auditor")), "unknown word `(auditor` in `kind`"),
        (add(row(when="kind=(auditor]")), "unknown word `(auditor]` in `kind`"),
        (lambda data: data.replace(b"\n", b"\r"), "unwanted character `U+000D`"),
        (lambda data: data + "# café\n".encode("latin-1"), "not UTF-8"),
        (add(f" {row()}"), "` NX-EXTRA` is not an id"),
    ],
    ids=["leading comma", "closing", "opening", "mixed", "carriage returns", "latin-1", "leading blank"],
)
def test_t10_crooked_lines_are_findings(broken: Broken, change: Change, text: str) -> None:
    """Lines on which stock Casbin raises, or of which it swallows half, are refused with a finding."""
    assert says(broken(NEED, change), NEED, text)


def test_t10_a_line_of_blanks_is_no_rule(folder: Path) -> None:
    """A line of blanks, on which stock Casbin raises, is skipped."""
    before = load_policy(folder / "policies", models=folder / "models")
    rules = folder / "policies" / NEED
    rules.write_bytes(add("   ")(rules.read_bytes()))
    after = load_policy(folder / "policies", models=folder / "models")
    assert after.tables["need"].rows == before.tables["need"].rows


@pytest.mark.parametrize("text", ["eve\np, mallory, read, allow", "a,b", 'a"b', "x\r\ny"])
def test_t11_a_value_cannot_become_a_row(policy: Policy, guard: Guard, text: str) -> None:
    """Ids never reach a row or a file: one with a line end is refused, one with a comma or a quote is only an id."""
    before = tuple(policy.tables["need"].lines())
    if "\n" in text:
        with pytest.raises(InvalidInput, match="control characters"):
            Subject(text, kind="staff")
    else:
        assert not ask(guard, Subject(text, kind="staff", organisation=text, related_to=[text]))
        assert ask(guard, attrs.evolve(NURSE, id=text))
    assert tuple(policy.tables["need"].lines()) == before
    with pytest.raises(EngineFailure, match="never saved"):
        inner(engine_of(guard))._enforcer.save_policy()


@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_t12_a_row_added_behind_the_back_of_the_engine_grants_nothing(
    policy: Policy, engine: Engine, effect: str
) -> None:
    """Casbin takes rows of any width; rows that do not come from the policy file are never judged."""
    enforcer = inner(engine)._enforcer
    before = engine.ask("need", permitted_point(policy)).allowed
    enforcer.model.model["p"]["p"].policy.append(("X", *["*"] * len(policy.tables["need"].columns), effect))
    enforcer.model.add_policy("p", "p", ["too", "short"])
    inner(engine)._answers.clear()
    assert engine.ask("need", denied_point(policy)).allowed is False
    assert engine.ask("need", permitted_point(policy)).allowed is before is True
    assert not {"add_policy", "add_policies", "add_named_policy", "add_permission_for_user"} & names_used()


def test_t13_duplicate_rows_are_refused_at_load(broken: Broken) -> None:
    """A rule that stands there twice would outlive its removal; the reader refuses it, also under another id."""
    line = next(
        line
        for line in (PROJECT / "policies" / NEED).read_text(encoding="utf-8").split("\n")
        if line.startswith("ND-STAFF")
    )
    twice = broken(NEED, add(line))
    assert says(twice, NEED, "duplicate id `ND-STAFF`")
    assert says(twice, NEED, "`ND-STAFF` says the same as `ND-STAFF`")


def test_t13_a_duplicate_row_under_another_id_is_refused(broken: Broken) -> None:
    """A copy of a rule under another id is refused."""
    line = next(
        line
        for line in (PROJECT / "policies" / NEED).read_text(encoding="utf-8").split("\n")
        if line.startswith("ND-STAFF")
    )
    assert says(
        broken(NEED, add(line.replace("ND-STAFF", "ND-COPY", 1))), NEED, "`ND-COPY` says the same as `ND-STAFF`"
    )


@pytest.mark.parametrize("effect", ["priority(p.eft) || deny", "subjectPriority(p.eft) || deny"])
def test_t14_there_are_no_priorities(broken: Broken, effect: str) -> None:
    """An effect by priority is refused, so the order of rows never matters."""
    assert says(broken(MODEL, swap(EFFECT, effect)), MODEL, "the effect is not deny-overrides with default deny")


def test_t14_a_priority_column_is_refused_and_the_order_of_rows_does_not_matter(broken: Broken, policy: Policy) -> None:
    """A column `priority` is refused, and the rows in reverse order give the same answers."""
    assert says(broken(MODEL, swap("r = kind, ", "r = priority, ")), MODEL, "`priority` is no fact of this table")
    table = policy.tables["need"]
    turned = {**policy.tables, "need": attrs.evolve(table, rows=table.rows[::-1])}
    one, other = Engine(policy), Engine(attrs.evolve(policy, tables=turned))
    asked = [permitted_point(policy), denied_point(policy), *points(table, 200)]
    assert [one.ask("need", point).allowed for point in asked] == [other.ask("need", point).allowed for point in asked]


# -- model and matcher -----------------------------------------------------------------------------------


@pytest.mark.parametrize("section", ["request_definition", "policy_definition", "policy_effect", "matchers"])
@pytest.mark.parametrize("how", ["missing", "upper case"])
def test_t15_a_model_without_one_of_its_sections_is_refused_at_load(broken: Broken, section: str, how: str) -> None:
    """Stock Casbin notices a missing section at the first request only; the reader refuses the model."""
    new = "" if how == "missing" else f"[{section.upper()}]\n"
    findings = broken(MODEL, swap(f"[{section}]\n", new))
    assert says(findings, MODEL, f"missing `[{section}]`")


def test_t15_g_in_a_matcher_without_roles_is_refused_at_load(broken: Broken) -> None:
    """A matcher that calls `g` is refused."""
    assert says(broken(MODEL, conjunct("g(r.role, p.role)")), MODEL, "`g(r.role, p.role)`, which is not reviewed")


@pytest.mark.parametrize(
    "text", ["r.kind ==", "(r.kind", "r.unknown == p.unknown", "unknown", "r.kind = p.kind", "1 +"]
)
def test_t16_a_malformed_matcher_or_an_unknown_name_is_refused_at_load(broken: Broken, text: str) -> None:
    """Stock Casbin loads a matcher that cannot be evaluated; the reader refuses it."""
    assert says(broken(MODEL, conjunct(text)), MODEL, f"the matcher has `{text}`, which is not reviewed")


def test_t17_a_semicolon_in_a_matcher_is_refused_at_load(broken: Broken) -> None:
    """Stock Casbin reads the first statement only, so that the rest of the matcher is lost."""
    lost = stock(small(matcher="r.kind == p.kind; r.link == p.link"), [("A", "staff", "team", "allow")])
    assert lost.enforce("staff", "none") is True
    findings = broken(MODEL, swap(f"{KIND} && ", f"{KIND}; "))
    assert says(findings, MODEL, "which is not reviewed")


@pytest.mark.parametrize("line", ["m = True", "m2 = True", "m3 = True"])
def test_t17_a_second_matcher_and_an_assignment_are_refused_at_load(broken: Broken, line: str) -> None:
    """Of two matchers the last wins in stock Casbin; the reader refuses the second, and `x = True` as a condition."""
    findings = broken(MODEL, lambda data: data.rstrip(b"\n") + f"\n{line}\n".encode())
    assert says(findings, MODEL, "`m` is defined twice" if line.startswith("m =") else f"unexpected line `{line}`")


def test_t18_a_hash_in_a_matcher_is_refused_at_load(broken: Broken) -> None:
    """Stock Casbin cuts the matcher off at `#`."""
    lost = stock(small(matcher="r.kind == p.kind # && r.link == p.link"), [("A", "staff", "team", "allow")])
    assert lost.enforce("staff", "none") is True
    assert says(broken(MODEL, swap(f"{KIND} && ", f"{KIND} # && ")), MODEL, "which is not reviewed")


@pytest.mark.parametrize("literal", ['"a||b"', '"a!b"', '"/r.txt"', '"a.p.p.l.e"', '"staff"', '"#"', '""'])
def test_t19_a_literal_in_a_matcher_is_refused_at_load(broken: Broken, literal: str) -> None:
    """Stock Casbin rewrites literals; the one literal of the reviewed form is `"*"`, which it leaves alone."""
    text = f"r.kind == {literal}"
    assert says(broken(MODEL, conjunct(text)), MODEL, "which is not reviewed")
    with pytest.raises(EngineFailure):
        compiled(f"r_kind == {literal}")
    assert model_text(("kind", "link")).count('"*"') == 2


@pytest.mark.parametrize("text", ["!r.kind == p.kind", "!(r.kind == p.kind)", "true", "1", "0.5", "r.kind != p.kind"])
def test_t20_a_negation_or_a_number_in_a_matcher_is_refused_at_load(broken: Broken, text: str) -> None:
    """What Python and Go read differently, or what counts as a match by accident, is refused."""
    assert says(broken(MODEL, conjunct(text)), MODEL, f"the matcher has `{text}`, which is not reviewed")
    with pytest.raises((EngineFailure, SyntaxError)):
        compiled(
            text.replace("r.", "r_")
            .replace("p.", "p_")
            .replace("true", "1")
            .replace("!(", "not (")
            .replace("!r", "not r")
        )


@pytest.mark.parametrize(
    "text",
    ["r.kind in p.kind", 'r.kind in ("staff", "recipient")', "r.kind >= p.kind", "r.kind < p.kind", "r.kind is p.kind"],
)
def test_t21_in_and_order_are_refused_at_load(broken: Broken, text: str) -> None:
    """`"read" in "thread"` is true, and so is `"9" >= "10"`; only equality is reviewed."""
    assert says(broken(MODEL, conjunct(text)), MODEL, "which is not reviewed")
    with pytest.raises(EngineFailure):
        compiled(text.replace("r.", "r_").replace("p.", "p_"))


@pytest.mark.parametrize(
    "name", ["regexMatch", "keyMatch", "keyMatch2", "keyMatch3", "keyMatch4", "globMatch", "ipMatch", "timeMatch"]
)
def test_t22_matching_functions_are_refused_at_load(broken: Broken, name: str) -> None:
    """Functions of Casbin that match more than they seem to are refused."""
    assert says(
        broken(MODEL, conjunct(f"{name}(r.kind, p.kind)")), MODEL, f"`{name}(r.kind, p.kind)`, which is not reviewed"
    )
    with pytest.raises(EngineFailure, match="Call"):
        compiled(f"{name}(r_kind, p_kind)")


@pytest.mark.parametrize(
    "text", ["any(x == p.kind for x in r.kind)", "[x for x in r.kind] == p.kind", "f'{r.kind}' == p.kind"]
)
def test_t23_a_comprehension_in_a_matcher_is_refused_at_load(broken: Broken, text: str) -> None:
    """A comprehension, whose elements are counted over all rows, is refused."""
    assert says(broken(MODEL, conjunct(text)), MODEL, "which is not reviewed")
    with pytest.raises(EngineFailure):
        compiled(text.replace("r.", "r_").replace("p.", "p_"))


def test_t24_a_doubled_token_is_refused_at_load(broken: Broken) -> None:
    """Of two equal tokens the last wins in stock Casbin; the reader refuses them."""
    findings = broken(
        MODEL, lambda data: data.replace(b"= kind, ", b"= kind, kind, ").replace(b"= id, kind, ", b"= id, kind, kind, ")
    )
    assert says(findings, MODEL, "the fact `kind` stands there twice")
    assert not {"add_function", "add_named_function"} & names_used()


@pytest.mark.parametrize("line", ["r2 = kind", "p2 = id, kind, eft", f"e2 = {EFFECT}", "m2 = True"])
def test_t25_there_is_no_context_that_chooses_another_effect(broken: Broken, line: str) -> None:
    """A second request, policy, effect or matcher is refused, and the code never makes an `EnforceContext`."""
    section = {"r": "request_definition", "p": "policy_definition", "e": "policy_effect", "m": "matchers"}[line[0]]
    findings = broken(MODEL, swap(f"[{section}]\n", f"[{section}]\n{line}\n"))
    assert says(findings, MODEL, "unexpected line `")
    assert not {"EnforceContext", "new_enforce_context"} & names_used()


# -- request values --------------------------------------------------------------------------------------


class Agreeable(str):
    """A text that claims to equal everything."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Agree."""
        return True

    def __ne__(self, other: object) -> bool:
        """Agree."""
        return False

    def __hash__(self) -> int:
        """Look like the word `health`."""
        return hash("health")


class Anything:
    """An object that claims to equal everything."""

    def __eq__(self, other: object) -> bool:
        """Agree."""
        return True

    def __hash__(self) -> int:
        """Look like the word `health`."""
        return hash("health")


STRANGE: list[object] = [
    Agreeable("nonsense"), Agreeable(""), Anything(), b"health", bytearray(b"health"), 0, 1, True, 1.5, object(),
    "Health", "health ", " health", "HEALTH", "he\u0301alth", "hea\u200blth", "*", "", "\x00", "health|judicial",
    "granted", "profile", "all", "register", ("health",), frozenset({"health"}), {}, [],
]  # fmt: skip


def name_of(value: object) -> str:
    """Name a strange value, in the same way in every process."""
    kind = type(value).__name__
    return kind if type(value) in {object, Anything} else f"{kind} {str(value)[:12]!r}"


@pytest.mark.parametrize("value", STRANGE, ids=name_of)
@pytest.mark.parametrize("field", ["action", "group", "purpose", "mode", "category", "context"])
def test_t26_a_strange_value_for_a_word_never_permits(asked: Guard, field: str, value: object) -> None:
    """A value that claims to equal a word, or only looks like one, is `InvalidInput` or denied."""
    if field == "mode" and value == "all" and type(value) is str:
        value = "al l"
    changes = {"categories": [value]} if field == "category" else {field: value}
    never_permits(lambda: ask(asked, **changes))
    assert ask(asked), "what a strange value leaves behind denies nothing else"
    never_permits(lambda: ask(asked, **changes))


@pytest.mark.parametrize("value", [Agreeable("nonsense"), b"nurse", None, 1, Anything(), "", ["nurse"]])
@pytest.mark.parametrize("field", ["role", "service", "team", "kind", "dossier service"])
def test_t26_a_strange_value_in_a_record_never_permits(asked: Guard, field: str, value: Any) -> None:
    """The same in the records of people and dossiers: refused when they are made, or denied."""

    def try_it() -> Decision:
        assignment = {"role": "nurse", "service": SERVICE, "team": "t-1"}
        if field in assignment:
            assignment[field] = value
        kind = value if field == "kind" else "staff"
        service = value if field == "dossier service" else SERVICE
        subject = Subject("p-1", kind=kind, assignments=[Assignment(**assignment)])
        return ask(asked, subject, Dossier("d-1", service=service, team="t-1", use=[("2019-01-01", None)]))

    never_permits(try_it)
    assert ask(asked), "what a strange value leaves behind denies nothing else"
    never_permits(try_it)


@pytest.mark.parametrize("value", [5, b"health", "health", [[]], [{}], [None], [b"health"]], ids=repr)
@pytest.mark.parametrize("method", ["decide", "decide_many", "require", "who_can", "explain"])
def test_t26_strange_categories_are_invalid_input_for_every_method(asked: Guard, method: str, value: Any) -> None:
    """Categories that are no set of words are `InvalidInput`, never another error, by whichever method they come."""
    arguments: dict[str, Any] = {"categories": value, "group": "child_and_family", "purpose": SERVICE, "at": MOMENT}
    others: dict[str, tuple[Any, ...]] = {"decide_many": (NURSE, "read", [FILE]), "who_can": ("read", FILE, [NURSE])}
    with pytest.raises(InvalidInput):
        getattr(asked, method)(*others.get(method, (NURSE, "read", FILE)), **arguments)


@pytest.mark.parametrize("which", ["subject", "dossier"])
def test_t26_a_look_alike_of_a_record_is_invalid_input(guard: Guard, which: str) -> None:
    """An object that has the fields of a `Subject` or `Dossier`, unchecked, is not taken for one."""
    record: Any = NURSE if which == "subject" else FILE
    fake: Any = SimpleNamespace(**{field.name: getattr(record, field.name) for field in attrs.fields(type(record))})
    with pytest.raises(InvalidInput) as error:
        ask(guard, **{which: fake})
    assert error.value.field == which


@pytest.mark.parametrize("value", [None, 0, b"read", ("a", "b"), "", "*", "Read", "\x00"])
def test_t26_a_strange_word_at_the_engine_never_permits(policy: Policy, engine: Engine, value: Any) -> None:
    """Even asked directly, the engine denies or fails on a word that is not in the domain of its column."""
    point = permitted_point(policy)
    assert engine.ask("need", point).allowed
    for number, column in enumerate(policy.tables["need"].columns):
        if column not in {"kind", "standing", "role", "action", "purpose", "category", "link", "phase"}:
            continue
        strange = (*point[:number], value, *point[number + 1 :])
        try:
            answer = engine.ask("need", strange)
        except EngineFailure:
            continue
        assert answer.allowed is False, column


class Failing:
    """An enforcer that raises."""

    enabled = True

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def enforce(self, *_: str) -> bool:
        """Raise."""
        raise self.error


class Answering:
    """An enforcer that gives an answer of its own."""

    enabled = True

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def enforce(self, *_: str) -> object:
        """Answer."""
        return self.answer


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError(),
        SystemError("AST"),
        RecursionError(),
        RuntimeError("invalid"),
        KeyError("x"),
        AttributeError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_t27_an_error_inside_casbin_denies(
    guard: Guard, policy: Policy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Whatever Casbin raises, the engine raises `EngineFailure` and the guard denies and reports it."""
    monkeypatch.setattr(inner(engine_of(guard)), "_enforcer", Failing(error))
    with pytest.raises(EngineFailure, match=type(error).__name__):
        engine_of(guard).ask("need", permitted_point(policy))
    decision = ask(guard)
    assert decision.reasons == (Reason.ENGINE_FAILURE,)
    assert type(error).__name__ in caplog.text
    monkeypatch.undo()
    assert ask(guard), "a denial because of a fault is not remembered"


@pytest.mark.parametrize(
    "answer", [1, "yes", [True], 0.5, (True, []), object()], ids=lambda answer: type(answer).__name__
)
def test_t27_an_answer_other_than_true_never_permits(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    """Only the answer `True` can permit."""
    monkeypatch.setattr(inner(engine_of(guard)), "_enforcer", Answering(answer))
    assert ask(guard).reasons == (Reason.ENGINE_FAILURE,)


@pytest.mark.parametrize("name", ["scope", "need", "limits"])
def test_t27_a_yes_that_the_rows_do_not_lead_to_never_permits(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A Casbin that says yes to everything is found out."""
    monkeypatch.setattr(inner(engine_of(guard), name), "_enforcer", Answering(True))
    denials: dict[str, dict[str, Any]] = {
        "scope": {"categories": ("religious_belief",)},
        "need": {"categories": ("judicial",)},
        "limits": {"purpose": None},
    }
    assert ask(guard, **denials[name]).reasons == (Reason.ENGINE_FAILURE,)


@pytest.mark.parametrize("text", ["eval(p.kind)", "True) or (True", "True) #", "p.kind", "r.kind.append(1)", "9**9**9"])
def test_t28_nothing_in_a_policy_is_evaluated(broken: Broken, text: str) -> None:
    """A matcher with `eval` is refused, and an expression in a rule is an unknown word."""
    assert says(broken(MODEL, conjunct(text)), MODEL, "which is not reviewed")


@pytest.mark.parametrize("text", ["True) or (True", "True) #", "9**9", "__import__('os')", "r.sub.age>18"])
def test_t28_an_expression_in_a_rule_is_refused(broken: Broken, text: str) -> None:
    """A condition holds words, and an expression is none."""
    assert says(broken(NEED, add(row(when=f"kind={text}"))), NEED, f"unknown word `{text}` in `kind`")


def test_t28_the_evaluator_below_casbin_is_a_repaired_one(policy: Policy) -> None:
    """The installed simpleeval has the fixes of 1.0.8, and a reviewed matcher never passes through it."""
    assert tuple(map(int, version("simpleeval").split(".")[:3])) >= (1, 0, 8)
    project = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"simpleeval>=1.0.8,' in project
    for name in policy.tables:
        assert "eval(" not in policy.tables[name].model
    with pytest.raises(EngineFailure, match="another matcher"):
        inner(Engine(policy))._enforcer._get_expression("True", {})
    assert inner(Engine(policy))._enforcer._compiled._globals["__builtins__"] == {}


# -- concurrency and reload ------------------------------------------------------------------------------


@pytest.fixture
def busy_threads() -> Iterator[None]:
    """Let threads take turns as often as the interpreter can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("busy_threads")
def test_t29_eight_threads_decide_without_an_error(policy: Policy, engine: Engine) -> None:
    """On CPython 3.11 parsing in threads raises now and then; eight threads give the answers that the rows lead to."""
    asked = [(name, point) for name, table in policy.tables.items() for point in points(table, 500)]

    def answers(turn: int) -> list[bool]:
        order = asked[turn * 100 :] + asked[: turn * 100]
        given = {question: engine.ask(*question).allowed for question in order}
        return [given[question] for question in asked]

    expected = [by_hand(policy.tables[name], point) for name, point in asked]
    assert set(expected) == {True, False}
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answers, range(8))) == [expected] * 8


def test_t29_nothing_is_parsed_while_deciding(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """The matcher is compiled once, so that deciding never calls the parser that fails in threads."""

    def parse(*_: object, **__: object) -> None:
        raise SystemError("AST constructor recursion depth mismatch")

    monkeypatch.setattr(ast, "parse", parse)
    monkeypatch.setattr("builtins.compile", parse)
    assert ask(guard)
    assert ask(guard, categories=("judicial",)).reasons == (Reason.ROLE_CATEGORY,)


def test_t30_reloading_again_and_again_works(guard: Guard, policy: Policy) -> None:
    """The second load of stock Casbin copies its role graphs and may recurse too deep; a reload makes all anew."""
    for _ in range(20):
        guard.reload(policy)
        assert ask(guard)
    assert "load_policy" not in dir(Engine)
    assert "deepcopy" not in names_used()


def closed(policy: Policy) -> Policy:
    """The same policy as another version under which nothing is permitted."""
    return attrs.evolve(policy.overlaid(published=False), version="2.0.0", digest="0" * 64)


def without(policy: Policy, rule: str) -> Policy:
    """The same policy as another version without one rule."""
    tables = {
        name: attrs.evolve(table, rows=tuple(made for made in table.rows if made.id != rule))
        for name, table in policy.tables.items()
    }
    return attrs.evolve(policy, tables=tables, version="2.0.0", digest="1" * 64)


def decisions_while_reloading(guard: Guard, policies: list[Policy], subject: Subject) -> list[tuple[str, bool]]:
    """Decide in four threads while policies take turns, and list under which version each answer was given."""
    stop = Event()

    def decide() -> list[tuple[str, bool]]:
        given: list[tuple[str, bool]] = []
        while not stop.is_set():
            decision = ask(guard, subject)
            given.append((decision.policy.digest, decision.allowed))
            given.extend(
                (many.policy.digest, many.allowed)
                for many in guard.decide_many(
                    subject, "read", [FILE, attrs.evolve(FILE, id="d-2")], categories=("health",),
                    group="child_and_family", purpose=SERVICE, at=MOMENT,
                )
            )  # fmt: skip
        return given

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(decide) for _ in range(4)]
        try:
            for _ in range(8):
                for policy in policies:
                    guard.reload(policy)
        finally:
            stop.set()
        return [answer for future in running for answer in future.result()]


@pytest.mark.slow
@pytest.mark.usefixtures("busy_threads")
def test_t31_reloading_while_deciding_never_mixes_two_versions(guard: Guard, policy: Policy) -> None:
    """Each decision follows the version that it names: the open one permits, the closed one denies."""
    given = decisions_while_reloading(guard, [closed(policy), policy], NURSE)
    assert set(given) == {(policy.digest, True), ("0" * 64, False)}


@pytest.mark.slow
@pytest.mark.usefixtures("busy_threads")
def test_t32_removing_a_prohibition_while_deciding_opens_nothing_in_the_old_version(policy: Policy) -> None:
    """A rule that a new version drops keeps denying under the old version until the very last decision."""
    family = attrs.evolve(NURSE, related_to=[FILE.id, "d-2"])
    guard = Guard(policy)
    given = decisions_while_reloading(guard, [without(policy, "LM-OWN-FAMILY"), policy], family)
    assert set(given) == {(policy.digest, False), ("1" * 64, True)}


def test_t33_a_reload_that_fails_leaves_nothing_half_done(guard: Guard, folder: Path) -> None:
    """Stock Casbin has cleared its model when a filtered load fails; a refused reload changes nothing at all."""
    before = guard._current
    (folder / "policies" / NEED).write_bytes(b"")
    with pytest.raises(PolicyError):
        guard.reload(folder / "policies", models=folder / "models")
    assert guard._current is before
    assert ask(guard)
    assert not {"load_filtered_policy", "load_increment_filtered_policy", "FilteredAdapter"} & names_used()


def test_t33_a_reload_whose_engine_fails_leaves_nothing_half_done(guard: Guard, policy: Policy) -> None:
    """A policy that Casbin does not follow is refused before anybody relies on it."""
    table = policy.tables["need"]
    wrong = attrs.evolve(table, model=table.model.replace(KIND, '(p.kind == "*" || r.kind in p.kind)'))
    with pytest.raises(EngineFailure):
        guard.reload(attrs.evolve(policy, tables={**policy.tables, "need": wrong}))
    assert guard.policy is policy
    assert ask(guard)


def test_t33_an_engine_that_answers_wrongly_is_refused_at_once(policy: Policy) -> None:
    """A model of a form that compiles but judges otherwise fails the questions that are asked first."""
    table = policy.tables["need"]
    blind = attrs.evolve(table, model=table.model.replace(EFFECT, "some(where (p.eft == allow))"))
    swapped = attrs.evolve(table, model=table.model.replace("eft\n", "kind\n", 1))
    for broken_table in (blind, swapped):
        both = attrs.evolve(broken_table, rows=(*table.rows, attrs.evolve(table.rows[0], id="X", effect=Effect.DENY)))
        with pytest.raises(EngineFailure):
            Engine(attrs.evolve(policy, tables={**policy.tables, "need": both}))


def test_t33_an_answer_that_the_rows_do_not_lead_to_is_a_failure(policy: Policy) -> None:
    """Under deny-overrides without default deny, Casbin's yes to what no row allows is found out when it is given."""
    table = policy.tables["need"]
    rows = tuple(made for made in table.rows if made.effect is Effect.DENY)[-1:]
    loose = attrs.evolve(table, model=table.model.replace(EFFECT, "!some(where (p.eft == deny))"), rows=rows)
    with pytest.raises(EngineFailure, match="does not follow from the rows"):
        Engine(attrs.evolve(policy, tables={**policy.tables, "need": loose})).ask("need", permitted_point(policy))


def test_t34_there_is_no_adapter_and_no_removal(guard: Guard) -> None:
    """Nothing is stored or removed through Casbin, so memory and storage cannot differ; the one adapter only loads."""
    assert (
        not {"remove_policy", "remove_policies", "remove_filtered_policy", "update_policy", "clear_policy"}
        & names_used()
    )
    assert not {"FileAdapter", "StringAdapter", "AsyncAdapter"} & names_used()
    with pytest.raises(EngineFailure, match="never saved"):
        inner(engine_of(guard))._enforcer.adapter.save_policy(None)


class Asking(logging.Handler):
    """A log handler that asks the guard again, as an alert on a denial might."""

    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self.guard = guard
        self.answers: list[bool] = []

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - the handler's signature
        """Decide once more, and reload too, but only on the first call."""
        if not self.answers:
            self.answers.append(False)
            self.answers[0] = bool(ask(self.guard, categories=("family_composition",)))
            self.guard.reload(self.guard.policy)


def test_t35_deciding_and_reloading_from_inside_a_decision_does_not_hang(guard: Guard) -> None:
    """No lock is held while anything else runs, and no watcher or synchronised enforcer is used."""
    handler = Asking(guard)
    logger = logging.getLogger("kg_access.decisions")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        thread = Thread(target=ask, args=(guard,), daemon=True)
        thread.start()
        thread.join(timeout=20)
        assert not thread.is_alive()
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert handler.answers == [True]
    assert not {"SyncedEnforcer", "set_watcher", "set_update_callback", "build_role_links", "AtomicBool"} & names_used()


def test_t36_a_failing_reload_is_heard(guard: Guard, folder: Path) -> None:
    """There is no loading by itself whose errors nobody sees: a reload that fails raises, each time."""
    (folder / "policies" / "policy.toml").unlink()
    for _ in range(2):
        with pytest.raises(PolicyError, match=r"policy\.toml: the file is missing"):
            guard.reload(folder / "policies", models=folder / "models")
    assert not {"start_auto_load_policy", "stop_auto_load_policy", "is_auto_loading_running", "Timer"} & names_used()


def test_t37_enforcers_share_nothing(policy: Policy) -> None:
    """Two guards and the tables of one guard have an enforcer, a model and rows of their own."""
    engines = [Engine(policy), Engine(policy)]
    enforcers = [inner(engine, name)._enforcer for engine in engines for name in policy.tables]
    assert len({id(enforcer.model) for enforcer in enforcers}) == len(enforcers)
    assert len({id(enforcer.model.model["p"]["p"].policy) for enforcer in enforcers}) == len(enforcers)
    assert not {"load_model", "set_model", "set_effector"} & names_used()
    first, second = Guard(policy), Guard(policy)
    inner(engine_of(first))._enforcer.clear_policy()
    assert not ask(first)
    assert ask(second)


def test_t38_an_expired_assignment_stays_expired_after_a_reload(guard: Guard, policy: Policy) -> None:
    """Dates are looked at for every decision and not stored in Casbin, where a reload would lose them."""
    assignment = Assignment(role="nurse", service=SERVICE, team="t-1", valid_until="2020-05-31")
    former = attrs.evolve(NURSE, assignments=[assignment])
    earlier = datetime(2020, 5, 31, 12, tzinfo=BRUSSELS)
    for _ in range(2):
        assert ask(guard, former, at=earlier)
        assert not ask(guard, former)
        guard.reload(policy)
    assert not {name for name in names_used() if "conditional" in name.lower() or "link_condition" in name}


@pytest.mark.parametrize("how", ["enable_enforce", "attribute", "zero", "truthy"])
def test_t39_switching_the_enforcer_off_denies(guard: Guard, policy: Policy, how: str) -> None:
    """An enforcer that is switched off says yes to everything in stock Casbin; the engine refuses to ask it."""
    off = stock(small(), [])
    off.enable_enforce(False)
    assert off.enforce("anybody", "anything", "of any", "width") is True
    enforcer = inner(engine_of(guard))._enforcer
    match how:
        case "enable_enforce":
            enforcer.enable_enforce(False)
        case "attribute":
            enforcer.enabled = False
        case "zero":
            enforcer.enabled = 0
        case _:
            enforcer.enabled = "yes"
    with pytest.raises(EngineFailure, match="switched off"):
        engine_of(guard).ask("need", permitted_point(policy))
    assert ask(guard).reasons == (Reason.ENGINE_FAILURE,)
    assert "enable_enforce" not in names_used()


def changeable(value: Any, path: str, seen: set[int]) -> Iterator[str]:
    """List the places inside a value that somebody who holds it could change."""
    if id(value) in seen or isinstance(value, str | int | float | None):
        return
    seen.add(id(value))
    if isinstance(value, dict | list | set | bytearray):
        yield path
    if isinstance(value, Mapping):
        for key, inside in value.items():
            yield from changeable(inside, f"{path}[{key}]", seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, inside in enumerate(value):
            yield from changeable(inside, f"{path}[{number}]", seen)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            if field.name != "explainer":
                yield from changeable(getattr(value, field.name), f"{path}.{field.name}", seen)


@pytest.mark.parametrize("what", ["permit", "denial", "redaction", "request", "policy", "answer"])
def test_t40_nothing_that_is_given_back_is_live(guard: Guard, policy: Policy, what: str) -> None:
    """Casbin gives its live rows away; a decision, an answer and a policy of ours hold nothing that can be changed."""
    given: object
    match what:
        case "permit":
            given = ask(guard)
        case "denial":
            given = ask(guard, categories=("judicial",))
        case "redaction":
            decision = ask(Guard(policy, fulfils=["redact"]), categories=("health", "judicial"), mode="redact")
            assert decision.redacted
            given = decision
        case "request":
            given = (NURSE, FILE, Context(channel="teams"))
        case "policy":
            given = guard.policy
        case _:
            given = engine_of(guard).ask("need", permitted_point(policy))
    places = list(changeable(given, what, set()))
    assert places == []
    record: Any = given[0] if isinstance(given, tuple) else given
    first = attrs.fields(type(record))[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(record, first, None)


def test_t40_changing_the_words_of_a_policy_in_use_changes_no_decision(guard: Guard) -> None:
    """Whoever holds `guard.policy` cannot make Teams an ordinary channel or add a country to the EEA."""
    teams = Context(channel="teams")
    assert not ask(guard, context=teams)
    words: Any = guard.policy.vocabulary
    with suppress(TypeError):
        words.channels["teams"] = "ordinary"
    assert not ask(guard, context=teams, categories=("family_composition",))


def test_t40_what_somebody_does_with_an_answer_stays_there(policy: Policy, engine: Engine) -> None:
    """A list that the engine gives is a new one each time."""
    point = denied_point(policy)
    near = engine.nearly("need", point, 3)
    count = len(near)
    assert count
    near.clear()
    assert len(engine.nearly("need", point, 3)) == count


def test_t40_neither_guard_nor_engine_gives_an_enforcer_away(guard: Guard, policy: Policy) -> None:
    """Nothing public of a guard, its policy, a decision or an engine is or holds an enforcer or a model of Casbin."""
    engine = engine_of(guard)
    assert {name for name in dir(engine) if not name.startswith("_")} == {"ask", "nearly"}
    for owner in (guard, engine, guard.policy, ask(guard), policy.tables["need"]):
        for name in dir(owner):
            if name.startswith("_"):
                continue
            value = getattr(owner, name)
            module = type(value).__module__ or ""
            assert not module.startswith(("casbin", "kg_access._engine")), f"{owner!r}.{name}"
    names = {name for name in dir(guard) if not name.startswith("_")}
    assert not names & {"engine", "enforcer", "model", "enforce", "point", "adapter"}


# -- roles -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["inherits", "parent", "roles", "part_of"])
def test_t41_there_is_no_hierarchy_of_roles(broken: Broken, key: str) -> None:
    """Casbin loses a link after nine hops in silence; roles of ours have no hierarchy to lose."""
    path = "vocabulary/roles.yaml"
    findings = broken(path, swap("nurse:\n", f"nurse:\n  {key}: family_supporter\n"))
    assert says(findings, path, f"unknown key `{key}`")


@pytest.mark.parametrize("name", ["nurse", "role:nurse", "service_staff", "team", "p-1", "all", "*"])
def test_t42_a_person_or_team_called_like_a_role_gets_nothing_from_it(guard: Guard, name: str) -> None:
    """Ids and words never share a namespace: who is called `nurse` is no nurse."""
    assert not ask(guard, Subject(name, kind="staff"))
    assert not ask(
        guard, Subject(name, kind="staff", assignments=[Assignment(role="nurse", service=SERVICE, team=name)])
    )
    assert ask(guard, attrs.evolve(NURSE, id=name))
    assert not ask(
        guard,
        Subject("p-1", kind="staff", assignments=[Assignment(role="client_manager", service=SERVICE, team="t-1")]),
    )


def test_t43_there_are_no_matching_functions_that_could_fail(policy: Policy) -> None:
    """A matching function that raises drops a link in silence; none is set and no role manager exists."""
    assert not {name for name in names_used() if "matching_func" in name or "role_manager" in name.lower()}
    for name in policy.tables:
        assert inner(Engine(policy), name)._enforcer.rm_map == {}


@pytest.mark.parametrize(
    "call",
    ["g(r.role, p.role)", "g(r.role, p.role, r.service)", "g(r.role, p.role, r.service, r.kind)", "g2(r.role, p.role)"],
)
def test_t44_g_is_refused_at_load_in_whatever_width(broken: Broken, call: str) -> None:
    """A domain that `g` ignores cannot be ignored where there is no `g`."""
    findings = broken(MODEL, conjunct(call))
    assert says(findings, MODEL, "which is not reviewed")
    with pytest.raises(EngineFailure, match="Call"):
        compiled(call.replace("r.", "r_").replace("p.", "p_"))


def test_t44_a_role_definition_is_refused_at_load(broken: Broken) -> None:
    """No model has a section of roles."""
    findings = broken(MODEL, swap("[policy_effect]", "[role_definition]\ng = _, _, _\n\n[policy_effect]"))
    assert says(findings, MODEL, "unknown section `role_definition`")


def sizes(guard: Guard) -> list[int]:
    """Count everything that a guard remembers."""
    engine = engine_of(guard)
    return [len(guard._current.memory), *(len(question._answers) for question in engine._questions.values())]


@pytest.mark.parametrize("field", ["action", "group", "purpose", "mode", "category", "role", "service", "channel"])
def test_t45_unknown_words_leave_nothing_behind(asked: Guard, field: str) -> None:
    """Casbin stores every unknown name it is asked about; a question with an unknown word stores nothing."""
    assert ask(asked)
    before = sizes(asked)
    for number in range(50):
        word = f"unknown_{number}"
        special: dict[str, dict[str, Any]] = {
            "category": {"categories": (word,)},
            "role": {"subject": Subject("p-1", kind="staff", assignments=[Assignment(role=word, service=SERVICE)])},
            "service": {"dossier": Dossier("d-1", service=word)},
            "channel": {"context": Context(channel=word)},
        }
        with pytest.raises(UnknownTerm):
            ask(asked, **special.get(field, {field: word}))
    assert sizes(asked) == before


def test_t45_people_dossiers_and_texts_leave_nothing_behind(guard: Guard) -> None:
    """What is remembered grows with the facts and not with the people, the dossiers or the texts asked about."""

    def round_of(number: int) -> None:
        subject = attrs.evolve(NURSE, id=f"p-{number}", related_to=[f"x-{number}"], organisation=f"o-{number}")
        dossier = attrs.evolve(FILE, id=f"d-{number}", reserved_for=[f"p-{number}"], controller=f"c-{number}")
        context = Context(
            destination_country=f"Q{number}",
            key_holder=f"k-{number}",
            case_ref=f"r-{number}",
            break_glass=f"b-{number}",
        )
        ask(guard, subject, dossier, context=context)

    round_of(1)
    before = sizes(guard)
    for number in range(2, 200):
        round_of(number)
    assert sizes(guard) == before


def test_t45_what_the_engine_remembers_has_an_end(
    policy: Policy, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even known words in ever new combinations fill only so much memory, and the answers stay right."""
    monkeypatch.setattr("kg_access._engine.REMEMBERED", 50)
    table = policy.tables["need"]
    for point in points(table, 300):
        assert engine.ask("need", point).allowed is by_hand(table, point)
    assert len(inner(engine)._answers) == 50


def test_t45_what_a_guard_remembers_has_an_end(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard forgets its oldest decisions when it holds too many."""
    monkeypatch.setattr("kg_access._snapshot.REMEMBERED", 10)
    pairs = product(guard.policy.vocabulary.categories, guard.policy.vocabulary.groups)
    for category, group in islice(pairs, 40):
        ask(guard, categories=(category,), group=group)
    assert len(guard._current.memory) == 10
    assert ask(guard)


# -- what is not used at all -------------------------------------------------------------------------------


def test_casbin_is_imported_by_the_engine_only() -> None:
    """One module knows Casbin, so that one module has to be watched."""
    assert imports_of("casbin") == {"_engine.py"}
    assert imports_of("simpleeval") == imports_of("wcmatch") == set()


@pytest.mark.parametrize(
    "name",
    ["FastEnforcer", "SyncedEnforcer", "AsyncEnforcer", "DistributedEnforcer", "InternalEnforcer", "FastModel",
     "ManagementEnforcer", "batch_enforce", "enforce_ex", "CasbinRule", "RoleManager", "DomainManager"],
)  # fmt: skip
def test_no_other_enforcer_of_casbin_is_used(name: str) -> None:
    """Enforcers that are unsafe in threads, skip rows or hang, and role managers, occur nowhere in the code."""
    assert name not in names_used()


def test_the_check_on_names_sees_the_names_that_are_there() -> None:
    """The tests on absent names would fail if the names were there."""
    assert {"Enforcer", "Adapter", "new_model", "enforce", "policy"} <= names_used()
    assert "REMEMBERED" in names_used()


def test_a_foreign_casbin_beside_pycasbin_is_refused(monkeypatch: pytest.MonkeyPatch, policy: Policy) -> None:
    """When the abandoned distribution is installed as well, no engine is made and the message says what to do."""
    refuse_other_casbin()
    monkeypatch.setattr("kg_access._engine.distribution", lambda _: SimpleNamespace(version="1.43.0"))
    with pytest.raises(EngineFailure, match="pip uninstall casbin pycasbin"):
        Guard(policy)


def test_making_an_engine_leaves_the_logging_of_casbin_as_it_was(policy: Policy) -> None:
    """Casbin silences its loggers for the whole process; the library puts that right."""
    loggers = [logging.getLogger(name) for name in ("casbin", "casbin.enforcer", "casbin.policy", "casbin.role")]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = False
    try:
        Engine(policy)
        assert [logger.disabled for logger in loggers] == [False] * len(loggers)
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled


def test_an_engine_that_is_replaced_is_let_go(policy: Policy) -> None:
    """Reloading does not pile up old versions."""
    guard = Guard(policy)
    old = weakref.ref(engine_of(guard))
    guard.reload(policy)
    gc.collect()
    assert old() is None


def test_every_column_of_a_model_is_compared_and_every_row_fits_it(policy: Policy) -> None:
    """The text that Casbin gets compares each column once, and each row that it could get has a field for each."""
    for table in policy.tables.values():
        assert [table.model.count(condition(column)) for column in table.columns] == [1] * len(table.columns)
        assert all(len(line) == len(table.columns) + 2 for line in islice(table.lines(), 2000))
        assert set(table.columns) & set(COMPUTED)
        assert all(isinstance(made, Row) for made in table.rows)
