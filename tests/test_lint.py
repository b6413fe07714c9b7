"""`kg-access lint`: what it finds in a policy that is valid, where, and what it leaves alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

import attrs
import pytest
from hypothesis import given

from kg_access import AccessRequest, Guard, load_policy
from kg_access._engine import Engine
from kg_access.cli import main
from kg_access.decision_point import DecisionPoint
from kg_access.facts import MISSING
from kg_access.lint import CODES
from kg_access.lint.permits import Ground
from kg_access.policy import Policy
from kg_access.scenarios import ask
from tests import strategies
from tests.conftest import PROJECT

LIMITS: Final = "limits/rules.csv"
NEED: Final = "need/rules.csv"
ROLES: Final = "vocabulary/roles.yaml"
CASES: Final = "need/scenarios.yaml"
ORGANISATION: Final = "scenarios/organisation.yaml"
PROCESSORS: Final = "registers/processors.yaml"
DESIGNATIONS: Final = "designations.yaml"
NURSE: Final = "- role: nurse\n  service: preventive_family_support\n  categories: [health]"
GOBIQUITY: Final = "  clauses: [KG-PRC-6c]\n  valid_from: null\n  valid_until: null"
JUDICIAL: Final = (
    "      health, judicial, education, occupation, employment, national_register_number]\nadoption_file_manager"
)


class Change(NamedTuple):
    """A change of one file: a text replaced by another, or lines put at the end when there is none to replace."""

    path: str
    old: str
    new: str


class Said(NamedTuple):
    """The exit code of the command, and what it printed."""

    code: int
    out: str
    err: str

    def found(self) -> list[tuple[str, str, str, int]]:
        """List code, subject, file and line of each finding of the format `json`."""
        return [
            (each["code"], each["about"], Path(each["file"]).name, each["line"])
            for each in json.loads(self.out)["findings"]
        ]

    def codes(self) -> set[str]:
        """List the codes of the findings."""
        return {code for code, *_ in self.found()}


Lint = Callable[..., Said]


def change(folder: Path, *changes: Change) -> None:
    """Change files of the copy of a policy."""
    for path, old, new in changes:
        file = folder / "policies" / path
        text = file.read_text("utf-8")
        assert text.count(old) == 1 or not old, f"{old!r} stands {text.count(old)} times in {path}"
        file.write_text(text.replace(old, new) if old else text + new, "utf-8")


def line_of(folder: Path, path: str, text: str) -> int:
    """Give the number of the line on which a text stands."""
    lines = (folder / "policies" / path).read_text("utf-8").split("\n")
    return next(number for number, line in enumerate(lines, start=1) if text in line)


pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shipped_yaml_read_once")]


@pytest.fixture
def folder(folder: Path) -> Path:
    """The copy without the products of roles, whose thousands of cells no finding of these tests needs."""
    (folder / "policies" / "scenarios" / "roles.yaml").unlink()
    return folder


@pytest.fixture
def lint(folder: Path, capsys: pytest.CaptureFixture[str]) -> Lint:
    """Run the command on the copy, on a Monday in June 2019."""

    def run(*arguments: str, output: str = "json") -> Said:
        where = ("--policies", str(folder / "policies"), "--models", str(folder / "models"))
        at = () if "--at" in arguments else ("--at", "2019-06-17")
        try:
            code = main(["lint", *where, *at, "--format", output, *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The shipped policy."""
    return load_policy(PROJECT / "policies", models=PROJECT / "models")


class Shown(NamedTuple):
    """A change after which a code is found, what the finding is about, and the file and text of its line."""

    change: Change
    about: str
    path: str
    text: str


