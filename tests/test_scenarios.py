"""Scenario files: how strictly they are read, how their cases are decided, and what counts as passing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from kg_access import Effect, Finding, Guard, Obligation, Phase, Policy, Reason, ScenarioError
from kg_access.scenarios import Result, Suite, find_scenarios, read_moment, read_organisation, read_suite, run

ORGANISATION = """\
subjects:
  nele:
    kind: staff
    assignments:
    - {role: nurse, service: preventive_family_support, team: T1, from: '2019-01-01', until: '2019-12-31'}
  rik:
    kind: staff
    assignments:
    - {role: nurse, service: preventive_family_support, team: T2}
  stat:
    kind: recipient
    organisation: statistiek_vlaanderen
    assignments:
    - {role: official_recipient, service: all}
  other_stat:
    kind: recipient
    organisation: statistiek_vlaanderen
    assignments:
    - {role: official_recipient, service: all}
  wvg:
    kind: recipient
    organisation: departement_wvg
    assignments:
    - {role: official_recipient, service: all}
dossiers:
  D1:
    service: preventive_family_support
    team: T1
    use:
    - {from: '2018-03-01'}
  D2:
    service: preventive_family_support
    team: T1
    use:
    - {from: '2014-05-01', until: '2017-05-01'}
    retain_until: '2032-12-31'
authorisations:
- id: AUT-1
  recipient: statistiek_vlaanderen
  service: preventive_family_support
  categories: [personal_characteristics]
  purpose: official_statistics
  from: '2018-07-01'
  until: '2019-06-17'
"""

PERMITTED: Mapping[str, Any] = {
    "id": "A",
    "title": "a nurse reads health data in the dossier of her team",
    "at": "2019-06-17T10:00:00+02:00",
    "subject": "nele",
    "action": "read",
    "dossier": "D1",
    "group": "child_and_family",
    "categories": ["health"],
    "purpose": "preventive_family_support",
    "expect": {"effect": "permit"},
}

Write = Callable[..., Path]


@cache
def policy() -> Policy:
    """Give the shipped policy."""
    return Guard.shipped().policy


def written(content: object) -> str:
    """Write YAML without anchors."""
    return yaml.safe_dump(json.loads(json.dumps(content)), sort_keys=False)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the organisation and a scenario file beside it, with cases or as a text."""
    (tmp_path / "organisation.yaml").write_text(ORGANISATION, encoding="utf-8")

    def scenarios(*cases: Mapping[str, Any], text: str | None = None, name: str = "scenarios.yaml") -> Path:
        path = tmp_path / name
        content = {"organisation": "organisation.yaml", "cases": list(cases)}
        path.write_text(written(content) if text is None else text, encoding="utf-8")
        return path

    return scenarios


def case(**changes: Any) -> dict[str, Any]:
    """Give the case that passes, with something changed; `None` leaves a key out."""
    return {key: value for key, value in {**PERMITTED, **changes}.items() if value is not None}


def refused(path: Path) -> tuple[Finding, ...]:
    """Give the findings for which a scenario file is refused."""
    with pytest.raises(ScenarioError) as refusal:
        run([read_suite(path)], policy())
    assert str(refusal.value) == "\n".join(map(str, refusal.value.findings))
    return refusal.value.findings


def finding(path: Path) -> Finding:
    """Give the only finding for which a scenario file is refused."""
    (found,) = refused(path)
    return found


def outcome(write: Write, **changes: Any) -> Result:
    """Run one case."""
    (result,) = run([read_suite(write(case(**changes)))], policy())
    return result


# Reading.


