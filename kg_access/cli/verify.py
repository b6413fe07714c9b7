"""`kg-access verify`: prove what is claimed of a policy."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from kg_access.cli.options import add_policy, folder, guard
from kg_access.cli.outcome import FAILED, OK, Outcome
from kg_access.cli.progress import with_progress
from kg_access.errors import EngineFailure, InvalidInput, did_you_mean, quoted
from kg_access.invariants import Invariant, Proof, Prover, read_invariants
from kg_access.invariants.read import FILE
from kg_access.scenarios import draft

FORMATS = ("pretty", "json")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "verify",
        help="prove the invariants of a policy",
        description=f"Prove that what {FILE} says is true of every request that anybody could make, or print the "
        "smallest one for which it is not, as a scenario case.",
        epilog="example: kg-access verify --policies mine/policies IV-PASSIVE",
    )
    parser.add_argument("invariants", nargs="*", metavar="ID", help="which invariants; all of them when left out")
    parser.add_argument("--format", choices=FORMATS, default="pretty", help="how to print the results")
    add_policy(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.

    Raises:
        InvalidInput: The policy claims nothing, or nothing of that name.
    """
    policy, here = guard(options).policy, folder(options)
    claimed = _named(options.invariants, read_invariants(here, policy), here)
    prover = Prover(policy)
    try:
        proofs = [prover.prove(invariant) for invariant in with_progress(claimed, "proving invariants")]
        prover.confirm()
    except EngineFailure as error:
        return Outcome(f"nothing is proved, since reasoning over the rows and the guard disagree: {error}", FAILED)
    report = {"pretty": _pretty, "json": _json}[options.format](proofs, prover)
    return Outcome(report, OK if all(proof.holds for proof in proofs) else FAILED)


def _named(names: Sequence[str], claimed: Sequence[Invariant], here: Path) -> Sequence[Invariant]:
    if not claimed:
        raise InvalidInput("policies", f"nothing is claimed of {quoted(here)}; write invariants into its {FILE}")
    known = {invariant.id: invariant for invariant in claimed}
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise InvalidInput("ID", f"unknown invariant {quoted(name)}" + (f"; {hint}" if hint else ""))
    return [known[name] for name in names] or claimed


def _pretty(proofs: Sequence[Proof], prover: Prover) -> str:
    width = max(len(proof.invariant.id) for proof in proofs)
    lines: list[str] = []
    for proof in proofs:
        invariant = proof.invariant
        lines.append(f"{'proved' if proof.holds else 'BROKEN'}  {invariant.id:{width}}  {invariant.label.en}")
        if not proof.holds:
            lines += [f"        {line}" for line in _why_not(proof)]
    broken = sum(not proof.holds for proof in proofs)
    lines += ["", f"{len(proofs) - broken} proved, {broken} broken", *_how(prover)]
    if len(proofs) == 1:
        lines.append(
            f"it speaks of {proofs[0].points:,} of these points, of which {proofs[0].permitted:,} are permitted"
        )
    return "\n".join(lines)


def _why_not(proof: Proof) -> list[str]:
    place = f"{proof.invariant.path}:{proof.invariant.line}"
    if proof.counterexample is None:
        return [f"{place}: it speaks of no point that a request can lead to"]
    says = f"{place}: the smallest request that breaks it is {proof.counterexample.says}"
    return [says, *_case(proof).splitlines()]


def _how(prover: Prover) -> list[str]:
    space = prover.space
    regions = [region.box for region in space.permitted]
    rows = sum(len(table.rows) for table in space.policy.tables.values())
    reachable, permitted = space.points(space.reachable), space.points(regions)
    return [
        f"covered: all {reachable:,} points of the space of facts that a request can lead to, under any switch",
        f"by reasoning over {rows} rows, which permit {permitted:,} points in {len(regions):,} regions;",
        f"the guard was asked about {prover.asked:,} requests that follow from it, and agrees",
    ]


def _case(proof: Proof) -> str:
    found = proof.counterexample
    assert found is not None  # noqa: S101 - asked of broken invariants only
    return draft(
        proof.invariant.id, proof.invariant.label.en, found.request, found.expected, obligations=found.obligations
    )


def _json(proofs: Sequence[Proof], prover: Prover) -> str:
    space = prover.space
    return json.dumps(
        {
            "policy": {"name": space.policy.name, "version": space.policy.version, "digest": space.policy.digest},
            "points": space.points(space.reachable),
            "permitted": space.points(region.box for region in space.permitted),
            "regions": len(space.permitted),
            "asked": prover.asked,
            "invariants": [
                {
                    "id": proof.invariant.id,
                    "nl": proof.invariant.label.nl,
                    "en": proof.invariant.label.en,
                    "clauses": list(proof.invariant.clauses),
                    "holds": proof.holds,
                    "points": proof.points,
                    "permitted": proof.permitted,
                    "counterexample": None
                    if proof.counterexample is None
                    else {"says": proof.counterexample.says, "case": _case(proof)},
                }
                for proof in proofs
            ],
        },
        ensure_ascii=False,
        indent=2,
    )
