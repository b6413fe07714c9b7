"""What a change of policy does: who gains, who loses, what is answered otherwise, and what changes nothing."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg_access import Guard, InvalidInput, Obligation, Policy, PolicyError, UnknownTerm, load_policy
from kg_access.cli import main
from kg_access.difference import Difference, Verdict, compare, read_sides
from kg_access.difference.formats import FORMATS, written
from kg_access.difference.record import Change, Topic
from kg_access.policy.record import Row, Table
from kg_access.scenarios import read_suite, run
from kg_access.space import Space, contains, witness
from tests.people import able_guard

pytestmark = pytest.mark.slow

Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Change a text that stands once in one file of the copy."""

    def change(path: str, old: str, new: str) -> None:
        file = folder / path
        text = file.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        file.write_text(text.replace(old, new), "utf-8")

    return change


def shipped() -> Policy:
    """Give the shipped policy."""
    return able_guard().policy


def changed(folder: Path) -> Difference:
    """Compare the shipped policy with the copy, and hold that the guards confirm every change."""
    difference = compare(shipped(), load_policy(folder / "policies", models=folder / "models"))
    assert difference.faults == ()
    return difference


def biggest(difference: Difference, topic: Topic) -> Change:
    """Give the biggest change of a topic."""
    return difference.about(topic)[0]


# -- no change in meaning ----------------------------------------------------------------------------------------------


def test_a_policy_does_not_differ_from_itself() -> None:
    """Identical policies have no difference at all."""
    difference = compare(shipped(), shipped())

    assert difference.verdict is Verdict.NONE
    assert "no change in meaning" in written(difference, "pretty")


def test_what_changes_only_the_text_is_no_change_in_meaning(folder: Path, edit: Edit) -> None:
    """Rows in another order, a rule split in two, another comment, version, label and id: nothing changes."""
    rules = folder / "policies" / "need" / "rules.csv"
    header, *lines = rules.read_text("utf-8").splitlines()
    rules.write_text("\n".join([header, *reversed(lines), ""]), "utf-8")
    edit("policies/need/rules.csv", "# Who may do what while the service is used.", "# Another comment.")
    edit("policies/policy.toml", 'version = "1.0.0"', 'version = "1.1.0"')
    edit("policies/vocabulary/roles.yaml", "  en: nurse\n", "  en: registered nurse\n")
    edit("policies/limits/rules.csv", "LM-OWN-FAMILY,", "LM-RELATIVES,")
    archive = next(line for line in lines if line.startswith("ND-ARCHIVE,"))
    halves = [
        archive.replace("ND-ARCHIVE", name).replace("action=read|search", f"action={action}")
        for name, action in (("ND-ARCHIVE", "read"), ("ND-ARCHIVE-SEARCH", "search"))
    ]
    edit("policies/need/rules.csv", archive, "\n".join(halves))

    assert changed(folder).verdict is Verdict.NONE


def test_a_policy_that_takes_effect_later_is_compared_as_from_its_first_day(folder: Path, edit: Edit) -> None:
    """A version for next year does not look as if it closed everything; one announced too late does."""
    edit("policies/policy.toml", "effective_from = 2018-05-25", "effective_from = 2999-01-01")
    assert changed(folder).verdict is Verdict.NONE

    edit("policies/policy.toml", "published_on = 2018-05-18", "published_on = 2999-01-02")
    difference = changed(folder)
    assert difference.verdict is Verdict.NARROWING
    assert difference.points(Topic.GAINED) == 0


# -- deliberately broken copies ----------------------------------------------------------------------------------------


def test_a_typo_in_a_limit_is_named(folder: Path, edit: Edit) -> None:
    """`microsoft` written where everybody but `other` was meant: keys that nobody knows open Office365."""
    edit("policies/limits/rules.csv", "key_holder=!other", "key_holder=microsoft")
    difference = changed(folder)

    assert difference.verdict is Verdict.WIDENING
    gained = biggest(difference, Topic.GAINED)
    assert gained.when["channel"] == ("office365",)
    assert gained.when["key_holder"] == ("unknown",)
    assert gained.example is not None
    assert gained.example.old == "denied, channel_o365_dossier"


