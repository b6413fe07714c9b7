"""The links of a policy as text, Markdown or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from kg_access.trace.chain import KINDS, Entry, Trace

_NAMES: Final = {"clauses": "clause", "rules": "rule", "invariants": "invariant", "cases": "case"}


def pretty(found: Trace, about: Sequence[Entry]) -> str:
    """
    Write text for a terminal: one line for each clause, or all that some entries are linked to.

    Args:
        found: The links.
        about: The entries asked about; none for an overview.
    """
    if about:
        return "\n\n".join(_detail(found, entry) for entry in about)
    width = max(len(entry.id) for entry in found.of("clauses"))
    lines = [f"{entry.id:{width}}  {chain(found, entry):13}{_counts(entry)}" for entry in found.of("clauses")]
    whole = sum(found.deciding.values())
    return "\n".join([*lines, f"{whole} of {len(found.deciding)} clauses that decide have a whole chain"])


def markdown(found: Trace, about: Sequence[Entry]) -> str:
    """
    Write Markdown: a table of the clauses, then one of the rules; or of the entries asked about.

    Args:
        found: The links.
        about: The entries asked about; none for everything.
    """
    if about:
        return "\n".join(
            f"## `{entry.id}`\n\n{entry.text} *{entry.place}*\n\n"
            + "".join(f"- {kind}: {_listed(words)}\n" for kind, words in entry.links.items())
            for entry in about
        )
    clauses = (
        (f"`{entry.id}`", chain(found, entry), *(_listed(entry.links[kind]) for kind in KINDS[1:]))
        for entry in found.of("clauses")
    )
    rules = (
        (f"`{entry.id}`", _listed(entry.links["clauses"]), _listed(entry.links["cases"])) for entry in found.of("rules")
    )
    return "\n".join(
        [
            *_table(("Clause", "Chain", "Rules", "Invariants", "Cases that cite it"), clauses),
            "",
            *_table(("Rule", "Clauses", "Cases that it decides"), rules),
        ]
    )


def as_json(found: Trace, about: Sequence[Entry]) -> str:
    """
    Write JSON.

    Args:
        found: The links.
        about: The entries asked about; none for everything.
    """
    entries = [
        {
            "kind": _NAMES[entry.kind],
            "id": entry.id,
            "text": entry.text,
            "place": entry.place,
            **({"chain": chain(found, entry)} if entry.kind == "clauses" else {}),
            **{kind: list(words) for kind, words in entry.links.items()},
        }
        for entry in about or found.entries
    ]
    return json.dumps(entries, ensure_ascii=False, indent=2)


def chain(found: Trace, clause: Entry) -> str:
    """
    Say how a clause stands: whole, broken, or not needed for one that does not decide.

    Args:
        found: The links.
        clause: The entry of a clause.
    """
    return {True: "whole", False: "broken", None: "not needed"}[found.deciding.get(clause.id)]


def _detail(found: Trace, entry: Entry) -> str:
    lines = [f"{_NAMES[entry.kind]} {entry.id}", f"  {entry.text}", f"  {entry.place}"]
    if entry.kind == "clauses":
        lines.append(f"  chain: {chain(found, entry)}")
    for kind, words in entry.links.items():
        lines.append(f"  {kind}" if words else f"  {kind}: none")
        places = [(other.id, other.place) for other in found.of(kind) if other.id in words]
        lines += [f"    {name}  {place}" for name, place in places]
        lines += [f"    {word}" for word in words if word not in dict(places)]
    return "\n".join(line for line in lines if line.strip())


def _counts(entry: Entry) -> str:
    return ", ".join(
        f"{len(words)} {_NAMES[kind] if len(words) == 1 else kind}" for kind, words in entry.links.items() if words
    )


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "none"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