def test_a_file_is_read_as_written(write: Write) -> None:
    """Every value of a case ends up in its request and its expectation."""
    path = write(
        case(
            mode="redact",
            context={"channel": "teams", "encrypted": True, "break_glass": {"justification": "a fire"}},
            policy={"published": False, "break_glass": True},
            fulfils=["log", "redact"],
            basis="statement",
            clauses=["KG-RET-7"],
            expect={"effect": "deny", "phase": "active", "reasons": ["no_task_need"], "redacted": []},
        )
    )

    suite = read_suite(path)

    (read,) = suite.cases
    request = read.request
    assert (request.subject.id, request.action, request.dossier.id) == ("nele", "read", "D1")
    assert (request.group, request.purpose, request.mode) == ("child_and_family", "preventive_family_support", "redact")
    assert request.categories == {"health"}
    assert request.at == read_moment("2019-06-17T10:00:00+02:00")
    assert (request.context.channel, request.context.encrypted, request.context.break_glass) == (
        "teams",
        True,
        "a fire",
    )
    assert (read.published, read.break_glass) == (False, True)
    assert read.fulfils == {Obligation.LOG, Obligation.REDACT}
    assert (read.expect.effect, read.expect.phase) == (Effect.DENY, Phase.ACTIVE)
    assert read.expect.reasons == {Reason.NO_TASK_NEED}
    assert read.expect.redacted == frozenset()
    assert repr(read) == "<Case A>"
    assert repr(suite) == "<Suite of 1 cases>"


def test_break_glass_is_also_written_as_a_text(write: Write) -> None:
    """The justification of emergency access may stand there without a key of its own."""
    suite = read_suite(write(case(context={"break_glass": "a fire"})))

    assert suite.cases[0].request.context.break_glass == "a fire"


@pytest.mark.parametrize(
    ("changes", "message", "help_"),
    [
        ({"purpse": "x"}, "unknown key `purpse`", "did you mean `purpose`?"),
        ({"expct": {"effect": "permit"}}, "unknown key `expct`", "did you mean `expect`?"),
        ({"context": {"chanel": "teams"}}, "unknown key `chanel`", "did you mean `channel`?"),
        (
            {"expect": {"effect": "permit", "reason": ["no_task_need"]}},
            "unknown key `reason`",
            "did you mean `reasons`?",
        ),
        ({"policy": {"publishd": False}}, "unknown key `publishd`", "did you mean `published`?"),
    ],
)
def test_an_unknown_key_is_refused(write: Write, changes: dict[str, Any], message: str, help_: str) -> None:
    """A key that means nothing is an error at its line, with the key that was probably meant."""
    path = write(case(**changes))

    found = finding(path)

    assert (found.message, found.help) == (message, help_)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert next(iter(message.split("`")[1::2])) in lines[found.line - 1]


@pytest.mark.parametrize(
    ("old", "new", "help_"),
    [
        ("kind: staff", "knd: staff", "did you mean `kind`?"),
        ("retain_until", "retain_untl", "did you mean `retain_until`?"),
        ("from: '2019-01-01'", "valid_from: '2019-01-01'", "did you mean `from`?"),
        ("recipient: stat", "recipent: stat", "did you mean `recipient`?"),
        ("authorisations:", "autorisations:", "did you mean `authorisations`?"),
    ],
)
def test_an_unknown_key_of_the_organisation_is_refused(write: Write, old: str, new: str, help_: str) -> None:
    """A key that means nothing in the organisation is an error in that file, with a key that may stand there."""
    path = write(PERMITTED)
    beside = path.parent / "organisation.yaml"
    beside.write_text(ORGANISATION.replace(old, new, 1), encoding="utf-8")

    unknown = [found for found in refused(path) if found.message.startswith("unknown key")]

    assert [(found.path, found.help) for found in unknown] == [(str(beside), help_)]
    assert new.partition(":")[0] in beside.read_text(encoding="utf-8").splitlines()[unknown[0].line - 1]


def test_a_duplicate_id_is_refused(write: Write) -> None:
    """Two cases with the same id are an error at the second one."""
    path = write(case(), case(id="B"), case())

    found = finding(path)

    assert found.message == "duplicate id `A`"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert found.line == 1 + max(number for number, line in enumerate(lines) if "id: A" in line)


