"""Products: every combination of people, actions, dossiers and categories, of which only the listed may pass."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kg_access import Finding, Guard, Policy, ScenarioError
from kg_access.cli import main
from kg_access.scenarios import Result, Runner, Suite, read_suite, run

ORGANISATION: Mapping[str, Any] = {
    "subjects": {
        "nele": {
            "kind": "staff",
            "assignments": [{"role": "nurse", "service": "preventive_family_support", "team": "T1"}],
        },
        "rik": {
            "kind": "staff",
            "assignments": [{"role": "nurse", "service": "preventive_family_support", "team": "T2"}],
        },
    },
    "dossiers": {
        "D1": {"service": "preventive_family_support", "team": "T1", "use": [{"from": "2018-03-01"}]},
        "D2": {"service": "preventive_family_support", "team": "T2", "use": [{"from": "2018-03-01"}]},
    },
}

NURSES: Mapping[str, Any] = {
    "id": "nurses",
    "title": "a nurse works in the dossiers of her own team",
    "at": "2019-06-17T10:00:00+02:00",
    "group": "child_and_family",
    "purpose": "preventive_family_support",
    "subjects": ["nele", "rik"],
    "actions": ["read", "delete"],
    "dossiers": ["D1", "D2"],
    "categories": ["health", "judicial"],
    "permitted": [
        {"subjects": ["nele"], "actions": ["read"], "dossiers": ["D1"], "categories": ["health"]},
        {"subjects": ["rik"], "actions": ["read"], "dossiers": ["D2"], "categories": ["health"]},
    ],
}

CASE: Mapping[str, Any] = {
    "id": "A",
    "title": "a nurse reads",
    "at": "2019-06-17T10:00:00+02:00",
    "subject": "nele",
    "action": "read",
    "dossier": "D1",
    "group": "child_and_family",
    "categories": ["health"],
    "purpose": "preventive_family_support",
    "expect": {"effect": "permit", "rules": ["ND-STAFF"]},
}


@cache
def policy() -> Policy:
    """Give the shipped policy."""
    return Guard.shipped().policy


def product(**changes: Any) -> dict[str, Any]:
    """Give the product that passes, with something changed; `None` leaves a key out."""
    return {key: value for key, value in {**NURSES, **changes}.items() if value is not None}


def write(folder: Path, *products: Mapping[str, Any], **more: Any) -> Path:
    """Write a scenario file of products."""
    path = folder / "products.yaml"
    content = {"organisation": ORGANISATION, "products": list(products), **more}
    path.write_text(yaml.safe_dump(json.loads(json.dumps(content)), sort_keys=False), encoding="utf-8")
    return path


def results(folder: Path, **changes: Any) -> list[Result]:
    """Run one product."""
    return run([read_suite(write(folder, product(**changes)))], policy())


def failed(ran: list[Result]) -> dict[str, tuple[str, ...]]:
    """Give the cells that failed, with their failures."""
    return {result.case.id: result.failures for result in ran if not result.passed}


def refused(path: Path) -> tuple[Finding, ...]:
    """Give the findings for which a file is refused."""
    with pytest.raises(ScenarioError) as refusal:
        run([read_suite(path)], policy())
    return refusal.value.findings


def test_a_product_asks_for_every_combination(tmp_path: Path) -> None:
    """Each combination is a case, with an id that names the product and the words, and all must be as written."""
    ran = results(tmp_path)

    assert len(ran) == 2 * 2 * 2 * 2
    assert failed(ran) == {}
    assert ran[0].case.id == "nurses nele read D1 health"
    assert {result.case.product for result in ran} == {"nurses"}
    request = ran[0].case.request
    assert (request.subject.id, request.action, request.dossier.id) == ("nele", "read", "D1")
    assert (request.group, request.purpose, set(request.categories)) == (
        "child_and_family",
        "preventive_family_support",
        {"health"},
    )


def test_what_is_not_listed_must_be_denied(tmp_path: Path) -> None:
    """A cell that the policy permits and that nobody wrote down fails, under its own id."""
    ran = results(tmp_path, permitted=[NURSES["permitted"][0]])

    assert failed(ran) == {"nurses rik read D2 health": ("effect is permit, expected deny",)}


def test_what_is_listed_must_be_permitted(tmp_path: Path) -> None:
    """A cell that is written down and that the policy denies fails, with the reasons of the denial."""
    ran = results(tmp_path, permitted=[*NURSES["permitted"], {"subjects": ["nele"], "dossiers": ["D1"]}])

    failures = failed(ran)
    assert sorted(failures) == [
        "nurses nele delete D1 health",
        "nurses nele delete D1 judicial",
        "nurses nele read D1 judicial",
    ]
    assert failures["nurses nele read D1 judicial"] == ("effect is deny (role_category), expected permit",)


def test_nothing_at_all_may_be_permitted(tmp_path: Path) -> None:
    """An empty list says that every cell is denied."""
    ran = results(tmp_path, permitted=[])

    assert sorted(failed(ran)) == ["nurses nele read D1 health", "nurses rik read D2 health"]


def test_purposes_may_be_combined_too(tmp_path: Path) -> None:
    """With `purposes` the purpose is one of the words that are combined, and part of the id."""
    purposes = ["preventive_family_support", "marketing"]
    permitted = [{**entry, "purposes": purposes[:1]} for entry in NURSES["permitted"]]

    ran = results(tmp_path, purpose=None, purposes=purposes, permitted=permitted)

    assert len(ran) == 32
    assert failed(ran) == {}
    assert ran[1].case.id == "nurses nele read D1 health marketing"


def test_the_switches_of_a_case_are_those_of_a_product(tmp_path: Path) -> None:
    """`context`, `policy` and `fulfils` hold for every cell."""
    glass = {"context": {"break_glass": "a fire"}, "policy": {"break_glass": True}, "subjects": ["rik"]}
    permitted = [{"actions": ["read"], "categories": ["health"]}]

    assert failed(results(tmp_path, **glass, permitted=permitted)) == {}
    unable = failed(results(tmp_path, **glass, permitted=permitted, fulfils=["log"]))
    assert list(unable) == ["nurses rik read D1 health"]
    assert "obligation_not_supported" in unable["nurses rik read D1 health"][0]


@given(st.data())
def test_exactly_the_written_cells_are_expected(data: st.DataObject) -> None:
    """Whatever blocks are written, a cell is expected to be permitted if and only if some block covers it."""
    axes = ("subjects", "actions", "dossiers", "categories")
    blocks = data.draw(
        st.lists(
            st.fixed_dictionaries(
                {"subjects": st.lists(st.sampled_from(NURSES["subjects"]), min_size=1, unique=True)},
                optional={axis: st.lists(st.sampled_from(NURSES[axis]), min_size=1, unique=True) for axis in axes[1:]},
            ),
            max_size=3,
        )
    )
    (read,) = _read(product(permitted=blocks)).products

    for cell in read.cells:
        words = dict(zip(axes, cell.id.split()[1:], strict=True))
        covered = any(all(words[axis] in block.get(axis, [words[axis]]) for axis in axes) for block in blocks)
        assert (cell.expect.effect == "permit") == covered


def _read(entry: Mapping[str, Any]) -> Suite:
    import tempfile  # noqa: PLC0415 - hypothesis runs one test many times, so there is no `tmp_path`

    with tempfile.TemporaryDirectory() as folder:
        return read_suite(write(Path(folder), entry))


@pytest.mark.parametrize(
    ("changes", "place", "message", "help_"),
    [
        ({"subjcts": ["nele"]}, "subjcts:", "unknown key `subjcts`", "did you mean `subjects`?"),
        ({"subjects": ["nelle", "rik"]}, "- nelle", "no subject `nelle`; did you mean `nele`?", ""),
        ({"dossiers": ["D1", "D22"]}, "- D22", "no dossier `D22`; did you mean `D2`?", ""),
        ({"actions": ["read", "reed"]}, "- reed", "product `nurses`: `action`: unknown word `reed`; did you mean", ""),
        ({"categories": ["health", "helth"]}, "- helth", "unknown word `helth`; did you mean `health`?", ""),
        ({"group": "parnt"}, "group: parnt", "unknown word `parnt`; did you mean `parent`?", ""),
        ({"purpose": "childcar"}, "purpose: childcar", "unknown word `childcar`; did you mean `childcare`?", ""),
        ({"categories": []}, "categories: []", "`categories` is wrong", "it is empty"),
        ({"permitted": None}, "- id: nurses", "the key `permitted` is missing", ""),
        ({"permitted": [{"subject": ["nele"]}]}, "- subject:", "unknown key `subject`", "did you mean `subjects`?"),
        (
            {"permitted": [{"subjects": ["nell"]}]},
            "- nell",
            "`nell` is not among the `subjects`",
            "did you mean `nele`?",
        ),
        ({"permitted": [{"purposes": ["adoption"]}]}, "- adoption", "`adoption` is not among the `purposes`", ""),
        ({"permitted": [{}]}, "- {}", "an entry of `permitted` that names nothing", "name some `subjects`"),
        ({"actions": ["read", "read"]}, "- read", "`read` stands here twice", "keep one of them"),
        ({"purposes": ["childcare"]}, "purposes:", "`purpose` and `purposes` exclude each other", "keep one of them"),
        ({"at": "tomorrow"}, "at: tomorrow", "`at`: `tomorrow` is no moment", ""),
        ({"context": {"identity_proof": "shown"}}, "identity_proof: shown", "unknown word `shown`", ""),
    ],
)
def test_what_means_nothing_is_refused(
    tmp_path: Path, changes: dict[str, Any], place: str, message: str, help_: str
) -> None:
    """A word or key that means nothing is an error at its line, with what would be right."""
    path = write(tmp_path, product(**{"permitted": [], **changes}))

    found = refused(path)[0]

    assert message in found.message
    assert help_ in found.help
    assert place in path.read_text(encoding="utf-8").splitlines()[found.line - 1]


def test_an_unknown_word_is_reported_once(tmp_path: Path) -> None:
    """A misspelt word of a product is one finding at the word, not one for each cell that holds it."""
    path = write(tmp_path, product(categories=["helth", "judicial"], actions=["reed", "delete"], permitted=[]))

    found = refused(path)

    lines = path.read_text(encoding="utf-8").splitlines()
    assert [lines[one.line - 1].strip() for one in found] == ["- reed", "- helth"]


def test_all_findings_come_at_once(tmp_path: Path) -> None:
    """Cases and products of a file are read to the end before it is refused."""
    path = write(
        tmp_path,
        product(subjects=["nelle"], permitted=[]),
        product(id="other", dossiers=["D11"], permitted=[]),
        cases=[{**CASE, "dossier": "D12"}],
    )

    assert len(refused(path)) == 3


def test_an_id_is_unique_among_cases_and_products(tmp_path: Path) -> None:
    """A product with the id of a case, or of another product, is refused."""
    path = write(tmp_path, product(), product(), cases=[{**CASE, "id": "nurses"}])

    assert [found.message for found in refused(path)] == ["duplicate id `nurses`"] * 2


def test_a_product_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """A product of millions of cells is refused before any is made."""
    many = {name: [f"{name}{number}" for number in range(60)] for name in ("actions", "categories", "purposes")}

    found = refused(write(tmp_path, product(purpose=None, permitted=[], **many)))

    assert found[0].message == "the product has 864000 cells, at most 100000 are taken"


def test_a_person_who_cannot_be_read_is_not_called_unknown(tmp_path: Path) -> None:
    """When a person of the organisation has a bad date, that is the only finding."""
    people = json.loads(json.dumps(ORGANISATION))
    people["subjects"]["nele"]["assignments"][0]["from"] = "2019-13-01"

    (found,) = refused(write(tmp_path, product(), organisation=people))

    assert "calendar day" in found.message


def test_thousands_of_cells_take_about_a_second(tmp_path: Path) -> None:
    """A product of 5,000 cells is read and decided in seconds, with a wide margin for a slow machine."""
    people = json.loads(json.dumps(ORGANISATION))
    people["subjects"] = {f"nele{number}": people["subjects"]["nele"] for number in range(625)}
    path = write(tmp_path, product(subjects=list(people["subjects"]), permitted=[]), organisation=people)
    runner = Runner(policy())

    start = time.perf_counter()
    ran = runner.run([read_suite(path)])

    assert len(ran) == 5000
    assert time.perf_counter() - start < 6


def test_the_command_reports_a_cell_like_a_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cell that fails is shown with the place of its product, its id and what differs."""
    path = write(tmp_path, product(permitted=[NURSES["permitted"][0]]))

    assert main(["test", str(path)]) == 4

    line = path.read_text(encoding="utf-8").splitlines().index("- id: nurses") + 1
    assert capsys.readouterr().out.splitlines() == [
        f"{path}:{line}: nurses rik read D2 health a nurse works in the dossiers of her own team",
        "    effect is permit, expected deny",
        "15 passed, 1 failed",
    ]


