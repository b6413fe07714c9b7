"""Tables of the reference, written from the shipped policy when the site is built, so that they cannot go stale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from kg_access import Obligation, Policy, load_policy
from kg_access.facts import COMPUTED, WORDED
from kg_access.invariants import read_invariants
from kg_access.policy import Label
from kg_access.scenarios import find_scenarios, read_suites, run
from kg_access.trace import Entry, trace
from kg_access.trace.chain import KINDS
from kg_access.trace.report import chain

PROJECT = Path(__file__).resolve().parent.parent
BY = {
    "requester": "the person who asks",
    "team_lead": "the team lead",
    "privacy_office": "the privacy office",
    "policy_officer": "the policy officer",
    "application": "the application",
    "nobody": "nobody",
}
WORDS_OF = {
    "standing": "vocabulary/standings.yaml",
    "role": "vocabulary/roles.yaml",
    "organisation": "registers/processors.yaml` and `registers/recipients.yaml",
    "service": "vocabulary/services.yaml",
    "action": "vocabulary/actions.yaml",
    "purpose": "vocabulary/purposes.yaml",
    "category": "vocabulary/categories.yaml",
    "group": "vocabulary/groups.yaml",
    "recipient_type": "vocabulary/recipient_types.yaml",
}


def filled(text: str, policy: Policy) -> str:
    """
    Put the tables in a page: every line `<!-- generated: NAME -->` becomes the table of that name.

    Args:
        text: The page.
        policy: The policy that the tables describe.
    """
    for name, table in TABLES.items():
        mark = f"<!-- generated: {name} -->"
        text = text.replace(mark, table(policy)) if mark in text else text
    return text


def shipped_policy() -> Policy:
    """Read the policy of this checkout."""
    return load_policy(PROJECT / "policies", models=PROJECT / "models")


def reason_codes(policy: Policy) -> str:
    """
    Write the table of reason codes, in the order in which a denial lists them.

    Args:
        policy: The policy.
    """
    givers: dict[str, list[str]] = {}
    for rule, rows in policy.rules().items():
        for reason in {row.reason for row in rows if row.reason is not None}:
            givers.setdefault(reason, []).append(rule)
    by_library = {"obligation_not_supported", "engine_failure"}
    rows = []
    for code, reason in policy.reasons.items():
        rests = [*map(_code, reason.clauses), "", f"shows as: {reason.disclosure}"]
        given = [_code(rule) for rule in givers.get(code, ())] or [
            "the library itself" if code in by_library else "nothing at present"
        ]
        helps = [f"{BY[reason.remedy.by]}:", *_both(reason.remedy.text)]
        rows.append([[_anchor(code)], _both(reason.text), helps, [*rests, "", *given]])
    return _table(
        ("Code", "What it says", "Who can help, and how", "Clauses, disclosure, rules"), (15, 35, 30, 20), rows
    )


def obligations(policy: Policy) -> str:
    """
    Write the table of obligations.

    Args:
        policy: The policy.
    """
    added: dict[str, list[str]] = {"log": ["every decision"], "redact": ["every permit that leaves something out"]}
    for rule, rows in policy.rules().items():
        for name in {name for row in rows for name in row.obligations}:
            added.setdefault(name, []).append(_code(rule))
    rows = [
        [[_anchor(name)], _both(policy.vocabulary.obligations[name]), added.get(name, ["nothing at present"])]
        for name in Obligation
    ]
    return _table(("Word", "What the application must do", "Comes with"), (20, 50, 30), rows)


def facts(policy: Policy) -> str:
    """
    Write one overview of the facts, and for each fact the table of its values.

    Args:
        policy: The policy.
    """
    rows = []
    sections = []
    for name, fact in policy.vocabulary.facts.items():
        asked = [table.name for table in policy.tables.values() if name in table.columns]
        words = f"words of {_code(WORDS_OF[name])}" if name in WORDED else ""
        special = ", ".join(map(_code, COMPUTED.get(name, WORDED.get(name, ()))))
        own = "; ".join(part for part in (words, special) if part)
        rows.append([[_anchor(name)], [fact.label.en, f"*{fact.label.nl}*"], [", ".join(asked)], [own]])
        if fact.values:
            values = [
                [
                    [_code(value)],
                    _both(text),
                    _help(fact.helps[value].by, fact.helps[value].text) if value in fact.helps else [],
                ]
                for value, text in fact.values.items()
            ]
            heading = f"### {name}\n\n"
            sections.append(
                heading + _table(("Value", "What it says", "Who can bring it about, and how"), (20, 40, 40), values)
            )
    overview = _table(("Fact", "What it is", "Tables", "Values"), (20, 25, 15, 40), rows)
    return f"{overview}\n## Values\n\n" + "\n".join(sections)


def clauses(policy: Policy) -> str:
    """
    Write the table of the clauses.

    Args:
        policy: The policy.
    """
    rows = [
        [[_anchor(name)], [*_both(clause.summary)], [clause.level], [f"*{clause.place}*"]]
        for name, clause in policy.clauses.items()
    ]
    return _table(("Clause", "What it says, in our words", "Level", "Where it stands"), (15, 45, 10, 30), rows)


def traceability(policy: Policy) -> str:
    """
    Write what links clauses, rules, invariants and cases, in four tables.

    Args:
        policy: The policy.
    """
    results = run(read_suites(find_scenarios([PROJECT / "policies"])), policy)
    invariants = read_invariants(PROJECT / "policies", policy)
    found = trace(policy, results, folder=Path("policies"), invariants=invariants)
    clauses_ = [
        [[_code(entry.id)], [chain(found, entry)], *(_codes(entry, kind) for kind in KINDS[1:])]
        for entry in found.of("clauses")
    ]
    rules = [
        [[_code(entry.id)], [entry.text], _codes(entry, "clauses"), _codes(entry, "cases")]
        for entry in found.of("rules")
    ]
    claims = [
        [[_code(entry.id)], [entry.text], _codes(entry, "clauses"), _codes(entry, "rules")]
        for entry in found.of("invariants")
    ]
    cases = [
        [[_code(entry.id)], [entry.text], _codes(entry, "clauses"), _codes(entry, "rules")]
        for entry in found.of("cases")
    ]
    return "\n".join(
        [
            "## Clauses\n",
            _table(("Clause", "Chain", "Rules", "Invariants", "Cases that cite it"), (12, 10, 28, 15, 35), clauses_),
            "## Rules\n",
            _table(("Rule", "Table and effect", "Clauses", "Cases that it decides"), (20, 20, 20, 40), rules),
            "## Invariants\n",
            _table(("Invariant", "What it says", "Clauses", "Rules that cite one of them"), (20, 35, 20, 25), claims),
            "## Cases\n",
            _table(("Case", "What it is about", "Clauses", "Rules that decide it"), (20, 35, 20, 25), cases),
        ]
    )


def _codes(entry: Entry, kind: str) -> list[str]:
    return [", ".join(map(_code, entry.links[kind])) or "none"]


def _both(label: Label) -> list[str]:
    return [label.en, "", f"*{label.nl}*"]


def _help(by: str, text: Label) -> list[str]:
    return [f"{BY[by]}:", *_both(text)]


def _code(word: str) -> str:
    return f"`{word}`"


def _anchor(word: str) -> str:
    return f"[`{word}`]{{#{word}}}"


def _table(head: Iterable[str], widths: Iterable[int], rows: Iterable[list[list[str]]]) -> str:
    """Write a list table; a cell is a list of lines, an empty line begins a new paragraph."""
    lines = ["```{list-table}", ":header-rows: 1", f":widths: {' '.join(map(str, widths))}", ""]
    for row in ([[title] for title in head], *rows):
        for number, cell in enumerate(row):
            first, *rest = cell or [""]
            lines.append(f"{'*' if number == 0 else ' '} - {first}".rstrip())
            lines += [f"    {line}".rstrip() for line in rest]
    return "\n".join([*lines, "```", ""])


TABLES: Mapping[str, Callable[[Policy], str]] = {
    "reason_codes": reason_codes,
    "obligations": obligations,
    "facts": facts,
    "clauses": clauses,
    "traceability": traceability,
}