def test_the_same_id_in_two_files_is_no_duplicate(write: Write) -> None:
    """An id is unique in its file only."""
    first, second = write(PERMITTED, name="a.yaml"), write(PERMITTED, name="b.yaml")

    assert len(run([read_suite(first), read_suite(second)], policy())) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# nothing but a comment\n", "the file is empty"),
        ("organisation: organisation.yaml\ncases: []\n", "`cases` is wrong"),
        ("organisation: organisation.yaml\n", "the key `cases` is missing"),
        ("cases:\n- {id: A}\n", "the key `organisation` is missing"),
        ("organisation: a: b\n", "the file is not YAML"),
        ("- one\n- two\n", "`the file` is wrong"),
        ("organisation: [a]\ncases:\n- {}\n", "the key `id` is missing"),
    ],
)
def test_an_empty_or_shapeless_file_is_refused(write: Write, text: str, message: str) -> None:
    """A file without cases, without an organisation or without YAML is an error, never a pass of nothing."""
    found = refused(write(text=text))

    assert any(entry.message.startswith(message) for entry in found)
    assert {Path(entry.path).name for entry in found} == {"scenarios.yaml"}


@pytest.mark.parametrize("text", ["- one\n", "organisation: organisation.yaml\ncases: []\n", "just a text\n"])
def test_a_shapeless_file_is_refused_in_plain_words(write: Write, text: str) -> None:
    """What is wrong with a file is said without the names of Python classes or types."""
    (found,) = refused(write(text=text))

    told = f"{found.message} {found.help}"
    assert not any(word in told for word in ("shape", "instance", "dictionary", "validation"))


def test_a_missing_organisation_is_refused(write: Write) -> None:
    """A scenario file whose organisation is not there is an error that names the file looked for."""
    path = write(PERMITTED)
    (path.parent / "organisation.yaml").unlink()

    found = finding(path)

    assert found.path == str(path.parent / "organisation.yaml")
    assert found.message == "cannot be read: no such file or directory"


def test_a_missing_scenario_file_is_refused(tmp_path: Path) -> None:
    """A scenario file that is not there is an error."""
    assert finding(tmp_path / "nowhere.yaml").message.startswith("cannot be read")


def test_an_organisation_that_is_neither_file_nor_mapping_is_refused(write: Write) -> None:
    """The organisation is named or written out; anything else is an error at its line."""
    cases = written([PERMITTED])
    found = finding(write(text=f"cases:\n{cases}organisation:\n- a\n"))

    assert found.message == "`organisation` is a file or holds `subjects` and `dossiers`"
    assert found.line > 10


def test_an_organisation_may_stand_in_the_file(write: Write) -> None:
    """People, dossiers and authorisations written inline are used as if they stood in a file of their own."""
    content = {
        "organisation": yaml.safe_load(ORGANISATION),
        "cases": [case(subject="stat", action="disclose", categories=["personal_characteristics"],
                       purpose="official_statistics")],
    }  # fmt: skip

    (result,) = run([read_suite(write(text=written(content)))], policy())

    assert result.passed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subject": "nelle"}, "the organisation has no subject `nelle`; did you mean `nele`?"),
        ({"dossier": "D11"}, "the organisation has no dossier `D11`; did you mean `D1`?"),
        ({"at": "2019-06-17T10:00:00"}, "has no offset; write it like `2019-06-17T10:00:00+02:00`"),
        ({"at": "tomorrow"}, "`tomorrow` is no moment; write it like `2019-06-17T10:00:00+02:00`"),
        ({"context": {"identity_proof": "shown"}}, "unknown word `shown`; known are claimed, none, verified"),
    ],
)
def test_a_value_that_means_nothing_is_refused(write: Write, changes: dict[str, Any], message: str) -> None:
    """An unknown person, dossier, proof or moment is an error that says what would be right."""
    path = write(case(id="Z", title="another"), case(**changes))

    found = finding(path)

    assert message in found.message
    assert found.line > path.read_text(encoding="utf-8").splitlines().index("- id: A")