def test_the_command_counts_cells_beyond_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a product in which much fails, some cells are shown and the rest is counted."""
    main(["test", str(write(tmp_path, product(permitted=[{"subjects": ["nele", "rik"]}])))])

    lines = capsys.readouterr().out.splitlines()
    assert sum(": nurses " in line for line in lines) == 10
    assert lines[-2:] == ["... and 4 more cells of `nurses`", "2 passed, 14 failed"]


@pytest.mark.parametrize("form", ["json", "junit"])
def test_reports_hold_every_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """JSON and JUnit have each cell, those that fail and those that pass."""
    main(["test", str(write(tmp_path, product(permitted=[]))), "--format", form])

    said = capsys.readouterr().out
    if form == "json":
        assert [entry["product"] for entry in json.loads(said)] == ["nurses"] * 16
        assert sum(not entry["passed"] for entry in json.loads(said)) == 2
    else:
        assert said.count("<testcase ") == 16
        assert said.count("<failure ") == 2


# Rules that decide.


def test_a_case_may_say_which_rules_decide(tmp_path: Path) -> None:
    """`rules` names rules that must be among those that decide; more may be."""
    wanted = {**CASE, "expect": {"effect": "permit", "rules": ["ND-STAFF", "LM-TRANSFER"]}}
    path = write(tmp_path, product(), cases=[CASE, {**wanted, "id": "B"}])

    first, second, *_ = run([read_suite(path)], policy())

    assert first.passed
    assert second.failures == (f"rules are {', '.join(sorted(second.decision.rules))}, expected also LM-TRANSFER",)


def test_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    """A rule that the policy does not have is an error with the nearest id, never a failure that nobody can mend."""
    path = write(tmp_path, product(), cases=[{**CASE, "expect": {"effect": "permit", "rules": ["ND-STAF"]}}])

    (found,) = refused(path)

    assert found.message == "case `A`: `rules`: unknown word `ND-STAF`; did you mean `ND-STAFF`?"


def test_a_changed_policy_is_run_against_the_rules_of_the_original(tmp_path: Path) -> None:
    """A case that names a rule fails, and is not refused, under a policy from which that rule was taken away."""
    need = policy().tables["need"]
    without = attrs.evolve(need, rows=tuple(row for row in need.rows if row.id != "ND-STAFF"))
    changed = attrs.evolve(policy(), tables={**policy().tables, "need": without})
    suite = attrs.evolve(read_suite(write(tmp_path, product(), cases=[CASE])), products=())

    (result,) = Runner(changed, known_rules=policy().rules()).run([suite])

    assert not result.passed
    with pytest.raises(ScenarioError):
        run([suite], changed)


def test_a_failure_of_the_engine_is_no_expected_denial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that is denied because the engine broke down fails, although a denial was expected."""
    suite = read_suite(write(tmp_path, product(permitted=[])))
    runner = Runner(policy())
    broken = Guard(policy()).failure()
    monkeypatch.setattr(Guard, "decide", lambda *_, **__: broken)

    ran = runner.run([suite])

    assert {result.failures for result in ran} == {("effect is deny for want of an answer (engine_failure)",)}
