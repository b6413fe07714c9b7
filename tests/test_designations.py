"""`kg-access designations`: the list of who is designated for data of special concern, for the supervisory authority."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Final

import pytest

from kg_access import load_policy
from kg_access.designations import read_designations
from kg_access.policy import Policy
from tests.conftest import PROJECT, Command

POLICIES: Final = PROJECT / "policies"


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The shipped policy."""
    return load_policy(POLICIES, models=PROJECT / "models")


class TestDesignations:
    """`kg-access designations`, the list for the supervisory authority."""

    def test_csv_has_a_line_for_each_role_service_and_category(self, command: Command, policy: Policy) -> None:
        """Each designated category of data has a line of its own, and no cell is empty."""
        people = read_designations(POLICIES, policy).people

        head, *rows = csv.reader(io.StringIO(command("designations", "--format", "csv").out))

        assert len(rows) == sum(len(entry.categories) for entry in people)
        assert head[:2] == ["category of people", "service"]
        assert all(len(row) == len(head) and all(row) for row in rows)

    def test_markdown_speaks_both_languages(self, command: Command) -> None:
        """The list is written in Dutch or in English."""
        assert (
            "| verpleegkundige | preventieve gezinsondersteuning |" in command("designations", "--language", "nl").out
        )
        assert "| nurse | preventive family support |" in command("designations").out

    def test_json_names_the_ground_and_the_law(self, command: Command) -> None:
        """Each line of JSON has the provision, the ground, the capacity and what binds to confidentiality."""
        lines = json.loads(command("designations", "--format", "json").out)

        part = next(line for line in lines if line["category"] == "eye screening")
        assert part["law"].startswith("GDPR, article 9")
        assert part["confidentiality"] == "by contract"
        assert all(line["ground"] and line["capacity"] for line in lines)

    def test_a_policy_without_the_list_says_so(self, folder: Path, command: Command) -> None:
        """Without `designations.yaml` the command ends with exit code 3 and names the file."""
        (folder / "policies" / "designations.yaml").unlink()

        said = command("designations", "--policies", str(folder / "policies"))

        assert (said.code, said.out) == (3, "")
        assert "designations.yaml: cannot be read: no such file or directory" in said.err