def test_a_finding_points_at_the_value(write: Write) -> None:
    """Line and column of a finding are those of the value that is wrong."""
    path = write(case(subject="nelle"))

    found = finding(path)

    line = path.read_text(encoding="utf-8").splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith(("subject", "nelle"))
    assert str(found).startswith(f"{path}:{found.line}:{found.column}: ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"action": "reed"}, "`action`: unknown word `reed`; did you mean `read`?"),
        ({"categories": ["helth"]}, "`categories`: unknown word `helth`; did you mean `health`?"),
        ({"group": "kids"}, "`group`: unknown word `kids`"),
        ({"purpose": "childcar"}, "`purpose`: unknown word `childcar`; did you mean `childcare`?"),
        ({"context": {"channel": "pigeon"}}, "`channel`: unknown word `pigeon`"),
        ({"context": {"recipient_type": "hospitl"}}, "unknown word `hospitl`; did you mean `hospital`?"),
    ],
)
def test_a_word_that_the_policy_does_not_know_is_refused(write: Write, changes: dict[str, Any], message: str) -> None:
    """A word outside the vocabulary is an error that names the case, never a case that happens to expect a denial."""
    found = finding(write(case(**changes, expect={"effect": "deny"})))

    assert found.message.startswith("case `A`: ")
    assert message in found.message
    assert found.line == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"expect": {"effect": "permt"}}, "unknown word `permt` in `effect`"),
        ({"expect": {"effect": "deny", "phase": "actve"}}, "unknown word `actve` in `phase`"),
        ({"mode": "al"}, "unknown word `al` in `mode`"),
        ({"expect": {"effect": "deny", "reasons": ["no_need"]}}, "unknown word `no_need` in `reasons`"),
        ({"expect": {"effect": "deny", "obligations": ["logg"]}}, "unknown word `logg` in `obligations`"),
        ({"fulfils": ["logg"]}, "unknown word `logg` in `fulfils`"),
    ],
)
def test_an_unknown_word_of_the_library_is_refused(write: Write, changes: dict[str, Any], message: str) -> None:
    """A word that the library itself must know is an error that names the key it stands under."""
    assert finding(write(case(**changes))).message == message


def test_an_unknown_reason_comes_with_the_nearest_one(write: Write) -> None:
    """A misspelt reason is answered with the one that was probably meant, not with the whole list."""
    found = finding(write(case(expect={"effect": "deny", "reasons": ["no_task_ned"]})))

    assert found.help == "did you mean `no_task_need`?"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("from: '2019-01-01'", "from: '2019-13-01'", "`from`: the text is not a calendar day"),
        ("until: '2019-12-31'", "until: '2018-12-31'", "`until`: the last day comes before the first, `from`"),
        ("retain_until: '2032-12-31'", "retain_until: 2032-1-1", "`retain_until`: the text is not a calendar day"),
        ("kind: staff", "kind: staf", "`kind`: unknown word `staf`; did you mean `staff`?"),
        ("retain_until:", "objection: maybe\n    retain_until:", "`objection`: unknown word `maybe`"),
        ("  until: '2019-06-17'", "  phases: [actve]", "`phases`: unknown word `actve`; did you mean `active`?"),
    ],
)
def test_a_bad_value_of_the_organisation_is_refused(write: Write, old: str, new: str, message: str) -> None:
    """A day or a word that does not exist is an error at its line, under the key that the file uses."""
    text = ORGANISATION.replace(old, new, 1)
    assert text != ORGANISATION
    path = write(PERMITTED)
    beside = path.parent / "organisation.yaml"
    beside.write_text(text, encoding="utf-8")

    first = refused(path)[0]

    assert first.message.startswith(message)
    assert new.splitlines()[0].strip() in text.splitlines()[first.line - 1]


def test_a_person_who_cannot_be_read_is_not_called_unknown(write: Write) -> None:
    """When a person of the organisation has a bad date, that is the finding, not also that nobody has that name."""
    path = write(PERMITTED)
    (path.parent / "organisation.yaml").write_text(
        ORGANISATION.replace("from: '2019-01-01'", "from: '2019-13-01'"), encoding="utf-8"
    )

    assert "calendar day" in finding(path).message