def test_a_swapped_role_is_named(folder: Path, edit: Edit) -> None:
    """When archivist and keeper change places, each loses its own phase and gains that of the other."""
    edit("policies/vocabulary/roles.yaml", "standing: archive\n", "standing: swapped\n")
    edit("policies/vocabulary/roles.yaml", "standing: restricted_list\n", "standing: archive\n")
    edit("policies/vocabulary/roles.yaml", "standing: swapped\n", "standing: restricted_list\n")
    difference = changed(folder)

    assert difference.verdict is Verdict.BOTH
    for topic, archivist, keeper in ((Topic.GAINED, "passive", "preserved"), (Topic.LOST, "preserved", "passive")):
        found = {(change.who["role"], change.who["phase"]) for change in difference.about(topic)}
        assert found == {(("archivist",), (archivist,)), (("passive_file_keeper",), (keeper,))}


def test_a_removed_row_is_named(folder: Path) -> None:
    """Without the rule of the privacy office, its members lose what they read on a case, and nobody else anything."""
    rules = folder / "policies" / "need" / "rules.csv"
    kept = [line for line in rules.read_text("utf-8").splitlines() if not line.startswith("ND-RIGHTS-READ,")]
    rules.write_text("\n".join(kept) + "\n", "utf-8")
    difference = changed(folder)

    assert difference.verdict is Verdict.NARROWING
    assert {change.who["role"] for change in difference.changes if change.topic is Topic.LOST} == {
        ("privacy_officer", "data_protection_officer")
    }
    lost = biggest(difference, Topic.LOST)
    assert (lost.who["action"], lost.who["purpose"]) == (("read",), ("data_subject_rights",))


def test_a_limit_that_is_taken_away_is_told_in_few_groups(folder: Path) -> None:
    """Although everybody gains something, a reviewer reads some dozens of groups and not thousands of boxes."""
    rules = folder / "policies" / "limits" / "rules.csv"
    kept = [line for line in rules.read_text("utf-8").splitlines() if not line.startswith("LM-OWN-FAMILY,")]
    rules.write_text("\n".join(kept) + "\n", "utf-8")
    difference = changed(folder)

    assert difference.verdict is Verdict.WIDENING
    assert len(difference.about(Topic.GAINED)) < 50
    assert all(change.when["related"] == ("yes",) for change in difference.about(Topic.GAINED))


# -- words that only one policy knows ----------------------------------------------------------------------------------


def test_a_new_role_gains_and_nobody_else_does(folder: Path) -> None:
    """A role that the old policy does not know was permitted nothing."""
    with (folder / "policies" / "vocabulary" / "roles.yaml").open("a", encoding="utf-8") as file:
        file.write("midwife:\n  nl: vroedvrouw\n  en: midwife\n  standing: service_staff\n  profile:\n")
        file.write("    preventive_family_support: [health]\n")
    difference = changed(folder)

    assert difference.verdict is Verdict.WIDENING
    assert {change.who["role"] for change in difference.changes} == {("midwife",)}
    example = biggest(difference, Topic.GAINED).example
    assert example is not None
    assert example.old == "refused, a word is unknown"


def test_a_renamed_purpose_is_lost_under_one_name_and_gained_under_the_other(folder: Path) -> None:
    """Callers who keep saying the old word are refused."""
    for file in (folder / "policies").rglob("*"):
        if file.is_file() and "scenarios" not in file.as_posix():
            file.write_text(re.sub(r"\blegal_claim\b", "court_case", file.read_text("utf-8")), "utf-8")
    difference = changed(folder)

    assert difference.verdict is Verdict.BOTH
    assert {change.who["purpose"] for change in difference.about(Topic.LOST)} == {("legal_claim",)}
    assert {change.who["purpose"] for change in difference.about(Topic.GAINED)} == {("court_case",)}


def test_a_processor_that_is_struck_off_loses_its_access(folder: Path) -> None:
    """An organisation that only the old register lists is an unlisted one for the new policy."""
    file = folder / "policies" / "registers" / "processors.yaml"
    file.write_text(re.sub(r"gobiquity:\n(?:  .*\n)+", "", file.read_text("utf-8")), "utf-8")
    difference = changed(folder)

    assert difference.verdict is Verdict.NARROWING
    assert {change.who["organisation"] for change in difference.about(Topic.LOST)} == {("gobiquity",)}


# -- how facts are found -----------------------------------------------------------------------------------------------

