"""The command `kg-access`: what it prints, where it prints it, and the exit codes that scripts rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from kg_access import Guard, PolicyDataMissing
from kg_access import _shipped as shipped_module
from kg_access.cli import doctor
from kg_access.scenarios import find_scenarios, read_suite
from tests.conftest import PROJECT, Command, Said

ASK: Final = (
    "read", "D1", "--categories", "health", "--group", "child_and_family",
    "--purpose", "preventive_family_support", "--at", "2019-06-17T10:00:00+02:00",
)  # fmt: skip
PERMITTED: Final = ("decide", "nele", *ASK)
DENIED: Final = ("decide", "bert", *ASK)

OWN: Final = """\
subjects:
  kim:
    kind: staff
    assignments:
    - {role: nurse, service: preventive_family_support, team: T1}
dossiers:
  X1: {service: preventive_family_support, team: T1, use: [{from: '2018-03-01'}]}
"""
CASE: Final = """\
- id: %s
  title: %s
  at: 2019-06-17T10:00:00+02:00
  subject: kim
  action: read
  dossier: X1
  group: child_and_family
  categories: [health]
  purpose: preventive_family_support
  expect: {effect: %s}
"""


@pytest.fixture
def organisation(tmp_path: Path) -> Path:
    """Write an organisation of one nurse and one dossier."""
    path = tmp_path / "organisation.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


def scenarios(organisation: Path, *cases: tuple[str, str, str], name: str = "scenarios.yaml") -> str:
    """Write a scenario file beside an organisation: cases by id, title and expected effect."""
    path = organisation.with_name(name)
    text = "".join(CASE % (identifier, json.dumps(title), effect) for identifier, title, effect in cases)
    path.write_text(f"organisation: {organisation.name}\ncases:\n{text}", encoding="utf-8")
    return str(path)


def plainly_refused(said: Said, code: int, *parts: str) -> None:
    """Hold that a command says what is wrong on the error stream only, in words and not as a traceback."""
    assert said.code == code
    assert said.out == ""
    assert all(part in said.err for part in parts)
    assert "Traceback" not in said.err
    assert "Error(" not in said.err


# Help and usage.


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ("exit codes:", "run scenario files", "decide one request", "validate a policy folder", "show versions")),
        (["test"], ("--format", "--policies", "--models", "junit")),
        (["decide"], ("--categories", "--context", "--organisation", "example: kg-access decide nele read D1")),
        (["explain"], ("--language", "--audience", "example: kg-access explain bert read D1")),
        (["check"], ("FOLDER", "--models")),
        (["doctor"], ("digest",)),
    ],
)
def test_every_command_has_help(command: Command, arguments: list[str], expected: tuple[str, ...]) -> None:
    """`--help` explains the command and its options, and is a success."""
    said = command(*arguments, "--help")

    assert (said.code, said.err) == (0, "")
    unwrapped = " ".join(said.out.split())
    assert said.out.startswith("usage: kg-access")
    assert all(part in unwrapped for part in expected)


@pytest.mark.parametrize("name", ["decide", "explain"])
def test_the_examples_of_the_help_work(command: Command, name: str) -> None:
    """The command line that the help gives as an example runs on the shipped policy and organisation."""
    unwrapped = " ".join(command(name, "--help").out.split())
    words = unwrapped.split("example: kg-access ")[1].split()

    said = command(*words)

    assert said.code == (0 if name == "decide" else 1)
    assert said.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("decde",),
        ("decide",),
        ("decide", "nele", "read"),
        ("test", "--format", "xml"),
        ("decide", "nele", "read", "D1", "--formt", "json"),
        ("doctor", "everything"),
    ],
)
def test_a_wrong_use_is_two(command: Command, arguments: tuple[str, ...]) -> None:
    """A command line that means nothing gives the usage on the error stream and exit code 2."""
    plainly_refused(command(*arguments), 2, "usage: kg-access", "error:")


# Running scenarios.


def test_the_shipped_scenarios_run_and_pass(command: Command) -> None:
    """Without arguments the shipped scenarios are run; the last line counts them."""
    suites = [read_suite(path) for path in find_scenarios([PROJECT / "policies"])]
    cases = sum(len(suite.cases) + sum(len(product.cells) for product in suite.products) for suite in suites)

    said = command("test")

    assert (said.code, said.err) == (0, "")
    assert said.out == f"{cases} passed, 0 failed\n"
    assert cases > 0


def test_a_failed_case_is_four(command: Command, organisation: Path) -> None:
    """A case that fails is shown with place, id, title and what differs; the plain last line counts."""
    path = scenarios(organisation, ("A", "fine", "permit"), ("B", "not so", "deny"), ("C", "nor this", "deny"))

    said = command("test", path)

    assert (said.code, said.err) == (4, "")
    assert said.out.splitlines() == [
        f"{path}:13: B not so",
        "    effect is permit, expected deny",
        f"{path}:23: C nor this",
        "    effect is permit, expected deny",
        "1 passed, 2 failed",
    ]


def test_passed_cases_are_only_counted(command: Command, organisation: Path) -> None:
    """When all cases pass, the one line says how many."""
    said = command("test", scenarios(organisation, ("A", "fine", "permit"), ("B", "fine", "permit")))

    assert said == Said(0, "2 passed, 0 failed\n", "")


def test_the_json_report_has_every_case(command: Command, organisation: Path) -> None:
    """The JSON report holds each case with its file, verdict and differences."""
    path = scenarios(organisation, ("A", "fine", "permit"), ("B", 'é <b> "quoted"', "deny"))

    said = command("test", path, "--format", "json")

    assert said.code == 4
    first, second = json.loads(said.out)
    assert (first["file"], first["id"], first["passed"], first["failures"]) == (path, "A", True, [])
    assert (first["effect"], first["phase"], first["reasons"]) == ("permit", "active", [])
    assert first["rules"] == ["SC-FAMILY-SUPPORT", "ND-STAFF", "LM-NO-LIMIT"]
    assert (second["title"], second["passed"]) == ('é <b> "quoted"', False)
    assert second["failures"] == ["effect is permit, expected deny"]


def test_the_junit_report_counts(command: Command, organisation: Path) -> None:
    """The JUnit report is XML with a suite per file, whose counts match its cases and failures."""
    one = scenarios(organisation, ("A", "fine", "permit"), ("B", '<&> "quoted"', "deny"), name="one.yaml")
    two = scenarios(organisation, ("C", "fine", "permit"), name="two.yaml")

    said = command("test", one, two, "--format", "junit")

    assert said.code == 4
    root = ET.fromstring(said.out)  # noqa: S314 - our own
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "3", "1")
    suites = root.findall("testsuite")
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in suites] == [
        (one, "2", "1"),
        (two, "1", "0"),
    ]
    for suite in suites:
        assert len(suite.findall("testcase")) == int(suite.get("tests", ""))
        assert len(suite.findall("testcase/failure")) == int(suite.get("failures", ""))
    (failure,) = root.iter("failure")
    assert failure.get("message") == "effect is permit, expected deny"
    assert [case.get("name") for case in suites[0]][1] == 'B <&> "quoted"'


@pytest.mark.parametrize("form", ["json", "junit"])
def test_reports_of_passing_cases_are_a_success(command: Command, organisation: Path, form: str) -> None:
    """The exit code says whether all passed, whatever the format."""
    assert command("test", scenarios(organisation, ("A", "fine", "permit")), "--format", form).code == 0


def test_a_folder_is_run_as_a_whole(command: Command, organisation: Path) -> None:
    """A folder stands for every YAML file in it that holds cases; the organisation beside them holds none."""
    scenarios(organisation, ("A", "fine", "permit"))
    scenarios(organisation, ("B", "fine", "permit"), name="other.yaml")

    assert command("test", str(organisation.parent)).out == "2 passed, 0 failed\n"


def test_an_invalid_scenario_file_is_three(command: Command, organisation: Path) -> None:
    """A scenario file that cannot be read gives its findings on the error stream, and no case is run."""
    path = scenarios(organisation, ("A", "fine", "permit"), ("A", "again", "permit"))

    plainly_refused(command("test", path), 3, f"{path}:13:", "duplicate id `A`")


def test_an_unknown_word_in_a_case_is_three(command: Command, organisation: Path) -> None:
    """A word that the policy does not know makes the scenario file invalid."""
    path = scenarios(organisation, ("A", "fine", "deny"))
    text = Path(path).read_text(encoding="utf-8").replace("[health]", "[helth]")
    Path(path).write_text(text, encoding="utf-8")

    plainly_refused(command("test", path), 3, "case `A`", "did you mean `health`?")


def test_all_invalid_scenario_files_are_reported(command: Command, organisation: Path) -> None:
    """With two invalid files, the findings of both are given at once."""
    first = scenarios(organisation, ("A", "x", "permit"), ("A", "x", "permit"), name="one.yaml")
    second = scenarios(organisation, ("B", "x", "permit"), ("B", "x", "permit"), name="two.yaml")

    plainly_refused(command("test", first, second), 3, first, second)


def test_a_path_that_is_not_there_is_told(command: Command, tmp_path: Path) -> None:
    """A path without scenarios is an error, never a success with nothing run."""
    plainly_refused(command("test", str(tmp_path / "nowhere")), 3, "there is no such file or folder")
    plainly_refused(command("test", str(tmp_path)), 3, "no YAML file with `cases` or `products` in this folder")


# One decision.


def test_a_permit_is_zero(command: Command) -> None:
    """A permit on the shipped policy and organisation prints its fields and gives exit code 0."""
    said = command(*PERMITTED)

    assert (said.code, said.err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert (lines["effect"], lines["phase"], lines["permitted"]) == ("permit", "active", "health")
    assert lines["rules"] == "SC-FAMILY-SUPPORT, ND-STAFF, LM-NO-LIMIT"
    assert "KG-RET-7" in lines["clauses"]
    assert lines["obligations"] == "log"
    assert "reasons" not in lines


def test_a_denial_is_one(command: Command) -> None:
    """A denial prints its reasons on the output, not on the error stream, and gives exit code 1."""
    said = command(*DENIED)

    assert (said.code, said.err) == (1, "")
    lines = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert (lines["effect"], lines["reasons"], lines["disclosure"]) == ("deny", "no_task_need", "hide")


def test_a_decision_as_json(command: Command) -> None:
    """The JSON of a decision holds codes only, and names the policy version."""
    said = command("decide", "nele", *ASK, "--categories", "health, financial", "--mode", "redact", "--format", "json")

    content = json.loads(said.out)
    assert said.code == 0
    assert (content["effect"], content["permitted"]) == ("permit", ["health"])
    assert content["redacted"] == {"financial": ["role_category"]}
    assert content["obligations"] == ["log", "redact"]
    assert content["policy"]["name"] == Guard.shipped().policy.name


@pytest.mark.parametrize(
    ("circumstances", "code", "reason"),
    [
        (["channel=teams"], 1, "channel_o365_dossier"),
        (["channel=teams", "encrypted=true", "key_holder=us=them", "exceptional_case_ref=E1"], 0, None),
        (["channel=teams", "encrypted=false", "key_holder=us", "exceptional_case_ref=E1"], 1, "channel_o365_dossier"),
        (["channel=email"], 0, None),
    ],
)
def test_circumstances_count(command: Command, circumstances: list[str], code: int, reason: str | None) -> None:
    """Circumstances are given as `name=value`, as often as needed."""
    options = [word for circumstance in circumstances for word in ("--context", circumstance)]

    said = command(*PERMITTED, *options, "--format", "json")

    assert said.code == code
    assert json.loads(said.out)["reasons"] == ([] if reason is None else [reason])


def test_an_organisation_of_ones_own(command: Command, organisation: Path) -> None:
    """People and dossiers come from the file that is named."""
    own = ("--organisation", str(organisation))

    assert command("decide", "kim", *("read", "X1", *ASK[2:]), *own).code == 0
    plainly_refused(command(*PERMITTED, *own), 2, "the organisation has no subject `nele`", "kim")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("nelle", *ASK), ("`subject`", "no subject `nelle`", "did you mean `nele`?")),
        (("nele", "read", "D01", *ASK[2:]), ("`dossier`", "no dossier `D01`", "did you mean `D")),
        (("nele", "reed", *ASK[1:]), ("`action`", "unknown word `reed`", "did you mean `read`?")),
        (("nele", *ASK, "--purpose", "childcar"), ("`purpose`", "did you mean `childcare`?")),
        (("nele", *ASK, "--group", "child_and_famly"), ("`group`", "did you mean `child_and_family`?")),
        (("nele", *ASK, "--categories", "helth"), ("`categories`", "did you mean `health`?")),
        (("nele", *ASK, "--mode", "al"), ("`mode`", "did you mean `all`?")),
        (("nele", *ASK, "--at", "2019-06-17T10:00:00"), ("`at`", "has no offset", "2019-06-17T10:00:00+02:00")),
        (("nele", *ASK, "--at", "yesterday"), ("`at`", "`yesterday` is no moment")),
        (("nele", *ASK, "--context", "chanel=email"), ("unknown circumstance `chanel`", "did you mean `channel`?")),
        (("nele", *ASK, "--context", "channel"), ("`channel` is no circumstance", "name=value")),
        (("nele", *ASK, "--context", "encrypted=yes"), ("encrypted=true", "encrypted=false")),
        (("nele", *ASK, "--context", "channel=pigeon"), ("`channel`: unknown word `pigeon`",)),
    ],
)
def test_bad_input_is_two(command: Command, arguments: tuple[str, ...], parts: tuple[str, ...]) -> None:
    """A word, a person or a moment that means nothing is told on the error stream, with what would be right."""
    for name in ("decide", "explain"):
        plainly_refused(command(name, *arguments), 2, "kg-access: ", *parts)


def test_an_organisation_that_cannot_be_read_is_three(command: Command, tmp_path: Path) -> None:
    """A missing or broken organisation file is told with its name."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(OWN.replace("kind: staff", "knd: staff"), encoding="utf-8")

    plainly_refused(command(*PERMITTED, "--organisation", str(tmp_path / "none.yaml")), 3, "none.yaml: cannot be read")
    plainly_refused(command(*PERMITTED, "--organisation", str(broken)), 3, f"{broken}:3:", "unknown key `knd`")


