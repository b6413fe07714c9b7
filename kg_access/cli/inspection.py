"""What lint and trace look at, from the options of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from kg_access.cli.options import add_policy, folder, guard
from kg_access.days import day_of, read_day
from kg_access.designations import Designations, read_designations
from kg_access.documents import Document
from kg_access.errors import Finding, InvalidInput, ScenarioError
from kg_access.invariants import read_invariants
from kg_access.lint import Inspected
from kg_access.scenarios import find_scenarios, read_suites, run
from kg_access.scenarios.organisation import build_organisation, read_document

AHEAD: Final = 90
NOBODY_DESIGNATED: Final = Designations({}, ())
_NO_ORGANISATION: Final = Document("", {"subjects": {}}, {})


def add_inspection(parser: argparse.ArgumentParser) -> None:
    """
    Add the options that say what to look at, and when.

    Args:
        parser: The parser of a command.
    """
    parser.add_argument(
        "--scenarios",
        action="append",
        default=[],
        metavar="PATH",
        help="scenario files, or folders with them; those in the policy when left out",
    )
    add_policy(parser)


def inspected(
    options: argparse.Namespace,
    *,
    organisation: str | None = None,
    at: str | None = None,
    ahead: int = AHEAD,
    designated: bool = True,
) -> Inspected:
    """
    Read a policy and everything around it, and decide its cases.

    Args:
        options: The options of the command line.
        organisation: The organisation file; when left out `scenarios/organisation.yaml` of the policy, if it is there.
        at: The day to look on; today in Brussels when left out.
        ahead: How many days before its end an agreement is about to lapse.
        designated: Whether the designations count, so that their file must be there.

    Raises:
        InvalidInput: The day cannot be read.
        PolicyError: The policy, its designations or its invariants are refused.
        ScenarioError: A scenario file or the organisation is refused.
    """
    day = read_day("at", at)
    if ahead < 0:
        raise InvalidInput("ahead", "write a number of days that is not below zero")
    policy, here = guard(options).policy, folder(options)
    designations = read_designations(here, policy) if designated else NOBODY_DESIGNATED
    document = _organisation(organisation, here)
    suites = read_suites(find_scenarios([Path(path) for path in options.scenarios] or [here]))
    return Inspected(
        policy=policy,
        folder=here,
        results=tuple(run(suites, policy)),
        designations=designations,
        organisation=document,
        day=day_of(None) if day is None else day.toordinal(),
        ahead=ahead,
        invariants=tuple(read_invariants(here, policy)),
    )


def _organisation(given: str | None, here: Path) -> Document:
    path = here / "scenarios" / "organisation.yaml" if given is None else Path(given)
    if given is None and not path.exists():
        return _NO_ORGANISATION
    findings: list[Finding] = []
    document = read_document(path, findings)
    if document is not None:
        build_organisation(document, (), findings)
    if findings or document is None:
        raise ScenarioError(findings)
    return document