LEADS: Mapping[str, tuple[str, str, str, Verdict, str]] = {
    "a channel that counts otherwise": (
        "vocabulary/channels.yaml", "en: Microsoft Teams, counts_as: office365", "en: Microsoft Teams, counts_as: ordinary",
        Verdict.WIDENING, "channel `teams`",
    ),
    "a channel that is not known any more": (
        "vocabulary/channels.yaml", "fax: {nl: fax, en: fax, counts_as: ordinary}\n", "", Verdict.NARROWING, "channel `fax`",
    ),
    "a new type of recipient": (
        "vocabulary/recipient_types.yaml", "other: {", "union: {nl: vakbond, en: union}\nother: {",
        Verdict.WIDENING, "recipient type `union`",
    ),
    "a country that joins": (
        "registers/eea.yaml", "'GB': {", "'CH': {nl: Zwitserland, en: Switzerland}\n'GB': {",
        Verdict.WIDENING, "country `CH`",
    ),
    "a country that leaves": (
        "registers/eea.yaml", "'NO': {nl: Noorwegen, en: Norway}\n", "", Verdict.NARROWING, "country `NO`",
    ),
    "an agreement that ends": (
        "registers/processors.yaml", "  clauses: [KG-PRC-6b]\n  valid_from: null\n  valid_until: null",
        "  clauses: [KG-PRC-6b]\n  valid_from: null\n  valid_until: '2024-12-31'", Verdict.NARROWING, "processor `ldv_united`",
    ),
    "a service that begins later": (
        "vocabulary/services.yaml", "in_force_from: '2019-01-01'", "in_force_from: '2020-01-01'",
        Verdict.NARROWING, "service `family_allowances`",
    ),
    "a service that begins at all": (
        "vocabulary/services.yaml", "  own_purpose: adoption\n", "  own_purpose: adoption\n  in_force_from: '2021-01-01'\n",
        Verdict.NARROWING, "service `adoption`",
    ),
    "another controller": (
        "policy.toml", 'controller = "kind_en_gezin"', 'controller = "opgroeien"', Verdict.BOTH, "controller `opgroeien`",
    ),
    "a name of Microsoft that is forgotten": (
        "registers/key_holders.yaml", "microsoft, azure, msft", "microsoft, msft", Verdict.WIDENING, "key holder `azure`",
    ),
    "a key holder that must be named exactly": (
        "registers/key_holders.yaml", "azure, msft, office365, o365, m365, sharepoint, onedrive, entraid]\n  equals: [ms,",
        "msft, office365, o365, m365, sharepoint, onedrive, entraid]\n  equals: [azure, ms,",
        Verdict.WIDENING, "key holder with `azure` in its name",
    ),
    "a part that is no part any more": (
        "vocabulary/categories.yaml", "en: eye screening, part_of: health}", "en: eye screening, part_of: physical}",
        Verdict.BOTH, "an authorisation for `health`, asked about `eye_screening`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEADS)
def test_a_word_that_leads_to_another_fact_is_reported_with_what_it_opens_and_closes(
    name: str, folder: Path, edit: Edit
) -> None:
    """Although the rows stay as they are, the change is named, counted and shown by a request."""
    path, old, new, verdict, lead = LEADS[name]
    edit(f"policies/{path}", old, new)
    difference = changed(folder)

    assert difference.verdict is verdict
    assert any(found.startswith(lead) for found in difference.finding)
    changes = [change for found in difference.finding.values() for change in found]
    assert changes
    assert all(change.points > 0 and change.example is not None for change in changes)


def test_break_glass_that_is_switched_on_is_a_widening(folder: Path, edit: Edit) -> None:
    """A switch is no row, and still changes who may what."""
    edit("policies/policy.toml", "break_glass = false", "break_glass = true")
    difference = changed(folder)

    assert difference.verdict is Verdict.WIDENING
    assert all(change.when["break_glass"] == ("invoked",) for change in difference.about(Topic.GAINED))


# -- other answers -----------------------------------------------------------------------------------------------------


def test_an_obligation_that_goes_is_told_and_is_no_widening(folder: Path, edit: Edit) -> None:
    """The same people may do the same, with less to do along with it."""
    edit("policies/limits/rules.csv", "encrypt_at_rest notify_dpo,KG-CLD-3", "encrypt_at_rest,KG-CLD-3")
    difference = changed(folder)

    assert difference.verdict is Verdict.LESSER
    assert {change.topic for change in difference.changes} == {Topic.OBLIGATIONS}
    assert {change.what for change in difference.changes} == {("-notify_dpo",)}


def test_another_reason_for_a_denial_is_told_and_is_no_narrowing(folder: Path, edit: Edit) -> None:
    """The same people are denied the same, for another reason."""
    edit("policies/limits/rules.csv", "LM-OWN-FAMILY,deny,conflict_of_interest", "LM-OWN-FAMILY,deny,protected_dossier")
    difference = changed(folder)

    assert difference.verdict is Verdict.LESSER
    assert {change.what for change in difference.about(Topic.DENIALS)} == {
        ("+protected_dossier",),
        ("-conflict_of_interest",),
    }


def test_a_list_that_may_grow_is_no_change_of_nothing(folder: Path, edit: Edit) -> None:
    """How many people a list may hold decides nothing by itself, and is told."""
    edit("policies/policy.toml", "restricted_list = 8", "restricted_list = 80")
    difference = changed(folder)

    assert difference.verdict is Verdict.LESSER
    assert difference.notes == ("a list of `restricted_list` may hold 80 people, no longer 8",)


def test_an_agreement_that_changes_before_its_service_begins_changes_nothing(folder: Path, edit: Edit) -> None:
    """A date of an entry gives nobody anything on days on which its only service is not in force."""
    edit("policies/registers/processors.yaml", "services: [preventive_family_support]", "services: [family_allowances]")
    old = changed(folder).new
    edit(
        "policies/registers/processors.yaml",
        "KG-PRC-6c]\n  valid_from: null\n  valid_until: null",
        "KG-PRC-6c]\n  valid_from: null\n  valid_until: '2018-12-31'",
    )
    before = changed(folder).new
    edit("policies/registers/processors.yaml", "valid_until: '2018-12-31'", "valid_until: '2018-06-30'")
    difference = compare(changed(folder).new, before)

    assert old.digest != before.digest
    assert difference.faults == ()
    assert difference.verdict is Verdict.LESSER


def test_what_clients_are_told_is_no_small_print(folder: Path) -> None:
    """A denial that shows that the dossier exists, where the old policy hid it, is reported."""
    file = folder / "policies" / "reasons.yaml"
    file.write_text(file.read_text("utf-8").replace("disclosure: hide", "disclosure: forbid", 1), "utf-8")
    difference = changed(folder)

    assert difference.verdict is Verdict.LESSER
    assert difference.notes == ("a denial with the reason `erasure_approved` is told as `forbid`, no longer as `hide`",)


# -- always ------------------------------------------------------------------------------------------------------------


_GUARDS: dict[int, tuple[Policy, Guard]] = {}


def guard_of(policy: Policy) -> Guard:
    """Make one guard for each policy object."""
    if id(policy) not in _GUARDS:
        _GUARDS[id(policy)] = policy, Guard(policy, fulfils=Obligation)
    return _GUARDS[id(policy)][1]


def verdict_of(guard: Guard, point: Mapping[str, str]) -> bool | None:
    """Ask a guard about a point; `None` when no request leads to it."""
    request = witness(point, guard.policy)
    if request is None:
        return None
    try:
        decision = guard.decide(
            request.subject, request.action, request.dossier, categories=request.categories, group=request.group,
            purpose=request.purpose, at=request.at, context=request.context,
        )  # fmt: skip
    except UnknownTerm:
        return None
    facts = decision.facts
    assert facts is not None
    (standing,), (category,) = facts.standings, facts.asked()
    found = guard._current.point.point(facts, standing, category)
    reached = all(found[fact] == word for fact, word in point.items() if fact not in {"standing", "published"})
    return bool(decision) if reached else None


def with_random_change(random: Random, policy: Policy) -> tuple[Policy, list[Row]]:
    """Drop a row, narrow or widen one of its conditions, or turn its effect; give the rows that it concerns."""
    tables = dict(policy.tables)
    touched: list[Row] = []
    for _ in range(random.choice((1, 1, 2))):
        name = random.choice(sorted(tables))
        rows = list(tables[name].rows)
        number = random.randrange(len(rows))
        row = rows.pop(number)
        other = _changed_row(random, row, tables[name])
        touched += [row, *([] if other is None else [other])]
        if other is not None:
            rows.insert(random.randrange(len(rows) + 1), other)
        tables[name] = attrs.evolve(tables[name], rows=tuple(rows))
    return attrs.evolve(policy, tables=tables), touched


def _changed_row(random: Random, row: Row, table: Table) -> Row | None:
    if random.random() < 0.3 or not row.conditions:
        return None
    fact = random.choice(sorted(row.conditions))
    words = random.sample(table.domains[fact], random.randint(1, min(3, len(table.domains[fact]))))
    return attrs.evolve(row, conditions={**row.conditions, fact: frozenset(words)})


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**9))
def test_what_is_gained_is_what_only_the_new_guard_permits(seed: int) -> None:
    """Near the border, a point lies in a gain exactly when the old guard denies it and the new one permits it."""
    random = Random(seed)
    old = shipped()
    new, touched = with_random_change(random, old)
    difference = compare(old, new)
    assert difference.faults == ()
    gained, lost = (
        [box for change in difference.about(topic) for box in change.boxes] for topic in (Topic.GAINED, Topic.LOST)
    )
    before, after = Space(old), Space(new)
    regions = [*before.permitted, *after.permitted]
    for number in range(120):
        row, region = random.choice(touched), random.choice(regions)
        point = {fact: random.choice(sorted(region.box.get(fact, words))) for fact, words in before.domains.items()}
        if number % 2:
            point |= {fact: random.choice(sorted(words)) for fact, words in row.conditions.items()}
        for changes in (gained, lost):
            if changes and not number % 3:
                box = random.choice(changes)
                point |= {fact: random.choice(sorted(words)) for fact, words in box.items() if fact != "break_glass"}
        verdicts = verdict_of(guard_of(before.policy), point), verdict_of(guard_of(after.policy), point)
        if None not in verdicts:
            real = {**point, "break_glass": "none" if point["break_glass"] == "none" else "invoked"}
            assert any(contains(box, real) for box in gained) == (verdicts == (False, True)), real
            assert any(contains(box, real) for box in lost) == (verdicts == (True, False)), real