# One explanation.


def test_an_explanation_of_a_denial(command: Command) -> None:
    """An explanation opens with the verdict and gives the exit code of the decision."""
    said = command("explain", "bert", *ASK)

    assert (said.code, said.err) == (1, "")
    assert said.out.startswith("No: you may not read health data about children and their families")
    assert "The team lead can give you a task on this dossier." in said.out
    assert command("explain", "nele", *ASK).code == 0


def test_an_explanation_in_dutch(command: Command) -> None:
    """`--language nl` gives the explanation in Dutch."""
    assert command("explain", "bert", *ASK, "--language", "nl").out.startswith("Nee: je mag gezondheidsgegevens")


def test_an_explanation_as_json_and_html(command: Command) -> None:
    """The other formats hold the same explanation."""
    content = json.loads(command("explain", "bert", *ASK, "--format", "json").out)
    html = command("explain", "bert", *ASK, "--format", "html").out

    assert content["reasons"] == ["no_task_need"]
    assert html.startswith('<section lang="en">')
    assert content["headline"] in html


def test_a_person_outside_is_told_the_same(command: Command) -> None:
    """For a person outside neither the words nor the exit code tell a permit from a denial."""
    for form in ("pretty", "json", "html"):
        permit = command("explain", "nele", *ASK, "--audience", "subject", "--format", form)
        denial = command("explain", "bert", *ASK, "--audience", "subject", "--format", form)
        assert permit == denial
        assert permit.code == 1