SHOWN: Final[Mapping[str, Shown]] = {
    "KGL001": Shown(
        Change(LIMITS, "", "LM-OVER-TOO,deny,retention_expired,phase=expired; action=read,,KG-RET-4,\n"),
        "LM-OVER-TOO",
        LIMITS,
        "LM-OVER-TOO",
    ),
    "KGL002": Shown(
        Change(NEED, "", "NX-CLASH,deny,not_staff,role=nurse; standing=archive; phase=active,,choice,\n"),
        "NX-CLASH",
        NEED,
        "NX-CLASH",
    ),
    "KGL003": Shown(
        Change(
            LIMITS,
            "",
            "LM-AGAIN,deny,retention_expired,phase=!active|not_started|passive|retention_unknown|preserved,erase,KG-RET-4,\n",
        ),
        "LM-AGAIN",
        LIMITS,
        "LM-AGAIN",
    ),
    "KGL004": Shown(
        Change(CASES, "clauses: [KG-PUR-1, KG-CAT-S2-P]", "clauses: [KG-PUR-1]"),
        "KG-CAT-S2-P",
        "clauses.yaml",
        "KG-CAT-S2-P:",
    ),
    "KGL005": Shown(
        Change(LIMITS, "", "LM-PRESS,deny,out_of_scope,purpose=journalism; erasure=pending,,choice,\n"),
        "LM-PRESS",
        LIMITS,
        "LM-PRESS",
    ),
    "KGL006": Shown(
        Change(CASES, "clauses: [KG-PUR-1, KG-BAS-2]", "clauses: [KG-PUR-1, KG-BAS-2, KG-BAS-3]"),
        "nurse-for-marketing",
        CASES,
        "- id: nurse-for-marketing",
    ),
    "KGL007": Shown(
        Change("policy.toml", "restricted_list = 8", "restricted_list = 1"),
        "restricted_list",
        ORGANISATION,
        "{role: passive_file_keeper, service: preventive_family_support, on_behalf_of: joke}",
    ),
    "KGL008": Shown(
        Change(ORGANISATION, "  purpose: social_planning\n", "  purpose: social_planning\n  until: '2019-07-01'\n"),
        "AUT-3",
        ORGANISATION,
        "until: '2019-07-01'",
    ),
    "KGL009": Shown(
        Change(PROCESSORS, GOBIQUITY, GOBIQUITY.replace("until: null", "until: 2019-07-01")),
        "gobiquity",
        PROCESSORS,
        "valid_until: 2019-07-01",
    ),
    "KGL010": Shown(
        Change(LIMITS, "phase=preserved; standing=!archive", "phase=preserved; standing=archive"),
        "archivist",
        ROLES,
        "archivist:",
    ),
    "KGL011": Shown(
        Change(
            ROLES, "family_composition, financial, education, occupation, employment, youth", "health, financial, youth"
        ),
        "family_supporter",
        ROLES,
        "health, financial, youth",
    ),
    "KGL012": Shown(
        Change(ROLES, "health, judicial, education, occupation, employment, national_register_number]", "health]"),
        "enforcement_officer",
        DESIGNATIONS,
        "categories: [judicial]",
    ),
    "KGL013": Shown(
        Change("lint.yaml", "", "- code: KGL005\n  about: ND-STAFF\n  why: no reason at all\n"),
        "ND-STAFF",
        "lint.yaml",
        "- code: KGL005",
    ),
}
"""For each code something that shows it."""

ABSENT: Final[Mapping[str, Change]] = {
    "KGL001": Change(
        LIMITS, "", "LM-OVER-TOO,deny,retention_expired,phase=expired; action=read,notify_dpo,KG-RET-4,\n"
    ),
    "KGL002": Change(NEED, "", "NX-CLASH,deny,not_staff,role=nurse; standing=service_staff,,choice,\n"),
    "KGL003": Change(LIMITS, "", "LM-AGAIN,deny,retention_expired,phase=!active|not_started|passive,erase,KG-RET-4,\n"),
    "KGL004": Change(CASES, "clauses: [KG-PUR-1, KG-CAT-S2-P]", "clauses: [KG-CAT-S2-P]"),
    "KGL005": Change(LIMITS, "", "LM-READ,deny,out_of_scope,action=read; published=no,,choice,\n"),
    "KGL006": Change(CASES, "clauses: [KG-PUR-1, KG-BAS-2]", "clauses: [KG-BAS-2]"),
    "KGL007": Change("policy.toml", "restricted_list = 8", "restricted_list = 7"),
    "KGL008": Change(
        ORGANISATION, "  purpose: social_planning\n", "  purpose: social_planning\n  until: '2019-09-16'\n"
    ),
    "KGL009": Change(PROCESSORS, GOBIQUITY, GOBIQUITY.replace("until: null", "until: 2019-09-16")),
    "KGL010": Change(LIMITS, "phase=preserved; standing=!archive", "phase=preserved; standing=!archive|recipient"),
    "KGL011": Change(
        ROLES, "family_composition, financial, education, occupation, employment, youth", "physical, youth"
    ),
    "KGL012": Change(
        ROLES, "health, judicial, education, occupation, employment, national_register_number]", "health, judicial]"
    ),
    "KGL013": Change("lint.yaml", "about: system_administrator\n", "about: system_administrator  # as before\n"),
}
"""For each code a change much like that one, after which it is not found."""


