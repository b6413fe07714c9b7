"""`kg-access trace`: from a clause of the statement to its rules, invariants and cases, and back."""

from __future__ import annotations

import argparse

from kg_access.cli.inspection import add_inspection, inspected
from kg_access.cli.options import folder
from kg_access.cli.outcome import DENIED, OK, Outcome
from kg_access.lint import Inspected, read_acceptances, whole_chains
from kg_access.lint.report import pretty as findings
from kg_access.lint.report import split
from kg_access.trace.report import as_json, markdown, pretty

FORMATS = {"pretty": pretty, "json": as_json, "markdown": markdown}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "trace",
        help="follow a clause to its rules and cases, and back",
        description="Show which rules implement a clause, which invariants rest on it and which cases show it, and back "
        "from a rule, an invariant or a case to its clauses.",
        epilog="exit codes: 0 all is well, 1 with --check a broken chain, 2 wrong use, 3 an invalid policy or scenario file",
    )
    parser.add_argument(
        "about",
        nargs="?",
        metavar="ID",
        help="the id of a clause, a rule, an invariant or a case; all clauses when left out",
    )
    parser.add_argument("--format", choices=FORMATS, default="pretty", help="how to print the links")
    parser.add_argument(
        "--check",
        action="store_true",
        help="only tell which clauses that decide have lost their rule, invariant or case",
    )
    add_inspection(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.
    """
    subject = inspected(options, designated=False)
    if options.check:
        return _check(subject, options)
    about = () if options.about is None else subject.trace.about(options.about)
    return Outcome(FORMATS[options.format](subject.trace, about))


def _check(subject: Inspected, options: argparse.Namespace) -> Outcome:
    found = whole_chains(subject, read_acceptances(folder(options)))
    return Outcome(findings(found), DENIED if split(found)[0] else OK)