@pytest.mark.parametrize(
    ("option", "value", "part"),
    [("--language", "fr", "known are en, nl"), ("--audience", "staf", "did you mean `staff`?")],
)
def test_an_unknown_language_or_audience_is_two(command: Command, option: str, value: str, part: str) -> None:
    """A language or audience that does not exist is a wrong use."""
    plainly_refused(command("explain", "nele", *ASK, option, value), 2, part)


# Validating a policy.


def test_the_shipped_policy_is_valid(command: Command) -> None:
    """`check` names version and digest of the shipped policy and counts its rules."""
    policy = Guard.shipped().policy

    said = command("check")

    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[:2] == [f"{policy.name} {policy.version} is valid", f"digest      {policy.digest}"]
    for table in policy.tables.values():
        assert f"{len({row.id for row in table.rows})} rules, {len(table.rows)} rows" in said.out
    assert "not published" not in said.out


def test_a_policy_of_ones_own_is_used(command: Command, folder: Path) -> None:
    """Every command takes a policy folder of one's own."""
    settings = folder / "policies" / "policy.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"1.0.0"', '"7.7.7"'), encoding="utf-8")
    own = ("--policies", str(folder / "policies"), "--models", str(folder / "models"))

    assert "7.7.7 is valid" in command("check", str(folder / "policies")).out
    assert "7.7.7" in command(*PERMITTED, *own).out
    assert "7.7.7" in command("explain", "nele", *ASK, *own).out
    assert command("test", *own).out.endswith(" passed, 0 failed\n")