def test_all_findings_of_a_file_come_at_once(write: Write) -> None:
    """Each wrong case of a file is reported with file, line and column, in the order of the lines."""
    path = write(
        case(subject="nelle"),
        case(id="B"),
        case(id="C", at="2019-06-17T10:00:00"),
        case(id="D", dossier="D9"),
        case(id="D"),
    )

    found = refused(path)

    expected = ("nelle", "has no offset", "D9", "duplicate")
    assert all(part in entry.message for part, entry in zip(expected, found, strict=True))
    assert {entry.path for entry in found} == {str(path)}
    assert [entry.line for entry in found] == sorted({entry.line for entry in found})
    assert all(entry.column > 0 for entry in found)


def test_findings_of_every_sort_come_at_once(write: Write) -> None:
    """An unknown key, a naive moment and an organisation that is not there are reported together."""
    path = write(case(purpse="x"), case(id="B", at="2019-06-17T10:00:00"))
    (path.parent / "organisation.yaml").unlink()

    messages = "\n".join(entry.message for entry in refused(path))

    assert "unknown key `purpse`" in messages
    assert "has no offset" in messages
    assert "cannot be read" in messages


def test_all_that_is_wrong_with_one_case_comes_at_once(write: Write) -> None:
    """An unknown person, an unknown dossier and a naive moment in one case are three findings."""
    assert len(refused(write(case(subject="nelle", dossier="D9", at="2019-06-17T10:00:00")))) == 3


def test_all_unknown_words_of_all_files_come_at_once(write: Write) -> None:
    """Words that the policy does not know are reported for every case of every file."""
    suites = [
        read_suite(write(case(action="reed"), case(id="B", group="kids"), name="a.yaml")),
        read_suite(write(case(id="C", categories=["helth"]), name="b.yaml")),
    ]

    with pytest.raises(ScenarioError) as refusal:
        run(suites, policy())

    assert [found.message.split("`")[1] for found in refusal.value.findings] == ["A", "B", "C"]


@pytest.mark.parametrize(
    "text",
    [
        "organisation: !!python/object:os.system x\ncases: []\n",
        "organisation: organisation.yaml\norganisation: organisation.yaml\ncases: []\n",
    ],
)
def test_yaml_has_no_surprises(write: Write, text: str) -> None:
    """Tags and duplicate keys are refused."""
    assert all(
        any(word in found.message for word in ("alias", "tag", "duplicate key")) for found in refused(write(text=text))
    )


def test_yes_is_no_boolean(write: Write) -> None:
    """Only true and false are truth values, so an unquoted `yes` is an error instead of a guess."""
    text = written({"organisation": "organisation.yaml", "cases": [case(context={"encrypted": True})]})
    assert "encrypted: true" in text
    path = write(text=text.replace("encrypted: true", "encrypted: yes"))

    assert finding(path).message.startswith("`encrypted` is wrong")


# Finding files.


def test_a_folder_is_searched_for_scenario_files(write: Write, tmp_path: Path) -> None:
    """A folder stands for every YAML file with cases below it; a file stands for itself; none counts twice."""
    inner = tmp_path / "need"
    inner.mkdir()
    top, other = write(PERMITTED), write(PERMITTED, name="more.yaml")
    nested = inner / "scenarios.yaml"
    nested.write_text("cases: []", encoding="utf-8")

    assert find_scenarios([tmp_path]) == [other, nested, top]
    assert find_scenarios([other, tmp_path, top]) == [other, nested, top]


def test_paths_without_scenarios_are_all_reported(tmp_path: Path) -> None:
    """A path that is not there and a folder without scenario files are errors, since nothing would be tested."""
    with pytest.raises(ScenarioError) as refusal:
        find_scenarios([tmp_path / "nowhere", tmp_path])

    assert [found.message for found in refusal.value.findings] == [
        "no YAML file with `cases` or `products` in this folder",
        "there is no such file or folder",
    ]


# Running.


