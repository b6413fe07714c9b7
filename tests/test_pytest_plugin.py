"""The pytest plugin: which files it collects, how a case fails, and what it costs those who do not use it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

import attrs
import pytest

from kg_access import AccessError, Assignment, Decision, Dossier, Guard, Reason, Subject, UnknownTerm
from kg_access.testing import assert_denied, assert_permitted
from tests.conftest import PROJECT

pytest_plugins = ["pytester"]

ENTRY = PROJECT / "kg_access" / "testing" / "entry.py"

ORGANISATION = """\
subjects:
  nele:
    kind: staff
    assignments:
    - {role: nurse, service: preventive_family_support, team: T1}
  rik:
    kind: staff
    assignments:
    - {role: nurse, service: preventive_family_support, team: T2}
dossiers:
  D1: {service: preventive_family_support, team: T1, use: [{from: '2018-03-01'}]}
"""

SETTING = """\
  at: '2019-06-17T10:00:00+02:00'
  group: child_and_family
  purpose: preventive_family_support
"""

CASE = f"""\
- id: %s
  title: a nurse reads
{SETTING}  subject: %s
  action: read
  dossier: D1
  categories: [health]
  expect: {{effect: permit}}
"""

PRODUCT = f"""\
- id: nurses
  title: only the team reads
{SETTING}  subjects: [nele, rik]
  actions: [read]
  dossiers: [D1]
  categories: [health]
  permitted: %s
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def scenarios(pytester: pytest.Pytester) -> Path:
    """Write a folder with an organisation, a file of two cases of which the second fails, and a foreign file."""
    folder = pytester.mkdir("rules")
    (folder / "organisation.yaml").write_text(ORGANISATION, encoding="utf-8")
    cases = CASE % ("A", "nele") + CASE % ("B", "rik")
    (folder / "cases.yaml").write_text(f"organisation: organisation.yaml\ncases:\n{cases}", encoding="utf-8")
    (pytester.path / "foreign.yaml").write_text("cases: not: ours", encoding="utf-8")
    tests = pytester.mkdir("tests")
    (tests / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
    return folder


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest in this process with the plugin of the checkout, and without all others, which take time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def inner(*arguments: str) -> pytest.RunResult:
        plugins = ("-p", "kg_access.testing.entry", "-p", "no:cacheprovider")
        return pytester.runpytest_inprocess(*plugins, *arguments)

    return inner


def product(folder: Path, permitted: str) -> Path:
    """Write a file with a product."""
    path = folder / "products.yaml"
    path.write_text(f"organisation: organisation.yaml\nproducts:\n{PRODUCT % permitted}", encoding="utf-8")
    return path


def listed(pytester: pytest.Pytester, *lines: str) -> None:
    """Write settings that call the folder `rules` scenario files."""
    pytester.makeini("\n".join(["[pytest]", "kg_access_scenarios = rules", *lines]))


# Which files.


@pytest.mark.usefixtures("scenarios")
def test_no_file_is_touched_without_being_asked_for(run: Run) -> None:
    """Without setting or option, no YAML file is collected, whatever is in it."""
    run().assert_outcomes(passed=1)


@pytest.mark.usefixtures("scenarios")
def test_files_of_the_settings_are_collected(pytester: pytest.Pytester, run: Run) -> None:
    """The files in a listed folder that hold cases are run, with one test for each case; others are left alone."""
    listed(pytester)

    result = run("-v")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*rules/cases.yaml::A PASSED*", "*rules/cases.yaml::B FAILED*"])


@pytest.mark.usefixtures("scenarios")
def test_files_of_the_settings_come_beside_the_test_paths(pytester: pytest.Pytester, run: Run) -> None:
    """With `testpaths` a plain run still has the listed files, and a run of some paths has just these."""
    listed(pytester, "testpaths = tests")

    run().assert_outcomes(passed=2, failed=1)
    run("tests").assert_outcomes(passed=1)
    run("rules").assert_outcomes(passed=1, failed=1)


@pytest.mark.usefixtures("scenarios")
def test_test_paths_that_hold_the_files_run_them_once(pytester: pytest.Pytester, run: Run) -> None:
    """A listed folder that is among the test paths too is not run twice."""
    listed(pytester, "testpaths = tests rules")

    run().assert_outcomes(passed=2, failed=1)


@pytest.mark.usefixtures("scenarios")
def test_the_option_names_files_for_one_run(run: Run) -> None:
    """`--kg-access` adds a file or a folder to what is run."""
    run("tests", "--kg-access", "rules").assert_outcomes(passed=2, failed=1)
    run("tests", "--kg-access=rules/cases.yaml").assert_outcomes(passed=2, failed=1)


@pytest.mark.usefixtures("scenarios")
def test_a_path_that_is_not_there_is_a_wrong_use(run: Run) -> None:
    """A misspelt path ends the run with a sentence, and is no success without tests."""
    result = run("--kg-access", "rulez")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*kg_access: there is no file or folder `*rulez`*"])


@pytest.mark.usefixtures("scenarios")
def test_a_folder_without_scenarios_is_a_wrong_use(run: Run, pytester: pytest.Pytester) -> None:
    """A folder from which nothing would be run is no success either, although other tests pass."""
    pytester.mkdir("bare")
    result = run("tests", "--kg-access", "bare")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*kg_access: there is no YAML file with `cases` or `products` in *bare*"])


@pytest.mark.usefixtures("scenarios")
def test_one_case_can_be_run(run: Run) -> None:
    """The id of a case is its name in pytest, which runs it alone."""
    run("--kg-access", "rules", "rules/cases.yaml::A").assert_outcomes(passed=1)
    run("--kg-access", "rules", "-k", "B").assert_outcomes(failed=1, deselected=2)


@pytest.mark.usefixtures("scenarios")
def test_collecting_reads_no_policy(pytester: pytest.Pytester, run: Run) -> None:
    """`--collect-only` lists the cases, also when the policy under test is not there."""
    listed(pytester, "kg_access_policies = nowhere")

    result = run("--collect-only", "-q")

    result.stdout.fnmatch_lines(["rules/cases.yaml::A", "rules/cases.yaml::B", "*3 tests collected*"])


# What failures look like.


@pytest.mark.usefixtures("scenarios")
def test_a_failure_is_told_without_a_traceback(run: Run) -> None:
    """A failed case shows place, title and what differs, and no line of Python."""
    result = run("rules", "--kg-access", "rules")

    result.stdout.fnmatch_lines(
        ["*B: a nurse reads*", "*cases.yaml:13: B a nurse reads", "    effect is deny (no_task_need), expected permit"]
    )
    assert ".py" not in result.stdout.str().partition("= FAILURES =")[2]


def test_a_product_is_one_test(scenarios: Path, run: Run) -> None:
    """A product passes or fails as a whole; a failure names the cells that are not as written."""
    path = product(scenarios, "[{subjects: [nele]}]")
    run(str(path), "--kg-access", "rules").assert_outcomes(passed=1)

    product(scenarios, "[]")
    result = run(str(path), "--kg-access", "rules", "-v")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*::nurses FAILED*", "*products.yaml:3: nurses nele read D1 health only the team reads*"]
    )