def test_scenarios_of_an_own_policy_are_the_default(command: Command, folder: Path) -> None:
    """With a policy of one's own and no paths, the scenarios in that folder are run."""
    for path in find_scenarios([folder / "policies"]):
        path.unlink()
    policies = str(folder / "policies")

    plainly_refused(
        command("test", "--policies", policies), 3, policies, "no YAML file with `cases` or `products` in this folder"
    )


def test_one_fault_in_a_policy_is_three(command: Command, folder: Path) -> None:
    """One wrong word in a rule is told with file and line, by every command that reads the policy."""
    rules = folder / "policies" / "need" / "rules.csv"
    text = rules.read_text(encoding="utf-8")
    line = next(number for number, row in enumerate(text.splitlines(), start=1) if row.startswith("ND-STAFF,"))
    rules.write_text(text.replace("standing=service_staff", "standing=service_staf", 1), encoding="utf-8")
    policies = str(folder / "policies")

    for arguments in (
        ("check", policies),
        ("test", str(PROJECT / "policies" / "need" / "scenarios.yaml"), "--policies", policies),
        (*PERMITTED, "--policies", policies),
        ("explain", "nele", *ASK, "--policies", policies),
    ):
        plainly_refused(command(*arguments), 3, f"need/rules.csv:{line}", "service_staf", "1 finding")


