"""The options of `kg-access test` that measure the cases themselves: `--coverage` and `--mutate`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kg_access.cli.options import folder, models
from kg_access.cli.outcome import FAILED, Outcome
from kg_access.cli.progress import tell_count
from kg_access.coverage import Coverage
from kg_access.coverage import measure as measure_coverage
from kg_access.errors import InvalidInput, quoted
from kg_access.mutation import Mutation, mutate, read_acceptances
from kg_access.policy import Policy
from kg_access.report import page
from kg_access.scenarios import Result, Witnessed

Measured = Coverage | Mutation


def add_options(parser: argparse.ArgumentParser) -> None:
    """
    Add the options.

    Args:
        parser: The parser of `kg-access test`.
    """
    group = parser.add_argument_group("measuring the cases", "How much of the policy do the cases watch over?")
    group.add_argument(
        "--coverage", action="store_true", help="show which rules, conditions and words no case exercises"
    )
    group.add_argument(
        "--fail-under", type=_percent, metavar="PERCENT", help="with --coverage: exit 4 if fewer rules decide some case"
    )
    group.add_argument(
        "--mutate",
        action="store_true",
        help="change every rule a little, and show which changes no case notices (a minute or two); exit 4 if there are",
    )
    group.add_argument(
        "--report", metavar="FILE", help="write what was measured into a file: .html, .json, or text for any other name"
    )
    group.add_argument(
        "--drafts", metavar="FOLDER", help="write a scenario file for each gap into a new folder, to start from"
    )


def _percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:  # noqa: PLR2004 - percent
        raise argparse.ArgumentTypeError(f"{quoted(text)} is no percentage; write a number from 0 to 100")
    return percent


def check_options(options: argparse.Namespace) -> None:
    """
    Refuse options that mean nothing together.

    Args:
        options: The options of the command line.

    Raises:
        InvalidInput: One needs another one that is not there.
    """
    measuring = options.coverage or options.mutate
    if options.fail_under is not None and not options.coverage:
        raise InvalidInput("--fail-under", "it goes with `--coverage`")
    for name, value in (("--report", options.report), ("--drafts", options.drafts)):
        if value is not None and not measuring:
            raise InvalidInput(name, "it goes with `--coverage` or `--mutate`")
    if measuring and options.format != "pretty" and options.report is None:
        raise InvalidInput("--format", f"{quoted(options.format)} leaves no room for figures; add `--report FILE`")
    if options.drafts is not None and Path(options.drafts).exists():
        raise InvalidInput("--drafts", "there is a file or folder of that name already; name a new one")


def measured(options: argparse.Namespace, outcome: Outcome, results: Sequence[Result], policy: Policy) -> Outcome:
    """
    Measure what the options ask for, and add it to what the cases gave.

    Args:
        options: The options of the command line.
        outcome: What the cases gave.
        results: The cases.
        policy: The policy.
    """
    found: dict[str, Measured] = {}
    code, notes = outcome.code, []
    if options.coverage:
        coverage = found["coverage"] = measure_coverage(results, policy)
        if options.fail_under is not None and coverage.deciding.percent < options.fail_under:
            code = FAILED
            notes.append(f"only {coverage.deciding} rules decide some case, fewer than {options.fail_under:g} %")
    if options.mutate and any(not result.passed for result in results):
        notes.append("nothing was mutated: mend the failed cases first")
    elif options.mutate:
        mutation = found["mutation"] = _mutation(options, results)
        code = code if mutation.passed else FAILED
    if options.report is not None:
        _write(Path(options.report), found)
    if options.drafts is not None:
        _draft(Path(options.drafts), found.values())
    shown = [] if options.report is not None else [one.report().text() for one in found.values()]
    if options.format != "pretty":
        sys.stderr.writelines(f"{note}\n" for note in notes)
        return Outcome(outcome.text, code)
    return Outcome("\n\n".join([outcome.text, *shown, *notes]), code)


def _mutation(options: argparse.Namespace, results: Sequence[Result]) -> Mutation:
    from kg_access.policy.load import load_written  # noqa: PLC0415 - see `_shipped`

    here = folder(options)
    return mutate(results, load_written(here, models(options)), read_acceptances(here), tell_count("changing rules"))


def _write(path: Path, found: dict[str, Measured]) -> None:
    reports = [one.report() for one in found.values()]
    match path.suffix:
        case ".html":
            text = page("The tests of the policy", reports)
        case ".json":
            text = json.dumps({name: one.as_dict() for name, one in found.items()}, ensure_ascii=False, indent=2) + "\n"
        case _:
            text = "\n\n".join(report.text() for report in reports) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput("--report", f"cannot be written: {(error.strerror or 'unknown fault').lower()}") from None


def _drafts(found: Iterable[Measured]) -> Iterator[tuple[str, str, Witnessed]]:
    for one in found:
        if isinstance(one, Coverage):
            for rule, missing, needed in one.needed():
                yield rule.id, f"{rule.id}: {missing}", needed
        else:
            for survivor in one.survivors:
                if survivor.needed is not None:
                    mutant = survivor.mutant
                    yield mutant.rule.id, f"{mutant.rule.id}: notices {mutant.change}", survivor.needed


def _draft(folder: Path, found: Iterable[Measured]) -> None:
    numbers: dict[str, int] = {}
    for rule, title, needed in _drafts(found):
        numbers[rule] = numbers.get(rule, 0) + 1
        name = f"{rule.lower()}-{numbers[rule]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.yaml").write_text(needed.drafted(name, title), encoding="utf-8")
        except OSError as error:
            reason = (error.strerror or "unknown fault").lower()
            raise InvalidInput("--drafts", f"cannot be written: {reason}") from None