def test_a_guard_that_contradicts_the_comparison_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, folder: Path, edit: Edit
) -> None:
    """A change that the guards do not confirm is shown first, in every format, and has an exit code of its own."""
    edit("policies/policy.toml", "break_glass = false", "break_glass = true")
    monkeypatch.setattr("kg_access.difference.examples._confirmed", lambda *_: False)
    difference = compare(shipped(), load_policy(folder / "policies"))

    assert len(difference.faults) == len(difference.changes)
    for form in FORMATS:
        assert "contradicts" in written(difference, form) or '"faults": ' in written(difference, form)
    assert main(["diff", "policies", str(folder / "policies")]) == 1


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A git repository with the copy as its first commit, tagged `first`; gives what runs git in it."""
    monkeypatch.chdir(folder)

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=tester", "-c", "user.email=tester@example.org", *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        return done.stdout

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    git("tag", "first")
    return git


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command: its exit code and what it printed."""
    code = main(["diff", *arguments])
    printed = capsys.readouterr()
    return code, printed.out.strip(), printed.err.strip()


WIDER = ("policies/limits/rules.csv", "key_holder=!other", "key_holder=microsoft")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("HEAD", "policies"),
        ("first:policies", "."),
        ("HEAD:policies/limits/rules.csv", "policies/limits/rules.csv"),
        ("first", "policies/limits/rules.csv"),
        ("HEAD:./policies", "policies"),
    ],
)
def test_a_revision_is_compared_with_the_folder(edit: Edit, old: str, new: str) -> None:
    """Revisions, folders and single files name the same two policies, in either order."""
    edit(*WIDER)
    now = load_policy("policies").digest

    assert [written.policy.digest for written in read_sides(old, new)] == [shipped().digest, now]
    assert [written.policy.digest for written in read_sides(new, old)] == [now, shipped().digest]