def test_models_of_ones_own_are_read(command: Command, folder: Path) -> None:
    """`--models` is what is checked: the same models are fine, a changed one is refused with its place."""
    models = folder / "models"
    assert command("check", "--models", str(models)).code == 0

    text = (models / "limits.conf").read_text(encoding="utf-8")
    (models / "limits.conf").write_text(text.replace("&& !some", "|| !some"), encoding="utf-8")

    plainly_refused(command("check", "--models", str(models)), 3, "limits.conf:")
    plainly_refused(command(*PERMITTED, "--models", str(models)), 3, "limits.conf:")


@pytest.mark.parametrize(
    "arguments",
    [("check", "NOWHERE"), ("check", "--models", "NOWHERE"), (*PERMITTED, "--policies", "NOWHERE")],
)
def test_a_policy_that_is_not_there_is_three(command: Command, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A folder that does not exist is told by its name."""
    nowhere = str(tmp_path / "nowhere")

    plainly_refused(command(*(nowhere if word == "NOWHERE" else word for word in arguments)), 3, nowhere, "no folder")


def test_an_unpublished_policy_says_that_it_permits_nothing(command: Command, folder: Path) -> None:
    """A policy that was not announced in time is valid but permits nothing, and `check` says so."""
    settings = folder / "policies" / "policy.toml"
    text = settings.read_text(encoding="utf-8")
    assert "published_on = 2018-05-18" in text
    settings.write_text(text.replace("published_on = 2018-05-18", "published_on = 2018-06-18"), encoding="utf-8")

    said = command("check", str(folder / "policies"))

    assert said.code == 0
    assert "not published before it takes effect, so it permits nothing" in said.out
    assert command(*PERMITTED, "--policies", str(folder / "policies")).code == 1


# What is installed.


def test_a_sound_installation_is_zero(command: Command) -> None:
    """`doctor` shows versions, where the policy was read from and its digest."""
    policy = Guard.shipped().policy

    said = command("doctor")

    assert (said.code, said.err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert lines["digest"] == policy.digest
    assert lines["python"] == ".".join(map(str, sys.version_info[:3]))
    assert lines["pycasbin"].startswith("2.")
    assert policy.source in said.out
    assert said.out.endswith("all is well\n")


def test_missing_policy_data_are_a_problem(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installation without its policy is told by `doctor`, with the places where it was looked for."""
    monkeypatch.setattr(shipped_module, "files", lambda _: tmp_path / "kg_access")

    said = command("doctor")

    assert said.code == 1
    assert str(tmp_path / "kg_access" / "_data" / "policies") in said.out
    assert "all is well" not in said.out
    with pytest.raises(PolicyDataMissing):
        Guard.shipped()


def test_the_abandoned_casbin_is_a_problem(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """`doctor` says how to get rid of the distribution that overwrites `pycasbin`."""
    found: Mapping[str, str | None] = {"pycasbin": "2.8.0", "casbin": "0.9", "simpleeval": "1", "wcmatch": "1"}
    monkeypatch.setattr(doctor, "casbin_versions", lambda: found)

    said = command("doctor")

    assert said.code == 1
    assert "pip uninstall casbin pycasbin" in said.out


# As a process.


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `python -m kg_access` in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "kg_access", *arguments],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment, **options},
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_module_runs_as_the_command(command: Command) -> None:
    """`python -m kg_access` prints what the command prints and ends with its exit code."""
    said = command(*DENIED)

    done = process(*DENIED)

    assert (done.returncode, done.stdout, done.stderr) == (said.code, said.out, "")


