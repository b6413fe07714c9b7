"""The command `kg-access`; one file per command."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from kg_access.cli import (
    audit,
    book,
    check,
    decide,
    demo,
    designations,
    diff,
    doctor,
    explain,
    init,
    lint,
    test,
    trace,
    verify,
)
from kg_access.cli.outcome import INVALID, USAGE, Outcome
from kg_access.errors import AccessError, PolicyError, ScenarioError

COMMANDS = (test, verify, decide, explain, check, lint, trace, designations, diff, book, init, audit, demo, doctor)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command.

    Args:
        arguments: The words after `kg-access`; those of the process when left out.

    Returns:
        0 when all is well, 1 for a denial or a finding of `lint`, `trace` or `doctor`, 2 for a wrong use, 3 for an
        invalid policy or scenario file, 4 for a failed case or a broken invariant; for `diff`, 10 for a narrowing, 11
        for a widening, 12 for both, 13 for other answers only.
    """
    parser = argparse.ArgumentParser(
        prog="kg-access",
        description="Decide who may reach which dossier, explain why not, and test the policy.",
        epilog="exit codes: 0 all is well, 1 denied or a finding of lint, trace or doctor, 2 wrong use, "
        "3 an invalid policy or scenario file, 4 a failed case or a broken invariant; diff has its own above 9",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.register(commands)
    options = parser.parse_args(arguments)
    try:
        outcome: Outcome = options.run(options)
    except (PolicyError, ScenarioError) as error:
        sys.stderr.write(f"{error}\n")
        return INVALID
    except AccessError as error:
        sys.stderr.write(f"kg-access: {error}\n")
        return USAGE
    _print(outcome.text)
    return outcome.code


def _print(text: str) -> None:
    """Print, also to a terminal that lacks a letter, and stay quiet when nobody reads any more."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
