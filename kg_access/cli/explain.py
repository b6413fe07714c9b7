"""`kg-access explain`: one decision with its reasons."""

from __future__ import annotations

import argparse
import sys

from kg_access.cli.options import add_request, arguments, guard, request
from kg_access.cli.outcome import DENIED, OK, Outcome
from kg_access.explain import Explanation


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "explain",
        help="decide one request and explain why",
        description="Decide one request and explain the answer: exit code 0 for a permit, 1 for a denial.",
        epilog="example: kg-access explain bert read D1 --categories health --group child_and_family "
        "--purpose preventive_family_support --at 2019-06-17T10:00:00+02:00 --language nl",
    )
    add_request(parser)
    parser.add_argument("--language", default="en", help="nl or en (default)")
    parser.add_argument("--audience", default="staff", help="staff (default), or subject for a person outside")
    parser.add_argument("--format", choices=("pretty", "json", "html"), default="pretty", help="how to print it")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.
    """
    asked = request(options)
    explanation = guard(options).explain(
        asked.subject,
        asked.action,
        asked.dossier,
        **arguments(asked),
        language=options.language,
        audience=options.audience,
    )
    return Outcome(_written(explanation, options.format), OK if explanation else DENIED)


def _written(explanation: Explanation, form: str) -> str:
    match form:
        case "json":
            return explanation.json()
        case "html":
            return explanation.html()
        case _:
            return _coloured(explanation) if sys.stdout.isatty() else explanation.text()


def _coloured(explanation: Explanation) -> str:
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra
    except ImportError:
        return explanation.text()
    console = Console()
    with console.capture() as capture:
        console.print(explanation)
    return capture.get().rstrip("\n")
