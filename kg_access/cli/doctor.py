"""`kg-access doctor`: what is installed, and which policy is in use."""

from __future__ import annotations

import argparse
import platform
from importlib.metadata import PackageNotFoundError, version

from kg_access._engine import casbin_versions
from kg_access._shipped import shipped
from kg_access.cli.outcome import DENIED, OK, Outcome
from kg_access.errors import AccessError, PolicyError
from kg_access.guard import Guard

FOREIGN = "the abandoned distribution `casbin` overwrites `pycasbin`: pip uninstall casbin pycasbin, then pip install pycasbin"


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "doctor",
        help="show versions and the shipped policy",
        description="Show what is installed, where the shipped policy was read from, its digest, and what is wrong.",
    )
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:  # noqa: ARG001 - it has none
    """
    Run the command.

    Args:
        options: The options of the command line.
    """
    problems: list[str] = []
    lines = [f"kg-access   {_version('kg-access')}", f"python      {platform.python_version()}"]
    versions = casbin_versions()
    lines += [f"{name:11} {found or 'not installed'}" for name, found in versions.items()]
    if versions["casbin"] is not None:
        problems.append(FOREIGN)
    try:
        policy = Guard.shipped().policy
    except PolicyError as error:
        problems.append(str(error))
    except AccessError as error:
        if versions["casbin"] is None:
            problems.append(str(error))
    else:
        lines += [
            f"policy      {policy.name} {policy.version}, in force from {policy.effective_from}",
            f"read from   {policy.source}",
            f"models      {shipped('models')}",
            f"digest      {policy.digest}",
        ]
    lines += [f"problem     {problem}" for problem in problems] or ["all is well"]
    return Outcome("\n".join(lines), DENIED if problems else OK)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
