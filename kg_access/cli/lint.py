"""`kg-access lint`: what is valid in a policy and still looks wrong."""

from __future__ import annotations

import argparse
from importlib.metadata import version

from kg_access.cli.inspection import AHEAD, add_inspection, inspected
from kg_access.cli.options import folder
from kg_access.cli.outcome import DENIED, OK, Outcome
from kg_access.lint import ABOUT_ORGANISATION, lint, read_acceptances
from kg_access.lint.report import as_json, github, pretty, split
from kg_access.lint.sarif import sarif

FORMATS = {
    "pretty": pretty,
    "json": as_json,
    "sarif": lambda found: sarif(found, version("kg-access")),
    "github": github,
}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "lint",
        help="find what is valid in a policy and still looks wrong",
        description="Find rules that never decide, clauses and rules without a case, agreements that lapse, roles that "
        "get nothing, and data of special concern for roles that are not designated.",
        epilog="exit codes: 0 nothing found, 1 findings, 2 wrong use, 3 an invalid policy or scenario file",
    )
    parser.add_argument("--format", choices=FORMATS, default="pretty", help="how to print what was found")
    parser.add_argument("--at", metavar="DAY", help="the day to look on, such as 2019-06-17; today when left out")
    parser.add_argument(
        "--ahead",
        type=int,
        default=AHEAD,
        metavar="DAYS",
        help=f"how long before its end an agreement is about to lapse; {AHEAD} days when left out",
    )
    parser.add_argument(
        "--organisation",
        metavar="FILE",
        help="YAML file with people and authorisations; scenarios/organisation.yaml of the policy when left out",
    )
    add_inspection(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.
    """
    acceptances = read_acceptances(folder(options))
    subject = inspected(options, organisation=options.organisation, at=options.at, ahead=options.ahead)
    elsewhere = frozenset() if options.organisation is None else ABOUT_ORGANISATION
    found = lint(subject, acceptances, beyond=elsewhere)
    return Outcome(FORMATS[options.format](found), DENIED if split(found)[0] else OK)
