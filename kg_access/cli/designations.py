"""`kg-access designations`: who is designated for data of special concern, for the supervisory authority."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Iterator, Mapping

from kg_access.cli.options import add_policy, folder, guard
from kg_access.cli.outcome import Outcome
from kg_access.designations import ALL, Designation, Designations, read_designations
from kg_access.policy import Label, Policy

FORMATS = ("markdown", "csv", "json")
EVERY_SERVICE = Label("elke dienst", "every service")
CONFIDENTIALITY = {
    "law": Label("wettelijk", "by law"),
    "statute": Label("statutair", "by statute"),
    "contract": Label("contractueel", "by contract"),
}
HEADS = {
    "role": Label("categorie van personen", "category of people"),
    "service": Label("dienst", "service"),
    "capacity": Label("hoedanigheid", "capacity"),
    "category": Label("bijzondere gegevens", "data of special concern"),
    "law": Label("bepaling", "provision"),
    "ground": Label("rechtsgrond", "legal ground"),
    "confidentiality": Label("geheimhouding", "confidentiality"),
}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "designations",
        help="list who is designated for data of special concern",
        description="List the categories of people who are designated for health, judicial and other data of special "
        "concern (Belgian act of 30 July 2018, articles 9 and 10), to hand over to the supervisory authority.",
    )
    parser.add_argument("--format", choices=FORMATS, default="markdown", help="how to write the list")
    parser.add_argument("--language", choices=("nl", "en"), default="en", help="the language of the list")
    add_policy(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.
    """
    policy = guard(options).policy
    lines = list(_lines(read_designations(folder(options), policy), policy, options.language))
    if options.format == "json":
        return Outcome(json.dumps(lines, ensure_ascii=False, indent=2))
    heads = [label.in_(options.language) for label in HEADS.values()]
    table = [heads, *(list(line.values()) for line in lines)]
    return Outcome(_csv(table) if options.format == "csv" else _markdown(table))


def _lines(designations: Designations, policy: Policy, language: str) -> Iterator[Mapping[str, str]]:
    words = policy.vocabulary
    for entry in designations.people:
        service = EVERY_SERVICE if entry.service == ALL else words.services[entry.service].label
        for category in entry.categories:
            labels = {
                "role": words.roles[entry.role].label,
                "service": service,
                "capacity": entry.capacity,
                "category": words.categories[category],
                "law": _law(designations, policy, category),
                "ground": entry.ground,
                "confidentiality": _confidentiality(entry),
            }
            yield {name: label.in_(language) for name, label in labels.items()}


def _law(designations: Designations, policy: Policy, category: str) -> Label:
    whole = policy.vocabulary.parts.get(category, category)
    return designations.special.get(category) or designations.special[whole]


def _confidentiality(entry: Designation) -> Label:
    return CONFIDENTIALITY[entry.confidentiality]


def _csv(table: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().rstrip("\n")


def _markdown(table: list[list[str]]) -> str:
    head, *rows = table
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in cells)
