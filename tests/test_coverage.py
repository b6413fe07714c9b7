"""`kg-access test --coverage`: which rules, conditions and words of a policy no case exercises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kg_access import load_policy
from kg_access.cli import main
from kg_access.coverage import Coverage, Share, measure
from kg_access.scenarios import find_scenarios, read_suite, read_suites, run

pytestmark = pytest.mark.slow

BROKEN = {
    "a typo in a limit": (
        "limits",
        "country_mismatch,destination=outside_eea;",
        "country_mismatch,destination=inside_eea;",
        "LM-OTHER-COUNTRY",
    ),
    "a swapped role": (
        "need",
        "kind=staff; standing=restricted_list; deputy=no; phase=passive",
        "kind=staff; standing=archive; deputy=no; phase=passive",
        "ND-KEEPER",
    ),
    "a row that lost its way": (
        "need",
        "identity_not_proven,standing=privacy_office; action=disclose",
        "identity_not_proven,kind=auditor; standing=privacy_office; action=disclose",
        "NX-IDENTITY",
    ),
}


def covered(folder: Path) -> Coverage:
    """Measure the coverage of a policy by its own cases."""
    policy = load_policy(folder / "policies", models=folder / "models")
    return measure(run(read_suites(find_scenarios([folder / "policies"])), policy), policy)


def test_every_shipped_rule_decides_in_some_case(folder: Path) -> None:
    """The shipped scenarios leave no rule without a case."""
    coverage = covered(folder)
    assert coverage.deciding.part == coverage.deciding.whole
    assert [rule.id for rule in coverage.rules if rule.needed is not None] == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_named(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that no longer does what its cases are about is named with file and line."""
    table, before, after, rule = BROKEN[name]
    path = folder / "policies" / table / "rules.csv"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    line = next(number for number, row in enumerate(path.read_text().splitlines(), 1) if row.startswith(f"{rule},"))
    options = ["--policies", str(folder / "policies"), "--models", str(folder / "models")]
    assert main(["test", *options, "--coverage", "--fail-under", "100"]) == 4
    said = capsys.readouterr().out
    assert "failed" in said
    assert f"{table}/rules.csv:{line}: {rule}" in said


def test_a_drafted_case_covers_what_it_is_drafted_for(folder: Path, tmp_path: Path) -> None:
    """Without the cases that a rule decides, it is uncovered; its drafted case is one that it decides."""
    policies = folder / "policies"
    (policies / "limits" / "scenarios.yaml").unlink()
    options = ["--policies", str(policies), "--models", str(folder / "models")]
    drafts = tmp_path / "drafts"
    assert main(["test", *options, "--coverage", "--fail-under", "99", "--drafts", str(drafts)]) == 4
    before = covered(folder)
    missing = {rule.id for rule in before.rules if rule.needed is not None}
    assert missing
    policy = load_policy(policies, models=folder / "models")
    results = run([read_suite(path) for path in sorted(drafts.iterdir())], policy)
    assert all(result.passed for result in results)
    assert missing <= {rule for result in results for rule in result.decision.rules}


def test_reports_in_every_form(tmp_path: Path) -> None:
    """The file's ending chooses the form; the page holds no script and every figure is in all of them."""
    scope = str(Path(__file__).parent.parent / "policies" / "scope")
    for name in ("report.txt", "report.json", "report.html"):
        assert main(["test", scope, "--coverage", "--report", str(tmp_path / name)]) == 0
    figures = json.loads((tmp_path / "report.json").read_text())["coverage"]["figures"]
    share = str(Share(figures["rules"]["part"], figures["rules"]["whole"]))
    page = (tmp_path / "report.html").read_text()
    assert share in (tmp_path / "report.txt").read_text()
    assert share in page
    assert "<script" not in page
    assert '<html lang="en">' in page


@pytest.mark.parametrize(
    "options",
    [
        ["--fail-under", "90"],
        ["--coverage", "--fail-under", "much"],
        ["--report", "x.html"],
        ["--drafts", "x"],
        ["--coverage", "--format", "json"],
        ["--coverage", "--drafts", "."],
    ],
)
def test_options_that_mean_nothing_are_refused(options: list[str]) -> None:
    """Wrong use is told before any case is run."""
    try:
        code = main(["test", *options])
    except SystemExit as error:
        code = int(str(error.code))
    assert code == 2