def test_a_case_that_is_decided_as_expected_passes(write: Write) -> None:
    """A case passes when effect and phase are exactly the expected ones and the reasons and obligations are there."""
    result = outcome(write, expect={"effect": "permit", "phase": "active", "obligations": ["log"], "redacted": []})

    assert result.passed
    assert result.decision.allowed
    assert repr(result) == "<Result A passed>"


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"expect": {"effect": "deny"}}, "effect is permit, expected deny"),
        (
            {"subject": "rik", "expect": {"effect": "permit"}},
            "effect is deny (no_task_need), expected permit",
        ),
        ({"expect": {"effect": "permit", "phase": "passive"}}, "phase is active, expected passive"),
        (
            {"subject": "rik", "expect": {"effect": "deny", "reasons": ["no_task_need", "wrong_service"]}},
            "reasons are no_task_need, expected also wrong_service",
        ),
        (
            {"expect": {"effect": "permit", "reasons": ["no_task_need"]}},
            "reasons are none, expected also no_task_need",
        ),
        (
            {"expect": {"effect": "permit", "obligations": ["log", "erase"]}},
            "obligations are log, expected also erase",
        ),
        (
            {"categories": ["health", "financial"], "mode": "redact", "expect": {"effect": "permit", "redacted": []}},
            "redacted are financial, expected none",
        ),
        (
            {"expect": {"effect": "permit", "redacted": ["financial"]}},
            "redacted are none, expected financial",
        ),
        (
            {
                "categories": ["health", "financial", "judicial"],
                "mode": "redact",
                "expect": {"effect": "permit", "redacted": ["financial"]},
            },
            "redacted are financial, judicial, expected financial",
        ),
    ],
)
def test_a_case_that_is_decided_otherwise_fails(write: Write, changes: dict[str, Any], failure: str) -> None:
    """A case fails with one sentence that gives what is and what was expected."""
    result = outcome(write, **changes)

    assert result.failures == (failure,)
    assert not result.passed
    assert repr(result) == "<Result A failed>"


def test_every_difference_is_told(write: Write) -> None:
    """A case that differs in effect, phase, reasons, obligations and redacted categories gets five sentences."""
    expect = {
        "effect": "deny",
        "phase": "passive",
        "reasons": ["passive_restricted"],
        "obligations": ["erase"],
        "redacted": ["health"],
    }

    failures = outcome(write, expect=expect).failures

    assert [failure.split()[0] for failure in failures] == ["effect", "phase", "reasons", "obligations", "redacted"]


def test_reasons_and_obligations_are_lower_bounds(write: Write) -> None:
    """More reasons and obligations than expected do no harm."""
    result = outcome(
        write,
        dossier="D2",
        purpose="marketing",
        action="disclose",
        expect={"effect": "deny", "reasons": ["passive_restricted"]},
    )

    assert result.passed
    assert len(result.decision.reasons) > 1


def test_phase_and_redacted_count_only_when_given(write: Write) -> None:
    """What an expectation leaves out may be anything."""
    assert outcome(write, categories=["health", "financial"], mode="redact").passed


def test_the_policy_can_be_overlaid_for_one_case(write: Write) -> None:
    """A case may set the policy unpublished or emergency access on; the next case has the policy as it is."""
    glass = {"break_glass": "a child in danger"}
    path = write(
        case(id="unpublished", policy={"published": False},
             expect={"effect": "deny", "reasons": ["policy_not_published"]}),
        case(id="off", subject="rik", context=glass,
             expect={"effect": "deny", "reasons": ["break_glass_not_enabled", "no_task_need"]}),
        case(id="on", subject="rik", context=glass, policy={"break_glass": True},
             expect={"effect": "permit", "obligations": ["notify_dpo", "review", "time_limit"]}),
        case(id="as it is"),
    )  # fmt: skip

    results = run([read_suite(path)], policy())

    assert [result.failures for result in results] == [(), (), (), ()]
    assert [result.decision.allowed for result in results] == [False, False, True, True]
    assert policy().published
    assert not policy().break_glass