def test_two_revisions_are_compared(
    repository: Callable[..., str], capsys: pytest.CaptureFixture[str], edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of them needs to lie in the working tree, and the current folder may lie inside the repository."""
    edit(*WIDER)
    repository("commit", "--quiet", "--all", "--message", "second")
    monkeypatch.chdir("policies")

    assert said(capsys, "HEAD~1", "HEAD")[0] == 11
    assert said(capsys, "HEAD", "HEAD~1")[0] == 10


def test_a_file_from_elsewhere_takes_the_place_of_the_one_it_is_compared_with(
    capsys: pytest.CaptureFixture[str], folder: Path, edit: Edit, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An old file that was kept somewhere needs no policy around it."""
    kept = tmp_path_factory.mktemp("kept") / "limits-2018.csv"
    kept.write_bytes((folder / "policies" / "limits" / "rules.csv").read_bytes())
    edit(*WIDER)

    old, new = read_sides(str(kept), str(folder / "policies" / "limits" / "rules.csv"))
    assert (old.policy.digest, new.policy.digest) == (shipped().digest, load_policy(folder / "policies").digest)
    code, _, err = said(capsys, str(kept), str(folder / "policies"))
    assert (code, "lies in no folder of a policy" in err) == (2, True)
    code, _, err = said(
        capsys, str(folder / "policies" / "need" / "rules.csv"), str(folder / "policies" / "scope" / "rules.csv")
    )
    assert (code, "two files" in err) == (2, True)


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("old", "message"),
    [
        ("HEADD", "git knows no revision `HEADD`"),
        ("HEAD:elsewhere", "has no policy at `elsewhere`"),
        ("HEAD:policies/nothing.csv", "has no policy at `policies/nothing.csv`"),
        ("nowhere", "git knows no revision `nowhere`"),
    ],
)
def test_what_does_not_exist_is_refused_in_words(capsys: pytest.CaptureFixture[str], old: str, message: str) -> None:
    """A revision or folder that is not there is wrong use, with what is missing."""
    code, out, err = said(capsys, old, "policies")

    assert (code, out) == (2, "")
    assert message in err