class TestCodes:
    """Every code is found where it should be, and only there."""

    def test_the_shipped_policy_is_clean(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The shipped policy has no finding, today or when its example takes place, and says what was accepted."""
        assert main(["lint"]) == 0
        assert main(["lint", "--at", "2019-06-17"]) == 0
        assert re.fullmatch(r"(0 findings, \d+ accepted\n){2}", capsys.readouterr().out)

    def test_every_code_is_shown(self) -> None:
        """Every code has a change that shows it and one that does not."""
        assert set(SHOWN) == set(ABSENT) == set(CODES)

    @pytest.mark.parametrize("code", SHOWN)
    def test_it_is_found_with_file_and_line(self, code: str, folder: Path, lint: Lint) -> None:
        """After the change lint exits with 1, and the finding names what it is about, its file and its line."""
        shown = SHOWN[code]
        change(folder, shown.change)

        said = lint()

        assert said.code == 1
        assert (code, shown.about, Path(shown.path).name, line_of(folder, shown.path, shown.text)) in said.found()
        assert {about for found, about, *_ in said.found() if found == code} == {shown.about}

    @pytest.mark.parametrize("code", ABSENT)
    def test_it_is_not_found_beside(self, code: str, folder: Path, lint: Lint) -> None:
        """After a change much like that one, lint does not find the code."""
        change(folder, ABSENT[code])

        said = lint()

        assert said.err == ""
        assert code not in said.codes()

    @pytest.mark.parametrize("code", CODES)
    def test_it_is_documented(self, code: str) -> None:
        """Every code has a heading on the page of the reference."""
        text = (PROJECT / "docs" / "reference" / "lint.md").read_text("utf-8")

        assert re.search(rf"^## {code}: {re.escape(CODES[code])}$", text, flags=re.MULTILINE)


class TestBrokenPolicies:
    """What three mistakes of a policy officer look like."""

    def test_a_typo_in_a_limit(self, folder: Path, lint: Lint) -> None:
        """A forgotten `!` in a limit leaves the archivist nothing, and lint points at the role and its designations."""
        change(folder, SHOWN["KGL010"].change)

        found = lint().found()

        assert ("KGL010", "archivist", "roles.yaml", line_of(folder, ROLES, "archivist:")) in found
        assert {about for code, about, *_ in found if code == "KGL012"} == {"archivist"}

    def test_a_swapped_role(self, folder: Path, lint: Lint) -> None:
        """Two profiles under each other's role: one reaches health data undesignated, the other's designation idles."""
        change(
            folder,
            Change(ROLES, "nurse:\n", "swapped:\n"),
            Change(ROLES, "family_supporter:\n", "nurse:\n"),
            Change(ROLES, "swapped:\n", "family_supporter:\n"),
        )

        found = lint().found()

        health = line_of(folder, ROLES, "family_composition, health, youth_care_measures")
        assert ("KGL011", "family_supporter", "roles.yaml", health) in found
        assert ("KGL012", "nurse", DESIGNATIONS, line_of(folder, DESIGNATIONS, "categories: [health]")) in found

    def test_a_removed_row(self, folder: Path, lint: Lint) -> None:
        """Without the rule of the keepers nothing can be permitted to them, and their designations idle."""
        rules = folder / "policies" / NEED
        lines = rules.read_text("utf-8").split("\n")
        rules.write_text("\n".join(line for line in lines if not line.startswith("ND-KEEPER,")), "utf-8")

        found = lint().found()

        assert ("KGL010", "passive_file_keeper", "roles.yaml", line_of(folder, ROLES, "passive_file_keeper:")) in found
        assert ("KGL012", "passive_file_keeper") in {each[:2] for each in found}

    def test_a_word_that_does_not_exist_is_for_the_strict_reader(self, folder: Path, lint: Lint) -> None:
        """A misspelt word is refused with exit code 3, file, line and column, before lint looks at anything."""
        change(folder, Change(LIMITS, "phase=expired,erase", "phase=expird,erase"))

        said = lint()

        assert said.code == 3
        assert f"{LIMITS}:{line_of(folder, LIMITS, 'expird')}:" in said.err
        assert "did you mean `expired`?" in said.err

    def test_a_permit_that_denials_cover_never_decides(self, folder: Path, lint: Lint) -> None:
        """A rule that allows only what others forbid is found, and named with the one that forbids it."""
        row = "ND-NEVER,allow,,standing=service_staff; link=none; break_glass=none; action=read; purpose=own; category=profile,,choice,\n"
        change(folder, Change(NEED, "", row))

        said = lint(output="pretty")

        assert "KGL001 `ND-NEVER` never decides: `NX-NO-LINK` decides all that it matches" in said.out

    def test_a_permit_that_another_table_forbids_never_decides(self, folder: Path, lint: Lint) -> None:
        """A rule that allows what a limit forbids at every point is found as well."""
        row = "ND-DEAD,allow,,kind=staff; standing=service_staff; link=team; phase=expired; action=read; purpose=own; category=profile,,choice,\n"
        change(folder, Change(NEED, "", row))

        assert re.search(r"KGL001 `ND-DEAD` never decides: .*`LM-TERM-OVER`", lint(output="pretty").out)

    def test_a_product_that_cites_an_unknown_clause_is_found_once(self, folder: Path, lint: Lint) -> None:
        """However many cells it has, a product is one place to mend."""
        text = (PROJECT / "policies" / "scenarios" / "roles.yaml").read_text("utf-8")
        mistaken = text.replace("clauses: [KG-RET-4]", "clauses: [KG-RET-44]")
        assert mistaken != text
        (folder / "policies" / "scenarios" / "roles.yaml").write_text(mistaken, "utf-8")

        assert [code for code, *_ in lint().found()].count("KGL006") == 1


class TestPeriods:
    """Days are inclusive days in Brussels."""

    @pytest.mark.parametrize(
        ("at", "ahead", "words"),
        [
            ("2019-04-01", "90", None),
            ("2019-04-02", "90", "lapses after 2019-07-01, in 90 days"),
            ("2019-06-30", "0", None),
            ("2019-06-30", "1", "lapses after 2019-07-01, tomorrow"),
            ("2019-07-01", "0", "lapses after 2019-07-01, today"),
            ("2019-07-02", "0", "lapsed after 2019-07-01"),
        ],
    )
    def test_an_entry_is_reported_from_so_many_days_before_its_last(
        self, at: str, ahead: str, words: str | None, folder: Path, lint: Lint
    ) -> None:
        """An entry is reported from `--ahead` days before its last day, and after it."""
        change(folder, SHOWN["KGL009"].change)

        out = lint("--at", at, "--ahead", ahead, output="pretty").out

        assert ("KGL009" in out) is (words is not None)
        assert words is None or words in out

    def test_an_acceptance_is_needed_as_long_as_there_is_an_end(self, folder: Path, lint: Lint) -> None:
        """The acceptance of an authorisation that lapses in 2020 is not idle in 2019, as it will be needed."""
        assert (folder / "policies" / "lint.yaml").read_text("utf-8").count("AUT-1") == 1

        assert lint("--at", "2018-07-01").codes() == set()

    def test_another_organisation_needs_no_acceptances_of_the_example(self, folder: Path, lint: Lint) -> None:
        """With an organisation of one's own, the acceptances about authorisations of the example are no finding."""
        own = folder / "own.yaml"
        own.write_text(
            "subjects:\n  kim: {kind: staff}\ndossiers:\n  X1: {service: childcare}\n"
            "authorisations:\n- {id: B-1, recipient: x, service: childcare, categories: [], purpose: supervision,\n"
            "   until: '2019-06-20'}\n",
            "utf-8",
        )

        assert lint("--organisation", str(own)).found() == [("KGL008", "B-1", "own.yaml", 7)]


class TestInput:
    """Bad input gets a clear error."""

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (("--at", "tomorrow"), 2, "`at`: the text is not a calendar day"),
            (("--ahead", "-1"), 2, "`ahead`: write a number of days"),
            (("--ahead", "soon"), 2, "invalid int value"),
            (("--format", "xml"), 2, "invalid choice"),
            (("--organisation", "nowhere.yaml"), 3, "nowhere.yaml: cannot be read"),
            (("--scenarios", "nowhere.yaml"), 3, "nowhere.yaml: there is no such file or folder"),
        ],
    )
    def test_wrong_options(self, arguments: tuple[str, ...], code: int, words: str, lint: Lint) -> None:
        """A wrong option is named, with the exit code for wrong use or for an invalid file."""
        said = lint(*arguments)

        assert (said.code, said.out) == (code, "")
        assert words in said.err

    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            (
                Change("lint.yaml", "about: AUT-1", "abuot: AUT-1"),
                "lint.yaml:3:3: unknown key `abuot`; did you mean `about`?",
            ),
            (Change("lint.yaml", "", "- {code: KGL099, about: x, why: y}\n"), "unknown code `KGL099`"),
            (Change("lint.yaml", "", "- {code: KGL008, about: AUT-1, why: y}\n"), "is accepted twice"),
            (
                Change(DESIGNATIONS, NURSE, NURSE.replace("nurse", "nurze")),
                "unknown word `nurze`; did you mean `nurse`?",
            ),
            (Change(DESIGNATIONS, NURSE, NURSE.replace("[health]", "[housing]")), "unknown word `housing`"),
            (
                Change(DESIGNATIONS, NURSE, NURSE.replace("family_support", "family")),
                "unknown word `preventive_family`",
            ),
            (Change(DESIGNATIONS, "special:\n", "special:\n  hair: {nl: a, en: b}\n"), "unknown word `hair`"),
            (Change(DESIGNATIONS, "confidentiality: contract", "confidentiality: promise"), "unknown word `promise`"),
        ],
    )
    def test_files_that_lint_reads_are_read_strictly(
        self, broken: Change, words: str, folder: Path, lint: Lint
    ) -> None:
        """Whatever is wrong in `lint.yaml` or `designations.yaml` is refused with its place."""
        change(folder, broken)

        said = lint()

        assert said.code == 3
        assert words in said.err
        assert re.search(rf"{re.escape(broken.path)}:\d+:\d+: ", said.err)

    def test_without_designations_there_is_nothing_to_hold_the_rules_against(self, folder: Path, lint: Lint) -> None:
        """A policy without the list is an invalid one for lint, and the error says how to get one."""
        (folder / "policies" / DESIGNATIONS).unlink()

        said = lint()

        assert said.code == 3
        assert "`kg-access init` writes one" in said.err

    def test_without_acceptances_everything_counts(self, folder: Path, lint: Lint) -> None:
        """Without `lint.yaml` the findings that it accepts are findings."""
        (folder / "policies" / "lint.yaml").unlink()

        assert lint("--at", "2026-01-01").codes() == {"KGL008", "KGL010", "KGL011"}

    def test_they_do_not_change_the_version_of_the_policy(self, folder: Path) -> None:
        """What lint reads decides nothing, so the digest under which decisions are taken stays the same."""
        before = load_policy(folder / "policies", models=folder / "models").digest
        change(folder, SHOWN["KGL013"].change, Change(DESIGNATIONS, NURSE, NURSE.replace("health", "biometric")))

        assert load_policy(folder / "policies", models=folder / "models").digest == before


