"""`kg-access trace`: from a clause to its rules, invariants and cases, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from kg_access import load_policy
from kg_access.invariants import Invariant, read_invariants
from kg_access.policy import Label, Policy
from kg_access.scenarios import Result, find_scenarios, read_suites, run
from kg_access.trace import Trace, trace
from tests.conftest import PROJECT, Command, Said

pytestmark = pytest.mark.slow

POLICIES: Final = PROJECT / "policies"


@pytest.fixture
def folder(folder: Path) -> Path:
    """The copy without the products of roles, whose thousands of cells no finding of these tests needs."""
    (folder / "policies" / "scenarios" / "roles.yaml").unlink()
    return folder


@pytest.fixture
def check(folder: Path, command: Command) -> Callable[[], Said]:
    """Check the chains of the copy."""
    where = ("--policies", str(folder / "policies"), "--models", str(folder / "models"))
    return lambda: command("trace", "--check", *where)


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The shipped policy."""
    return load_policy(POLICIES, models=PROJECT / "models")


@pytest.fixture(scope="module")
def results(policy: Policy) -> list[Result]:
    """Its decided cases."""
    return run(read_suites(find_scenarios([POLICIES])), policy)


@pytest.fixture(scope="module")
def links(policy: Policy, results: list[Result]) -> Trace:
    """Its links, with two invariants of which one rests on a clause that no rule cites."""
    invariants = [
        Invariant(name, Label("", ""), clauses, [], (), (), "invariants.yaml", 1)
        for name, clauses in {"nobody-else": ("KG-RET-7", "KG-RET-8"), "told": ("KG-DPO-1",)}.items()
    ]
    return trace(policy, results, folder=Path("policies"), invariants=invariants)


@pytest.fixture(scope="module")
def invariants(policy: Policy) -> list[Invariant]:
    """Its invariants."""
    return read_invariants(POLICIES, policy)


def replace(folder: Path, path: str, old: str, new: str) -> None:
    """Replace a text that stands once in a file of the copy."""
    file = folder / "policies" / path
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def place(folder: Path, path: str, text: str) -> str:
    """Give file and line of a text in the copy."""
    lines = (folder / "policies" / path).read_text("utf-8").split("\n")
    return f"{path}:{next(number for number, line in enumerate(lines, start=1) if text in line)}:"


class TestLinks:
    """What is linked to what."""

    def test_every_link_goes_both_ways(self, links: Trace) -> None:
        """A rule that a clause names names the clause, and so does every other pair but a clause and a case."""
        of = {(entry.kind, entry.id): entry for entry in links.entries}

        for entry in links.entries:
            for kind, words in entry.links.items():
                for word in words:
                    if (kind, word) in of:
                        back = of[kind, word].links.get(entry.kind)
                        assert back is None or entry.id in back, (entry.kind, entry.id, kind, word)

    def test_a_clause_leads_to_rules_invariants_and_cases(self, links: Trace) -> None:
        """The restricted list leads to the rule of its keepers, to an invariant, and to cases."""
        (entry,) = links.about("KG-RET-8")

        assert "ND-KEEPER" in entry.links["rules"]
        assert entry.links["invariants"] == ("nobody-else",)
        assert len(entry.links["cases"]) > 10

    def test_a_rule_leads_to_the_cases_that_it_decides(self, links: Trace, results: list[Result]) -> None:
        """A rule has exactly the cases whose decision names it, wherever they stand."""
        (entry,) = links.about("LM-SOCIAL-MEDIA")

        assert set(entry.links["cases"]) == {
            result.case.id for result in results if "LM-SOCIAL-MEDIA" in result.decision.rules
        }
        assert re.fullmatch(r"policies/limits/rules\.csv:\d+", entry.place)

    def test_an_invariant_leads_to_its_clauses_and_their_rules(self, links: Trace) -> None:
        """An invariant has the clauses on which it rests and every rule that cites one of them."""
        nobody, told = links.of("invariants")

        assert nobody.links["clauses"] == ("KG-RET-7", "KG-RET-8")
        assert "ND-STAFF" in nobody.links["rules"]
        assert told.links["rules"] == ()

    def test_every_clause_that_decides_has_a_whole_chain(
        self, policy: Policy, results: list[Result], invariants: list[Invariant]
    ) -> None:
        """Every clause that decides is cited by a rule, an invariant, and a case that such a rule decides."""
        links = trace(policy, results, folder=POLICIES, invariants=invariants)

        assert set(links.deciding) == {name for name, clause in policy.clauses.items() if clause.level == "decides"}
        assert all(links.deciding.values())

    def test_what_the_policy_chose_is_told(self, command: Command) -> None:
        """An invariant that rests on no clause says that it is a choice."""
        assert "  clauses\n    choice\n" in command("trace", "IV-LOG").out

    def test_without_an_invariant_there_is_no_chain(
        self, policy: Policy, results: list[Result], invariants: list[Invariant]
    ) -> None:
        """A clause on which no invariant rests has lost its chain."""
        fewer = [invariant for invariant in invariants if invariant.id != "IV-SOCIAL-MEDIA"]

        assert not trace(policy, results, folder=POLICIES, invariants=fewer).deciding["KG-SOC-3"]

    def test_a_case_that_another_rule_decides_is_no_chain(
        self, policy: Policy, results: list[Result], invariants: list[Invariant]
    ) -> None:
        """It is not enough that some case cites the clause: a row that cites it must decide it."""
        without = [result for result in results if "LM-SOCIAL-MEDIA" not in result.decision.rules]
        other = next(result for result in results if result.case.id == "nurse-for-marketing")
        assert "KG-SOC-3" not in other.case.clauses

        assert not trace(policy, without, folder=POLICIES, invariants=invariants).deciding["KG-SOC-3"]
        assert trace(policy, results, folder=POLICIES, invariants=invariants).deciding["KG-SOC-3"]


