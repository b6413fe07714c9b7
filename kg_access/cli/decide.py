"""`kg-access decide`: one decision."""

from __future__ import annotations

import argparse
import json

from kg_access.cli.options import add_request, arguments, guard, request
from kg_access.cli.outcome import DENIED, OK, Outcome
from kg_access.decision import Decision


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "decide",
        help="decide one request",
        description="Decide one request: exit code 0 for a permit, 1 for a denial.",
        epilog="example: kg-access decide nele read D1 --categories health --group child_and_family "
        "--purpose preventive_family_support --at 2019-06-17T10:00:00+02:00",
    )
    add_request(parser)
    parser.add_argument("--format", choices=("pretty", "json"), default="pretty", help="how to print the decision")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.
    """
    asked = request(options)
    decision = guard(options).decide(asked.subject, asked.action, asked.dossier, **arguments(asked))
    text = _json(decision) if options.format == "json" else _pretty(decision)
    return Outcome(text, OK if decision else DENIED)


def _json(decision: Decision) -> str:
    return json.dumps(decision.as_dict(), ensure_ascii=False, indent=2)


def _pretty(decision: Decision) -> str:
    lines = []
    for name, value in {**decision.as_dict(), "policy": str(decision.policy)}.items():
        text = ", ".join(value) if isinstance(value, list | dict) else str(value or "")
        if text:
            lines.append(f"{name:12} {text}")
    return "\n".join(lines)
