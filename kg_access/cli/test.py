"""`kg-access test`: run scenario files against a policy."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from kg_access.cli import measure
from kg_access.cli.options import add_policy, folder, guard
from kg_access.cli.outcome import FAILED, OK, Outcome
from kg_access.scenarios import Result, failed_lines, find_scenarios, read_suites, run

FORMATS = ("pretty", "json", "junit")
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "test",
        help="run scenario files",
        description="Decide the cases and products of scenario files and hold the answers against what they expect.",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files, or folders with YAML files that hold cases or products; those of the policy when left out",
    )
    parser.add_argument("--format", choices=FORMATS, default="pretty", help="how to print the results")
    measure.add_options(parser)
    add_policy(parser)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command.

    Args:
        options: The options of the command line.
    """
    paths = [Path(path) for path in options.paths] or [folder(options)]
    measure.check_options(options)
    policy = guard(options).policy
    results = run(read_suites(find_scenarios(paths)), policy)
    text = {"pretty": _pretty, "json": _json, "junit": _junit}[options.format](results)
    outcome = Outcome(text, OK if all(result.passed for result in results) else FAILED)
    return measure.measured(options, outcome, results, policy)


def _pretty(results: Sequence[Result]) -> str:
    passed = sum(result.passed for result in results)
    return "\n".join([*failed_lines(results), f"{passed} passed, {len(results) - passed} failed"])


def _json(results: Sequence[Result]) -> str:
    return json.dumps(
        [
            {
                "file": str(result.suite.path),
                "id": result.case.id,
                "title": result.case.title,
                "product": result.case.product,
                "passed": result.passed,
                "failures": list(result.failures),
                "effect": result.decision.effect,
                "phase": result.decision.phase,
                "reasons": list(result.decision.reasons),
                "rules": list(result.decision.rules),
            }
            for result in results
        ],
        ensure_ascii=False,
        indent=2,
    )


def _junit(results: Sequence[Result]) -> str:
    failed = sum(not result.passed for result in results)
    root = ET.Element("testsuites", name="kg-access", tests=str(len(results)), failures=str(failed))
    suites = dict.fromkeys(result.suite for result in results)
    for suite in suites:
        own = [result for result in results if result.suite is suite]
        count = sum(not result.passed for result in own)
        element = ET.SubElement(root, "testsuite", name=str(suite.path), tests=str(len(own)), failures=str(count))
        for result in own:
            name = _UNPRINTABLE.sub("?", f"{result.case.id} {result.case.title}")
            case = ET.SubElement(element, "testcase", classname=str(suite.path), name=name)
            if result.failures:
                ET.SubElement(case, "failure", message="; ".join(result.failures))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)