class TestCommand:
    """`kg-access trace`."""

    def test_the_overview_has_a_line_for_each_clause(self, command: Command, policy: Policy) -> None:
        """Without a word there is a line for each clause, and the count of whole chains."""
        *lines, count = command("trace").out.splitlines()

        assert [line.split()[0] for line in lines] == list(policy.clauses)
        assert count == "51 of 51 clauses that decide have a whole chain"

    @pytest.mark.parametrize(
        ("word", "expected"),
        [
            ("KG-SOC-3", ("clause KG-SOC-3", "chain: whole", "LM-SOCIAL-MEDIA  policies/limits/rules.csv:")),
            ("LM-SOCIAL-MEDIA", ("rule LM-SOCIAL-MEDIA", "limits: deny channel_social_media", "    KG-SOC-3  ")),
            ("nurse-for-marketing", ("case nurse-for-marketing", "    KG-PUR-1  ", "    NX-PURPOSE  ")),
        ],
    )
    def test_a_word_shows_its_links(
        self, word: str, expected: tuple[str, ...], command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A clause, a rule or a case shows what it is linked to, with places."""
        monkeypatch.chdir(PROJECT)
        said = command("trace", word)

        assert said.code == 0
        assert all(text in said.out for text in expected)

    def test_an_unknown_word_is_named_with_the_nearest(self, command: Command) -> None:
        """A word that nothing is called is wrong use."""
        said = command("trace", "KG-RET-88")

        assert said.code == 2
        assert "no clause, rule, invariant or case is called `KG-RET-88`; did you mean `KG-RET-8`?" in said.err

    def test_json_and_markdown_hold_the_same_links(self, command: Command) -> None:
        """Both formats list every rule and case of a clause."""
        (entry,) = json.loads(command("trace", "KG-SOC-3", "--format", "json").out)
        text = command("trace", "KG-SOC-3", "--format", "markdown").out

        assert entry["kind"] == "clause"
        assert entry["chain"] == "whole"
        for word in (*entry["rules"], *entry["cases"]):
            assert f"`{word}`" in text

    def test_the_whole_of_it_as_json(self, command: Command, policy: Policy) -> None:
        """Without a word JSON has every clause, rule and case."""
        entries: list[dict[str, Any]] = json.loads(command("trace", "--format", "json").out)

        assert [entry["id"] for entry in entries if entry["kind"] == "clause"] == list(policy.clauses)
        assert {entry["id"] for entry in entries if entry["kind"] == "rule"} == set(policy.rules())


class TestCheck:
    """`kg-access trace --check` on the shipped policy and on broken copies of it."""

    def test_the_shipped_policy_passes(self, command: Command) -> None:
        """Every chain is whole."""
        assert command("trace", "--check") == (0, "0 findings, 0 accepted\n", "")

    def test_a_policy_needs_no_designations_for_it(self, folder: Path, check: Callable[[], Said]) -> None:
        """What the command does not show, it does not ask for."""
        (folder / "policies" / "designations.yaml").unlink()

        assert check().code == 0

    def test_a_typo_in_a_limit(self, folder: Path, check: Callable[[], Said]) -> None:
        """A limit on the wrong channel decides none of the cases of its clause, whose line is named."""
        replace(folder, "limits/rules.csv", "channel=social_media", "channel=ordinary")

        said = check()

        assert said.code == 1
        assert place(folder, "clauses.yaml", "KG-SOC-3:") in said.out
        assert "KGL004 no case that cites `KG-SOC-3` passes and is decided by a row that cites it" in said.out

    def test_a_swapped_role(self, folder: Path, check: Callable[[], Said]) -> None:
        """A privacy officer and an archivist under each other's name break the chain that only a permit shows."""
        replace(folder, "vocabulary/roles.yaml", "\nprivacy_officer:", "\nswapped:")
        replace(folder, "vocabulary/roles.yaml", "\narchivist:", "\nprivacy_officer:")
        replace(folder, "vocabulary/roles.yaml", "\nswapped:", "\narchivist:")

        said = check()

        assert said.code == 1
        assert place(folder, "clauses.yaml", "KG-RGT-5:") in said.out

    def test_a_removed_row(self, folder: Path, check: Callable[[], Said]) -> None:
        """Without its only rule a clause that decides is refused by the strict reader, at its line."""
        file = folder / "policies" / "limits" / "rules.csv"
        lines = file.read_text("utf-8").split("\n")
        file.write_text("\n".join(line for line in lines if not line.startswith("LM-SOCIAL-MEDIA,")), "utf-8")

        said = check()

        assert said.code == 3
        assert f"{place(folder, 'clauses.yaml', 'KG-SOC-3:')}1: no rule cites `KG-SOC-3`, which decides" in said.err

    def test_an_accepted_gap_passes(self, folder: Path, check: Callable[[], Said]) -> None:
        """A gap with a reason in `lint.yaml` is no finding, and is counted."""
        replace(folder, "limits/rules.csv", "channel=social_media", "channel=ordinary")
        with (folder / "policies" / "lint.yaml").open("a", encoding="utf-8") as file:
            file.write("- {code: KGL004, about: KG-SOC-3, why: the channel is closed elsewhere}\n")

        assert check() == (0, "0 findings, 1 accepted\n", "")
