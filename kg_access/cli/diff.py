"""`kg-access diff`: what a change of policy does."""

from __future__ import annotations

import argparse
from typing import Final

from kg_access.cli.outcome import BOTH, DENIED, LESSER, NARROWING, OK, WIDENING, Outcome
from kg_access.cli.progress import tell_steps
from kg_access.difference import Verdict, compare, read_sides
from kg_access.difference.formats import FORMATS, written

CODES: Final = {
    Verdict.NONE: OK,
    Verdict.NARROWING: NARROWING,
    Verdict.WIDENING: WIDENING,
    Verdict.BOTH: BOTH,
    Verdict.LESSER: LESSER,
}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "diff",
        help="tell what a change of policy does: who gains and who loses what",
        description="Compare two policies by what they permit, not by their text. Each of OLD and NEW is the folder "
        "of a policy, one file of it, or a git revision such as HEAD~1 or v1.0:policies.",
        epilog="exit codes: 0 no change in meaning, 10 narrowing, 11 widening, 12 both, 13 nobody gains or loses "
        "anything but some answers change, 1 a guard contradicts the comparison; "
        "example: kg-access diff HEAD~1 policies",
    )
    parser.add_argument("old", metavar="OLD", help="the policy as it was")
    parser.add_argument("new", metavar="NEW", help="the policy as it will be")
    parser.add_argument("--models", metavar="FOLDER", help="the Casbin models of both; those beside each when left out")
    parser.add_argument("--format", choices=FORMATS, default="pretty", help="how to print the difference")
    parser.add_argument("--witness", action="store_true", help="write every example as a scenario case too")
    parser.add_argument("--all", action="store_true", help="list every change, not only the first ones")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.
    """
    old, new = read_sides(options.old, options.new, options.models)
    difference = compare(old.policy, new.policy, tell_steps())
    text = written(difference, options.format, cases=options.witness, everything=options.all)
    return Outcome(text, DENIED if difference.faults else CODES[difference.verdict])
