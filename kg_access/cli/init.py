"""`kg-access init`: a copy of the shipped policy to make your own."""

from __future__ import annotations

import argparse
import shutil
from importlib.resources import as_file
from pathlib import Path

from kg_access._shipped import shipped
from kg_access.cli.outcome import Outcome
from kg_access.errors import InvalidInput


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "init",
        help="copy the shipped policy into a new folder",
        description="Copy the shipped policy and its Casbin models into a new folder, to make them your own.",
    )
    parser.add_argument("folder", metavar="FOLDER", help="the folder to make; it gets policies/ and models/")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.

    Raises:
        InvalidInput: The folder is there already.
    """
    folder = Path(options.folder)
    if folder.exists():
        raise InvalidInput("folder", "there is a file or folder of that name already; name a new one")
    for kind in ("policies", "models"):
        with as_file(shipped(kind)) as source:
            shutil.copytree(source, folder / kind)
    return Outcome(
        f"{folder}/policies and {folder}/models are yours; check them with\n"
        f"  kg-access check {folder}/policies --models {folder}/models"
    )
