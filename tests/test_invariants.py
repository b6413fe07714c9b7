"""What is claimed of a policy is proved over every fact, and what is broken is named with the smallest request."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from kg_access import load_policy
from kg_access.cli import main
from kg_access.errors import EngineFailure, PolicyError
from kg_access.invariants import Invariant, Proof, Prover, read_invariants
from kg_access.policy import Policy
from kg_access.scenarios import Witnesses, draft, read_suite, run
from kg_access.vocabulary import Effect, Obligation
from tests.conftest import PROJECT
from tests.people import able_guard

pytestmark = pytest.mark.slow

POLICIES: Final = PROJECT / "policies"
Claimed = Callable[[str], list[Proof]]


def claimed(policy: Policy, *names: str) -> list[Invariant]:
    """Give the shipped invariants of these names; all without any."""
    return [found for found in read_invariants(POLICIES, policy) if not names or found.id in names]


def changed(folder: Path, path: str, old: str, new: str) -> Policy:
    """Change a copy of the shipped policy in one place."""
    file = folder / "policies" / path
    text = file.read_text("utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    file.write_text(text.replace(old, new), "utf-8")
    return load_policy(folder / "policies", models=folder / "models")


@pytest.fixture
def prove(folder: Path) -> Claimed:
    """Prove what a text claims of the shipped policy."""

    def proofs(text: str) -> list[Proof]:
        (folder / "policies" / "invariants.yaml").write_text(text, "utf-8")
        policy = able_guard().policy
        prover = Prover(policy)
        return [prover.prove(invariant) for invariant in read_invariants(folder / "policies", policy)]

    return proofs


def test_everything_that_is_claimed_of_the_shipped_policy_is_proved() -> None:
    """All shipped invariants hold, whatever the switches say, and the guard confirms every region."""
    policy = able_guard().policy
    prover = Prover(policy)
    proofs = [prover.prove(invariant) for invariant in claimed(policy)]
    prover.confirm()

    assert [proof.invariant.id for proof in proofs if not proof.holds] == []
    assert prover.asked > 3000


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (
            "notify_dpo record_justification review time_limit,choice,lifts only",
            "notify_dpo record_justification review,choice,lifts only",
            "IV-BREAK-GLASS",
        ),
        (
            "notify_dpo record_justification review time_limit,choice,lifts only",
            "record_justification review time_limit,choice,lifts only",
            "IV-BREAK-GLASS",
        ),
    ],
)
def test_a_switch_that_is_off_hides_no_fault(old: str, new: str, name: str, folder: Path, tmp_path: Path) -> None:
    """What would be wrong once emergency access is switched on is found, with a case that switches it on."""
    policy = changed(folder, "need/rules.csv", old, new)
    (invariant,) = claimed(policy, name)
    found = Prover(policy).prove(invariant).counterexample

    assert found is not None
    assert found.switches == {"break_glass": True}
    file = tmp_path / "case.yaml"
    file.write_text(
        draft("X", name, found.request, found.expected, obligations=found.obligations, switches=found.switches), "utf-8"
    )
    assert run([read_suite(file)], policy)[0].failures
    assert run([read_suite(file)], able_guard().policy)[0].failures == ()


BROKEN: Final = {
    "a typo in a limit": (
        "limits/rules.csv",
        "destination=country_of_origin|outside_eea; group=!candidate_adopter;",
        "destination=outside_eea; group=!candidate_adopter;",
        "IV-EEA",
        "permitted",
    ),
    "a limit that is gone": (
        "limits/rules.csv",
        "LM-OWN-FAMILY,deny,conflict_of_interest,related=yes,,choice,\n",
        "",
        "IV-OWN-FAMILY",
        "permitted",
    ),
    "a limit that allows": (
        "limits/rules.csv",
        "LM-SOCIAL-MEDIA,deny,channel_social_media,channel=social_media,redirect_to_kg_lijn",
        "LM-SOCIAL-MEDIA,allow,,channel=social_media,redirect_to_kg_lijn",
        "IV-SOCIAL-MEDIA",
        "permitted",
    ),
    "a processor beyond its register": (
        "need/rules.csv",
        "purpose=register; category=register; caller=register",
        "purpose=register; caller=register",
        "IV-PROCESSOR",
        "permitted",
    ),
    "an obligation that is gone": (
        "need/rules.csv",
        "record_authorisation pseudonymise",
        "record_authorisation",
        "IV-STATISTICS",
        "permitted without `pseudonymise`",
    ),
    "a nurse in front of a closed door": (
        "need/rules.csv",
        "link=team|task; phase=active; action=read|search|update",
        "link=team; phase=active; action=read|search|update",
        "IV-AT-THE-DOOR",
        "denied: ",
    ),
    "a group in the wrong list": (
        "scope/rules.csv",
        "group=parent|cared_child|organiser",
        "group=parent|cared_child|candidate_adopter|organiser",
        "IV-LIST-CHILDCARE",
        "permitted",
    ),
    "a role that became another": (
        "vocabulary/roles.yaml",
        "en: nurse\n  standing: service_staff",
        "en: nurse\n  standing: no_content",
        "IV-AT-THE-DOOR",
        "denied: ",
    ),
}


@pytest.mark.parametrize("fault", list(BROKEN))
def test_a_fault_breaks_the_invariant_that_speaks_of_it(fault: str, folder: Path, tmp_path: Path) -> None:
    """Each fault is named, with a request that fails as a case under the faulty policy and passes under the right one."""
    path, old, new, name, says = BROKEN[fault]
    policy = changed(folder, path, old, new)
    (invariant,) = claimed(policy, name)
    proof = Prover(policy).prove(invariant)

    assert not proof.holds
    found = proof.counterexample
    assert found is not None
    assert found.says.startswith(says)
    file = tmp_path / "case.yaml"
    file.write_text(
        draft("X", name, found.request, found.expected, obligations=found.obligations, switches=found.switches), "utf-8"
    )
    assert run([read_suite(file)], policy)[0].failures
    assert run([read_suite(file)], able_guard().policy)[0].failures == ()


def test_the_smallest_request_tells_the_least(prove: Claimed) -> None:
    """A counterexample states nothing that the fault does not need."""
    (proof,) = prove("IV-X: {nl: x, en: x, clauses: [choice], never: role=nurse}")
    assert proof.counterexample is not None
    request = proof.counterexample.request

    assert request.action == "read"
    assert repr(request.context) == "<Context: nothing stated>"
    assert [assignment.role for assignment in request.subject.assignments] == ["nurse"]
    assert request.dossier.objection is None


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        ("never: role=nurse; category=judicial", True),
        ("never: role=nurse; category=health", False),
        ("permits: role=nurse, only: [phase=active]", True),
        ("permits: role=nurse, only: [phase=active; action=read, phase=active; action=!read]", True),
        ("permits: role=nurse, only: [phase=active; action=read]", False),
        ("permits: action=transfer, carry: [four_eyes, log]", True),
        ("permits: action=transfer, carry: [four_eyes, erase]", False),
        ("permits: encrypted=yes, as_with: encrypted=no", False),
        ("permits: caller=verified; kind=staff, as_with: caller=unverified", True),
        ("always: role=nurse", False),
        ("never: published=no", True),
        ("never: break_glass=invoked", False),
        ("never: kind=staff; organisation=gobiquity", False),
        ("permits: always, overridden_by: [scope]", True),
    ],
)
def test_each_kind_of_claim_holds_or_breaks(claim: str, *, holds: bool, prove: Claimed) -> None:
    """Every kind of claim can be true and can be false."""
    (proof,) = prove(f"IV-X: {{nl: x, en: x, clauses: [choice], {claim}}}")

    assert proof.holds is holds
    assert (proof.points > 0) is ("organisation=gobiquity" not in claim)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("IV-X: {nl: x, en: x, clauses: [choice]}", "write one of `always`, `never` and `permits`"),
        ("IV-X: {nl: x, en: x, clauses: [choice], permits: phase=passive}", "`permits` goes with one of"),
        ("IV-X: {nl: x, en: x, clauses: [choice], never: phase=passive, carry: [log]}", "`permits` goes with"),
        ("IV-X: {nl: x, en: x, clauses: [KG-NO-1], never: phase=passive}", "unknown clause `KG-NO-1`"),
        ("IV-X: {nl: x, en: x, clauses: [choice], never: phase=pasive}", "did you mean `passive`"),
        ("IV-X: {nl: x, en: x, clauses: [choice], never: phse=passive}", "did you mean `phase`"),
        ("IV-X: {nl: x, en: x, clauses: [choice], nevr: phase=passive}", "did you mean `never`"),
        ("IV-X: {nl: x, en: x, clauses: [choice], never: category=!granted}", "`granted`"),
        ("IV-X: {nl: x, en: x, clauses: [choice], permits: always, overridden_by: [limit]}", "did you mean `limits`"),
        ("IV-X: {nl: x, en: x, clauses: [choice], permits: always, as_with: phase=active|passive}", "not one word"),
        ("IV-X: {nl: x, en: x, clauses: [choice], permits: always, carry: [logg]}", "did you mean `log`"),
        ("IV-X: {nl: '', en: x, clauses: [choice], never: always}", "`nl` is wrong"),
    ],
)
def test_a_wrong_claim_is_refused_with_its_place(text: str, message: str, prove: Claimed) -> None:
    """Whatever is wrong in the file is reported with line and column."""
    with pytest.raises(PolicyError) as refusal:
        prove(text)

    assert message in str(refusal.value)
    assert "invariants.yaml:1" in str(refusal.value)


def test_a_policy_is_the_same_whatever_is_claimed_of_it(folder: Path) -> None:
    """Invariants change no decision, so they are no part of the digest."""
    (folder / "policies" / "invariants.yaml").write_text("", "utf-8")

    assert load_policy(folder / "policies", models=folder / "models").digest == able_guard().policy.digest


def test_no_proof_without_the_guard(folder: Path) -> None:
    """Where the guard does not say what follows from the rows, nothing is proved."""
    policy = able_guard().policy
    other = changed(folder, "limits/rules.csv", "related=yes", "related=no")
    prover = Prover(policy)
    prover._witnesses = Witnesses(other)

    with pytest.raises(EngineFailure):
        prover.confirm()
    with pytest.raises(EngineFailure):
        prover.prove(claimed(policy, "IV-PROHIBITIONS")[0])


class TestCommand:
    """`kg-access verify`."""

    def test_it_says_what_is_proved_and_how(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Each invariant is named, and the last lines say how many points were covered and how."""
        assert main(["verify", "IV-EXPIRED", "IV-EEA"]) == 0
        said = capsys.readouterr().out

        assert "proved  IV-EXPIRED" in said
        assert "2 proved, 0 broken" in said
        assert "points of the space of facts" in said
        assert "the guard was asked about" in said

    def test_a_broken_one_comes_with_a_case_to_paste(
        self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What it prints can be kept as a scenario file that fails until the fault is mended."""
        changed(folder, "limits/rules.csv", "LM-OWN-FAMILY,deny,conflict_of_interest,related=yes,,choice,\n", "")
        own = ["--policies", str(folder / "policies"), "--models", str(folder / "models")]
        assert main(["verify", "IV-OWN-FAMILY", *own]) == 4
        said = capsys.readouterr().out
        assert "BROKEN  IV-OWN-FAMILY" in said
        assert main(["verify", "IV-OWN-FAMILY", "--format", "json", *own]) == 4
        (told,) = json.loads(capsys.readouterr().out)["invariants"]
        file = tmp_path / "pasted.yaml"
        file.write_text(told["counterexample"]["case"], "utf-8")

        assert all(line in said for line in told["counterexample"]["case"].splitlines())
        assert main(["test", str(file), *own]) == 4
        assert main(["test", str(file)]) == 0

    def test_wrong_use_is_explained(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """An unknown invariant and a policy without any are told apart."""
        assert main(["verify", "IV-EXPIRD"]) == 2
        assert "did you mean `IV-EXPIRED`" in capsys.readouterr().err
        (folder / "policies" / "invariants.yaml").unlink()
        assert main(["verify", "--policies", str(folder / "policies")]) == 2
        assert "nothing is claimed" in capsys.readouterr().err


def test_an_expected_permit_is_written_with_its_obligations(prove: Claimed) -> None:
    """A case for what lacks an obligation expects the permit and the obligation."""
    (proof,) = prove("IV-X: {nl: x, en: x, clauses: [choice], permits: role=nurse, carry: [four_eyes]}")
    assert proof.counterexample is not None

    assert proof.counterexample.expected is Effect.PERMIT
    assert proof.counterexample.obligations == {Obligation.FOUR_EYES}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (
            "registers/processors.yaml",
            "KG-PRC-6a]\n  valid_from: null\n  valid_until: null",
            "KG-PRC-6a]\n  valid_from: null\n  valid_until: '2018-12-31'",
        ),
        (
            "registers/processors.yaml",
            "KG-PRC-6a]\n  valid_from: null\n  valid_until: null",
            "KG-PRC-6a]\n  valid_from: '2019-02-01'\n  valid_until: null",
        ),
    ],
    ids=["an agreement that ends before a service begins", "an agreement that begins after a service"],
)
def test_dates_that_never_meet_are_no_disagreement(path: str, old: str, new: str, folder: Path) -> None:
    """What dates rule out counts as unreachable, so that a sound policy stays provable."""
    policy = changed(folder, path, old, new)
    prover = Prover(policy)
    proofs = [prover.prove(invariant) for invariant in claimed(policy, "IV-PROHIBITIONS", "IV-PROCESSOR")]
    prover.confirm()

    assert all(proof.holds for proof in proofs)