def test_an_invalid_file_ends_the_process_with_three(tmp_path: Path) -> None:
    """A process that met an invalid file ends with 3 and prints words, no traceback."""
    path = tmp_path / "scenarios.yaml"
    path.write_text("", encoding="utf-8")

    done = process("test", str(path))

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"{path}: the file is empty\n"


@pytest.mark.parametrize("unbuffered", [False, True])
def test_a_reader_that_goes_away_changes_no_verdict(unbuffered: bool) -> None:  # noqa: FBT001 - both ways
    """When nobody reads the output, the process stays quiet, and a denial still does not end with 0."""
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1" if unbuffered else ""}
    try:
        done = process(*DENIED, stdout=writing, env=environment)
    finally:
        os.close(writing)

    assert done.returncode == 1
    assert done.stderr == ""


# A policy of one's own.


def test_a_copy_of_the_shipped_policy_is_valid(command: Command, tmp_path: Path) -> None:
    """`init` makes a folder whose policy passes `check` and has the digest of the shipped one."""
    folder = tmp_path / "own"

    assert command("init", str(folder)).code == 0

    checked = command("check", str(folder / "policies"), "--models", str(folder / "models"))
    assert checked.code == 0
    assert checked.out == command("check").out


def test_init_overwrites_nothing(command: Command, tmp_path: Path) -> None:
    """`init` refuses a folder that is there already and leaves it as it was."""
    plainly_refused(command("init", str(tmp_path)), 2, "`folder`", "already")
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_gets_colours(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal an explanation is drawn with rich, with the same words."""
    monkeypatch.setattr("kg_access.cli.explain.sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")

    said = command("explain", *DENIED[1:])

    assert said.code == 1
    assert "\x1b[" in said.out
    assert "no_task_need" in said.out


def test_a_terminal_without_rich_gets_plain_text(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra `rich` an explanation in a terminal is plain text."""
    monkeypatch.setattr("kg_access.cli.explain.sys.stdout.isatty", lambda: True)
    monkeypatch.setitem(sys.modules, "rich.console", None)

    said = command("explain", *DENIED[1:])

    assert (said.code, "\x1b[" in said.out) == (1, False)
    assert said.out.startswith("No: you may not read")