def test_an_invalid_file_is_a_collection_error(scenarios: Path, run: Run) -> None:
    """A scenario file that cannot be read gives its findings, and no traceback."""
    path = scenarios / "cases.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("purpose:", "purpse:"), encoding="utf-8")

    result = run("rules", "--kg-access", "rules")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*cases.yaml:7:3: unknown key `purpse`; did you mean `purpose`?"])
    assert ".py" not in result.stdout.str().partition("= ERRORS =")[2]


def test_an_unknown_word_fails_its_case(scenarios: Path, run: Run) -> None:
    """A word that only the policy can judge fails the case in which it stands."""
    path = scenarios / "cases.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[health]", "[helth]", 1), encoding="utf-8")

    result = run("rules/cases.yaml::A", "--kg-access", "rules")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*unknown word `helth`; did you mean `health`?"])


@pytest.mark.usefixtures("scenarios")
def test_a_policy_that_is_refused_is_told(pytester: pytest.Pytester, run: Run) -> None:
    """Without a policy that can be read, every case is an error that says what is wrong with it."""
    listed(pytester, "kg_access_policies = rules")

    result = run("rules")

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*the policy is refused*"])
    assert "Traceback" not in result.stdout.str()


@pytest.mark.usefixtures("scenarios")
def test_junit_comes_from_pytest(pytester: pytest.Pytester, run: Run) -> None:
    """`--junitxml` has each case with its title, and the failure without a traceback."""
    run("rules", "--kg-access", "rules", "--junitxml=report.xml")

    cases = list(ET.parse(pytester.path / "report.xml").iter("testcase"))  # noqa: S314 - our own
    assert [case.get("name") for case in cases] == ["A", "B"]
    assert [entry.get("value") for case in cases for entry in case.iter("property")] == ["a nurse reads"] * 2
    (failure,) = (failure for case in cases for failure in case.iter("failure"))
    assert "effect is deny (no_task_need), expected permit" in (failure.text or "")


