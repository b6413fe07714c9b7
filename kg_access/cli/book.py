"""`kg-access book`: write a policy as one page that anybody can read."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from kg_access.book import Change, Claim, Contents, Effect, Trial, write_book
from kg_access.cli.options import add_policy, folder, models
from kg_access.cli.outcome import FAILED, Outcome
from kg_access.cli.progress import tell_steps, with_progress
from kg_access.coverage import measure
from kg_access.difference import Change as Changed
from kg_access.difference import compare, read_sides
from kg_access.errors import EngineFailure, InvalidInput, quoted
from kg_access.invariants import Invariant, Prover, read_invariants
from kg_access.policy import Policy
from kg_access.policy.written import Written
from kg_access.scenarios import Case, Product, Result, Suite, holds_scenarios, read_suites, run
from kg_access.trace import trace


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "book",
        help="write the policy as one page that anybody can read",
        description="Write a policy as one HTML page in Dutch and English: the rules in plain words, who can do what, "
        "the clauses with what carries them, what is proved, and what has changed.",
        epilog="example: kg-access book --policies mine/policies --previous old/policies -o book.html",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write the page; printed when left out")
    parser.add_argument(
        "--previous", metavar="OLD", help="an older version, a folder or a git revision, for what has changed"
    )
    parser.add_argument("--no-proofs", action="store_true", help="list the invariants, but do not prove them")
    add_policy(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.

    Raises:
        InvalidInput: The page cannot be written there.
    """
    from kg_access.policy.load import load_written  # noqa: PLC0415 - see `_shipped`

    here = folder(options)
    version, previous = load_written(here, models(options)), None
    if options.previous is not None:
        previous, _ = read_sides(options.previous, str(here), options.models)
    invariants = read_invariants(here, version.policy)
    try:
        claims = tuple(_claims(invariants, version.policy, proving=not options.no_proofs))
        change = None if previous is None else _change(version, previous)
    except EngineFailure as error:
        return Outcome(f"no book is written, since reasoning over the rows and the guard disagree: {error}", FAILED)
    suites = read_suites(file for file in sorted(here.rglob("*.yaml")) if holds_scenarios(file))
    results = run(suites, version.policy)
    contents = Contents(
        version=version,
        claims=claims,
        trials=tuple(_trials(here, suites, results)),
        shares={name: (share.part, share.whole) for name, share in measure(results, version.policy).shares().items()},
        chains=trace(version.policy, results, folder=here, invariants=invariants).deciding,
        change=change,
    )
    page = write_book(contents)
    if options.output is None:
        return Outcome(page.removesuffix("\n"))
    _write(Path(options.output), page)
    return Outcome(_summary(options.output, contents))


def _claims(invariants: Sequence[Invariant], policy: Policy, *, proving: bool) -> Iterator[Claim]:
    prover = Prover(policy) if proving and invariants else None
    for invariant in with_progress(invariants, "proving invariants"):
        holds = None if prover is None else prover.prove(invariant).holds
        yield Claim(invariant.id, invariant.label, invariant.clauses, f"{invariant.path}:{invariant.line}", holds)
    if prover is not None:
        prover.confirm()


def _change(now: Written, then: Written) -> Change:
    difference = compare(then.policy, now.policy, tell_steps())
    if difference.faults:
        raise EngineFailure("difference", "the guards do not confirm what follows from the rows")
    effects = [_effect(found, ", ".join(found.what)) for found in difference.changes]
    effects += [_effect(found, name) for name, changes in difference.finding.items() for found in changes]
    return Change(then, difference.verdict, tuple(effects), difference.notes)


def _effect(found: Changed, what: str) -> Effect:
    example = found.example
    return Effect(
        topic=found.topic,
        what=what,
        where={**found.who, **found.when},
        example="" if example is None else example.told,
        before="" if example is None else example.old,
        after="" if example is None else example.new,
    )


def _trials(folder: Path, suites: Sequence[Suite], decided: Sequence[Result]) -> Iterator[Trial]:
    """Tell what became of each case, and of each product with all its cells."""
    results = iter(decided)
    for suite in suites:
        for case in suite.cases:
            yield _trial(folder, case, list(islice(results, 1)))
        for product in suite.products:
            yield _trial(folder, product, list(islice(results, len(product.cells))))


def _trial(folder: Path, asked: Case | Product, results: Sequence[Result]) -> Trial:
    decisions = [result.decision for result in results]
    path = Path(asked.place.path)
    place = path.relative_to(folder) if path.is_relative_to(folder) else path
    return Trial(
        id=asked.id,
        title=asked.title,
        rules=tuple(dict.fromkeys(rule for decision in decisions for rule in decision.rules)),
        clauses=tuple(dict.fromkeys(clause for decision in decisions for clause in decision.clauses)),
        permitted=sum(map(bool, decisions)),
        denied=sum(not decision for decision in decisions),
        failed=sum(not result.passed for result in results),
        place=f"{place.as_posix()}:{asked.place.line}",
    )


def _write(file: Path, page: str) -> None:
    try:
        file.write_text(page, "utf-8", newline="\n")
    except OSError as error:
        reason = (error.strerror or "unknown fault").lower()
        raise InvalidInput("output", f"{quoted(str(file))} cannot be written: {reason}") from None


def _summary(output: str, contents: Contents) -> str:
    policy = contents.version.policy
    claims = contents.claims
    proved = (
        f"{sum(claim.holds is True for claim in claims)} proved"
        if any(claim.holds is not None for claim in claims)
        else "not examined"
    )
    broken = [claim.id for claim in claims if claim.holds is False]
    asked = sum(trial.permitted + trial.denied for trial in contents.trials)
    failed = sum(trial.failed for trial in contents.trials)
    lines = [
        f"{output}: {policy.name} {policy.version}",
        f"{len(claims)} invariants, {proved}",
        f"{asked} requests of {len(contents.trials)} cases and products, {failed} not as expected",
    ]
    return "\n".join([*lines, *(f"BROKEN  {name}" for name in broken)])