def test_every_obligation_is_fulfilled_unless_the_case_says_otherwise(write: Write) -> None:
    """A case stands for an application that can do everything; `fulfils` narrows it down."""
    request = {"categories": ["health", "financial"], "mode": "redact"}
    able = outcome(write, **request)
    unable = outcome(write, **request, fulfils=[], expect={"effect": "deny", "reasons": ["obligation_not_supported"]})
    just = outcome(write, **request, fulfils=["redact"])

    assert read_suite(write(PERMITTED)).cases[0].fulfils == frozenset(Obligation)
    assert able.passed
    assert Obligation.REDACT in able.decision.obligations
    assert unable.passed
    assert just.passed


@pytest.mark.parametrize(
    ("subject", "day", "effect"),
    [
        ("stat", "2019-06-17", "permit"),
        ("other_stat", "2019-06-17", "permit"),
        ("stat", "2019-06-18", "deny"),
        ("wvg", "2019-06-17", "deny"),
    ],
)
def test_an_authorisation_goes_to_the_subjects_of_its_recipient(
    write: Write, subject: str, day: str, effect: str
) -> None:
    """An authorisation counts for everybody of the recipient that it names, up to its last day, and for nobody else."""
    result = outcome(
        write,
        subject=subject,
        at=f"{day}T23:59:00+02:00",
        action="disclose",
        categories=["personal_characteristics"],
        purpose="official_statistics",
        expect={"effect": effect, "reasons": [] if effect == "permit" else ["no_valid_authorisation"]},
    )

    assert result.passed


@pytest.mark.parametrize(
    ("moment", "effect"),
    [
        ("2019-12-31T23:30:00+01:00", "permit"),
        ("2019-12-31T23:30:00+00:00", "deny"),
        ("2018-12-31T23:30:00+00:00", "permit"),
        ("2018-12-31T22:30:00Z", "deny"),
    ],
)
def test_ends_of_intervals_are_whole_days_in_brussels(write: Write, moment: str, effect: str) -> None:
    """An assignment `from` one day `until` another counts on both days, as they are in Brussels."""
    assert outcome(write, at=moment, expect={"effect": effect}).passed


def test_results_keep_the_order_of_the_cases(write: Write) -> None:
    """Results come in the order of suites and cases, each with its own suite."""
    suites: list[Suite] = [
        read_suite(write(case(id="2"), case(id="1"), name="b.yaml")),
        read_suite(write(case(id="3"), name="a.yaml")),
    ]

    results = run(suites, policy())

    assert [result.case.id for result in results] == ["2", "1", "3"]
    assert [result.suite for result in results] == [suites[0], suites[0], suites[1]]


def test_an_organisation_can_be_read_alone(write: Write) -> None:
    """An organisation gives its people and dossiers by id, and its repr only counts them."""
    organisation = read_organisation(write(PERMITTED).parent / "organisation.yaml")

    assert organisation.subject("nele").id == "nele"
    assert organisation.dossier("D2").id == "D2"
    assert repr(organisation) == "<Organisation: 5 subjects, 2 dossiers>"


def test_aliases_of_a_file_that_a_program_wrote_are_taken(write: Write) -> None:
    """A scenario file in which a program names a repeated list once is read like one in which it is written out."""
    repeated = ["health"]
    cases = [{**PERMITTED, "id": name, "categories": repeated} for name in ("A", "B")]
    text = yaml.safe_dump({"organisation": "organisation.yaml", "cases": cases})
    assert "&id001" in text

    assert [result.passed for result in run([read_suite(write(text=text))], policy())] == [True, True]


def test_aliases_without_end_are_refused(write: Write) -> None:
    """A file that holds itself is an error, and not a program that never ends."""
    assert "without end" in refused(write(text="organisation: organisation.yaml\ncases: &a [*a]\n"))[0].message


def test_keys_without_a_value_are_as_if_left_out(write: Write) -> None:
    """A key that is written with nothing after it counts as not written."""
    nothing = dict.fromkeys(("context", "policy", "clauses", "mode", "fulfils"))

    (result,) = run([read_suite(write({**PERMITTED, **nothing}))], policy())

    assert result.passed