# A policy and people of one's own, and fixtures.


def test_fixtures_give_the_guard_and_the_people(pytester: pytest.Pytester, scenarios: Path, run: Run) -> None:
    """A test asks `kg_guard` about the people of `kg_organisation`, and the message of an assertion explains."""
    listed(pytester, "kg_access_organisation = rules/organisation.yaml")
    assert scenarios.is_dir()
    pytester.makepyfile("""
        from kg_access.testing import assert_denied, assert_permitted

        def ask(guard, people, who):
            return guard.decide(people.subject(who), "read", people.dossier("D1"), categories={"health"},
                                group="child_and_family", purpose="preventive_family_support")

        def test_team(kg_guard, kg_organisation):
            assert_permitted(ask(kg_guard, kg_organisation, "nele"))

        def test_other_team(kg_guard, kg_organisation):
            assert_denied(ask(kg_guard, kg_organisation, "rik"), "no_task_need")

        def test_wrong(kg_guard, kg_organisation):
            assert_permitted(ask(kg_guard, kg_organisation, "rik"))
    """)

    result = run("test_fixtures_give_the_guard_and_the_people.py")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: expected a permit, got a denial*"])
    assert "assertions.py" not in result.stdout.str()


def test_the_people_are_the_shipped_ones_without_a_setting(pytester: pytest.Pytester, run: Run) -> None:
    """Without settings, fixtures give the shipped policy and the example organisation."""
    pytester.makepyfile("""
        def test_shipped(kg_guard, kg_organisation):
            assert kg_guard.policy.source.endswith("policies")
            assert kg_organisation.subject("nele").id == "nele"
    """)

    run().assert_outcomes(passed=1)


def test_people_who_cannot_be_read_are_told(pytester: pytest.Pytester, scenarios: Path, run: Run) -> None:
    """An organisation with something wrong in it is an error of the test that wants it, with the finding."""
    listed(pytester, "kg_access_organisation = rules/organisation.yaml")
    text = ORGANISATION.replace("kind: staff", "knd: staff")
    (scenarios / "organisation.yaml").write_text(text, encoding="utf-8")
    pytester.makepyfile("def test_people(kg_organisation):\n    pass\n")

    result = run("test_people_who_cannot_be_read_are_told.py")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*unknown key `knd`; did you mean `kind`?*"])


# Beside other plugins.


