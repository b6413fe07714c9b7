"""`kg-access check`: validate a policy folder."""

from __future__ import annotations

import argparse

from kg_access._shipped import shipped
from kg_access.cli.outcome import Outcome
from kg_access.guard import Guard
from kg_access.policy import Policy


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "check",
        help="validate a policy folder",
        description="Read a policy as strictly as a guard does and report everything that is wrong in it.",
    )
    parser.add_argument("policies", nargs="?", metavar="FOLDER", help="the policy; the shipped one when left out")
    parser.add_argument("--models", metavar="FOLDER", help="its Casbin models; the shipped ones when left out")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.
    """
    folder = str(shipped("policies")) if options.policies is None else options.policies
    return Outcome(_summary(Guard.load(folder, models=options.models).policy))


def _summary(policy: Policy) -> str:
    lines = [f"{policy.name} {policy.version} is valid", f"digest      {policy.digest}"]
    for table in policy.tables.values():
        rules = len({row.id for row in table.rows})
        lines.append(f"{table.name:11} {rules} rules, {len(table.rows)} rows")
    if not policy.published:
        lines.append("not published before it takes effect, so it permits nothing")
    return "\n".join(lines)