def test_without_git_or_repository_a_revision_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither leads to a traceback."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    assert "belongs to no git repository" in said(capsys, "HEAD", "policies")[2]

    monkeypatch.setenv("PATH", "")
    assert "git" in said(capsys, "HEAD", "policies")[2]
    assert said(capsys, "HEAD", "policies")[0] == 2


def test_findings_of_both_sides_are_reported_at_once(folder: Path, edit: Edit) -> None:
    """Each finding says on which side it stands."""
    edit(*WIDER)
    edit("policies/limits/rules.csv", "LM-OWN-FAMILY,deny", "LM-OWN-FAMILY,denny")

    with pytest.raises(PolicyError) as caught:
        read_sides(str(folder), str(folder / "policies"))

    assert [finding.path for finding in caught.value.findings] == ["NEW limits/rules.csv", "OLD limits/rules.csv"]
    with pytest.raises(InvalidInput):
        read_sides(str(folder), str(folder / "policies" / "nothing"))


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_names_the_change(capsys: pytest.CaptureFixture[str], folder: Path, edit: Edit, form: str) -> None:
    """Whatever the format, it says widening, who, when, how much, and how both policies answer."""
    edit(*WIDER)
    code, out, err = said(capsys, "policies", str(folder), "--format", form, "--witness", "--all")

    assert (code, err) == (11, "")
    plain = out.replace("\\", "")
    assert all(word in plain for word in ("widening", "nurse", "office365", "channel_o365_dossier", "DIFF-1"))
    assert "<script" not in out


def test_the_case_of_an_example_passes_under_the_new_policy_and_fails_under_the_old(
    folder: Path, edit: Edit, tmp_path: Path
) -> None:
    """What JSON gives as a case can be kept as a scenario."""
    edit(*WIDER)
    difference = changed(folder)
    content: Any = json.loads(written(difference, "json"))
    file = tmp_path / "case.yaml"
    file.write_text(content["changes"][0]["case"], "utf-8")
    suite = read_suite(file)

    assert content["verdict"] == "widening"
    assert run([suite], difference.new)[0].passed
    assert not run([suite], difference.old)[0].passed


def test_texts_of_a_policy_are_escaped(folder: Path, edit: Edit) -> None:
    """A label with letters that mean something in HTML stays a label."""
    edit(*WIDER)
    edit("policies/vocabulary/roles.yaml", "  en: nurse\n", "  en: nurse <b>&</b>\n")
    new = load_policy(folder / "policies")
    page = written(compare(new, attrs.evolve(new, break_glass=True)), "html", everything=True)

    assert "nurse &lt;b&gt;&amp;&lt;/b&gt;" in page
    assert "<b>" not in page


def test_only_a_terminal_is_told_what_takes_so_long(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps go to the error stream of a terminal after a while, and never to the output."""
    monkeypatch.setattr("kg_access.cli.progress.PATIENCE", 0.0)
    assert said(capsys, "policies", "policies")[2] == ""

    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    code, out, err = said(capsys, "policies", "policies")
    assert (code, "no change in meaning" in out) == (0, True)
    assert "working out what each policy permits" in err