class TestFormats:
    """The same findings for people, programs, code scanners and GitHub."""

    @pytest.fixture
    def broken(self, folder: Path) -> Path:
        """A copy with one finding in a folder whose name must be escaped."""
        change(folder, SHOWN["KGL009"].change)
        return (folder / "policies").rename(folder / "50%, or: so")

    def run(self, broken: Path, output: str, capsys: pytest.CaptureFixture[str]) -> str:
        """Run the command on the copy and give what it prints."""
        arguments = ["--policies", str(broken), "--models", str(broken.parent / "models"), "--at", "2019-06-17"]
        assert main(["lint", *arguments, "--format", output]) == 1
        return capsys.readouterr().out

    def test_pretty_gives_place_code_and_fix(self, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The text has place, code and message on one line and the fix on the next."""
        first, fix, count = self.run(broken, "pretty", capsys).splitlines()

        assert re.search(r"processors\.yaml:\d+:\d+: KGL009 the entry `gobiquity` of the processors lapses", first)
        assert fix == "    renew it in time, or take it out of the file"
        assert re.fullmatch(r"1 finding, \d+ accepted", count)

    def test_github_escapes(self, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The workflow command escapes what GitHub reads as its own: `%`, `:` and `,` in the name of a file."""
        (line,) = self.run(broken, "github", capsys).splitlines()

        assert line.startswith("::error file=")
        properties, _, message = line.removeprefix("::error ").partition("::")
        assert "50%25%2C or%3A so/registers/processors.yaml,line=" in properties
        assert properties.endswith(",title=KGL009")
        assert message.startswith("the entry `gobiquity`")

    def test_json_tells_what_was_accepted_and_why(self, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The whole result, with the reason of each acceptance."""
        content = json.loads(self.run(broken, "json", capsys))

        assert [each["code"] for each in content["findings"]] == ["KGL009"]
        assert all(each["why"] for each in content["accepted"])

    def test_sarif_has_the_structure_that_the_standard_requires(
        self, broken: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The log has every property that SARIF 2.1.0 requires, with the types that it gives them."""
        log = json.loads(self.run(broken, "sarif", capsys))

        assert set(log) == {"$schema", "version", "runs"}
        assert log["version"] == "2.1.0"
        (run,) = log["runs"]
        driver = run["tool"]["driver"]
        assert driver["name"] == "kg-access"
        assert [rule["id"] for rule in driver["rules"]] == list(CODES)
        assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
        assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
        for result in run["results"]:
            assert_result(result, driver["rules"])
        (open_,) = [result for result in run["results"] if "suppressions" not in result]
        place = open_["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert place.endswith("/50%25%2C%20or%3A%20so/registers/processors.yaml")


def assert_result(result: Mapping[str, Any], rules: list[dict[str, Any]]) -> None:
    """Hold one result against what the schema of SARIF requires of it."""
    assert result["message"]["text"]
    assert result["level"] in {"none", "note", "warning", "error"}
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    for location in result["locations"]:
        physical = location["physicalLocation"]
        assert re.fullmatch(r"[!-~]+", physical["artifactLocation"]["uri"])
        assert all(type(number) is int and number >= 1 for number in physical.get("region", {}).values())
    for suppression in result.get("suppressions", ()):
        assert suppression["kind"] in {"inSource", "external"}
        assert suppression["justification"]


class TestReasoning:
    """The reasoning over boxes agrees with walking every point, and with Casbin."""

    @given(request=strategies.requests())
    def test_no_request_has_facts_that_are_said_to_be_impossible(self, request: AccessRequest) -> None:
        """Whatever the fact finder makes of a request lies outside every combination that lint calls impossible."""
        facts = ask(_guard(), request).facts
        assert facts is not None
        point, ground = DecisionPoint(_guard().policy), Ground(_guard().policy)
        for standing in facts.standings:
            for category in facts.asked() or (MISSING,):
                conditions = {name: frozenset({word}) for name, word in point.point(facts, standing, category).items()}
                assert ground.left(conditions) is not None

    def test_a_fact_of_which_no_table_speaks_makes_nothing_impossible(self, policy: Policy) -> None:
        """With models that leave out the authorisation, a request without a purpose is as possible as any."""
        without = {
            name: attrs.evolve(
                table,
                columns=tuple(column for column in table.columns if column != "authorisation"),
                domains={column: words for column, words in table.domains.items() if column != "authorisation"},
            )
            for name, table in policy.tables.items()
        }
        ground = Ground(attrs.evolve(policy, tables=without))

        for fact in ("purpose", "category"):
            assert ground.left({fact: frozenset({MISSING})}) is not None

    def test_what_is_said_to_be_permitted_is_permitted_by_casbin(self, policy: Policy) -> None:
        """For each role and service a point that lint calls permitted is permitted by the three tables."""
        ground, engine = Ground(policy), Engine(policy)
        asked = 0
        for role, service in product(policy.vocabulary.roles, policy.vocabulary.services):
            box = ground.permitted({"role": frozenset({role}), "service": frozenset({service})})
            if box is not None:
                asked += 1
                point = {fact: min(box.get(fact, words)) for fact, words in ground.space.domains.items()}
                for name, table in policy.tables.items():
                    assert engine.ask(name, tuple(point[column] for column in table.columns)).allowed
        assert asked > 20


_GUARDS: Final[list[Guard]] = []


def _guard() -> Guard:
    if not _GUARDS:
        _GUARDS.append(Guard.load(PROJECT / "policies", models=PROJECT / "models"))
    return _GUARDS[0]