@pytest.mark.usefixtures("scenarios")
def test_workers_share_the_cases(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """With pytest-xdist every case is run once, on some worker."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    listed(pytester, "testpaths = tests")

    result = pytester.runpytest_subprocess("-p", "xdist.plugin", "-n2", "-p", "kg_access.testing.entry")

    result.assert_outcomes(passed=2, failed=1)


@pytest.mark.usefixtures("scenarios")
def test_the_plugin_can_be_switched_off(pytester: pytest.Pytester) -> None:
    """With `-p no:kg_access` the option is as unknown as in an environment without the plugin."""
    refused = pytester.runpytest_subprocess("-p", "no:kg_access", "--kg-access", "rules")

    refused.stderr.fnmatch_lines(["*unrecognized arguments: --kg-access*"])
    assert refused.ret == pytest.ExitCode.USAGE_ERROR


def test_the_installed_plugin_is_that_of_the_checkout() -> None:
    """The plugin has an entry point, whose module is the one that stands here; if not, install again."""
    (entry,) = entry_points(group="pytest11", name="kg_access")
    installed = find_spec(entry.value)

    assert installed is not None
    assert installed.origin is not None
    assert Path(installed.origin).read_bytes() == ENTRY.read_bytes()


@pytest.mark.usefixtures("scenarios")
def test_a_run_without_scenario_files_does_not_import_the_library(pytester: pytest.Pytester) -> None:
    """Neither `kg_access` nor what it needs is imported when no scenario file is asked for."""
    command = [sys.executable, "-X", "importtime", "-m", "pytest", "-p", "no:cacheprovider", "-W", "error"]

    plain = subprocess.run([*command, "tests"], check=True, capture_output=True, text=True, cwd=pytester.path)  # noqa: S603
    asked = subprocess.run(  # noqa: S603 - our own
        [*command, "--kg-access", "rules", "--collect-only"],
        check=True,
        capture_output=True,
        text=True,
        cwd=pytester.path,
    )

    def imported(ran: subprocess.CompletedProcess[str]) -> set[str]:
        return {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}

    assert imported(plain).isdisjoint({"kg_access", "casbin", "pydantic", "yaml"})
    assert {"kg_access", "pydantic"} <= imported(asked)


# Assertions.


def decision(team: str) -> Decision:
    """Decide about a dossier of team T1."""
    nurse = Subject(
        "n", kind="staff", assignments=[Assignment(role="nurse", service="preventive_family_support", team=team)]
    )
    dossier = Dossier("d", service="preventive_family_support", team="T1", use=[("2018-03-01", None)])
    return Guard.shipped().decide(
        nurse, "read", dossier, categories={"health"}, group="child_and_family", purpose="preventive_family_support"
    )


def test_assertions_that_hold_say_nothing() -> None:
    """A permit is a permit, and a denial is one for its reasons."""
    assert_permitted(decision("T1"))
    assert_denied(decision("T2"))
    assert_denied(decision("T2"), "no_task_need")
    assert_denied(decision("T2"), Reason.NO_TASK_NEED)


def test_assertions_that_fail_explain() -> None:
    """The message of an assertion holds the explanation of the decision."""
    permit, denial = decision("T1"), decision("T2")

    with pytest.raises(AssertionError) as wanted:
        assert_permitted(denial)
    with pytest.raises(AssertionError) as unwanted:
        assert_denied(permit)
    with pytest.raises(AssertionError) as other:
        assert_denied(denial, "passive_restricted")

    assert str(wanted.value) == f"expected a permit, got a denial\n\n{denial.explain().text()}"
    assert str(unwanted.value) == f"expected a denial, got a permit\n\n{permit.explain().text()}"
    assert str(other.value).startswith("denied for no_task_need, expected also passive_restricted\n\n")


def test_an_assertion_needs_a_known_reason() -> None:
    """A misspelt reason is an error, and no assertion that fails for ever."""
    with pytest.raises(UnknownTerm, match="did you mean `no_task_need`"):
        assert_denied(decision("T2"), "no_task_ned")
    assert issubclass(UnknownTerm, AccessError)


def test_a_fault_is_no_denial_to_rely_on() -> None:
    """A denial because the engine failed is accepted only by a test that names it."""
    fault = attrs.evolve(Guard.shipped().failure(), explainer=None)

    with pytest.raises(AssertionError, match="denied for want of an answer"):
        assert_denied(fault)
    assert_denied(fault, "engine_failure")
