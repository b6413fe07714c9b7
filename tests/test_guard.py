"""The guard: what callers can ask, what they get, and that threads, faults and reloads never open anything."""

from __future__ import annotations

import copy
import logging
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kg_access import _snapshot, load_policy
from kg_access._engine import Answer, Engine
from kg_access.decision import Decision
from kg_access.dossier import Dossier
from kg_access.errors import AccessDenied, EngineFailure, InvalidInput, PolicyDataMissing, PolicyError, UnknownTerm
from kg_access.fact_finder import FactFinder
from kg_access.guard import Grant, Guard
from kg_access.policy import Policy
from kg_access.policy.record import Point
from kg_access.request import Context
from kg_access.subject import Assignment, Authorisation, Subject
from kg_access.vocabulary import Action, Disclosure, Effect, Kind, Mode, Obligation, Phase, Reason
from tests.people import BRUSSELS, DAY, GROUP, NOON, SERVICE, TEAM, UNHURRIED, able_guard, dossier, health, staff

PROJECT: Final = Path(__file__).resolve().parent.parent
POLICY: Final = able_guard().policy
EVERYTHING: Final = frozenset(Obligation)
RIGHTS: Final = "data_subject_rights"


@pytest.fixture
def guard() -> Guard:
    """A guard of this test alone, whose application carries out every obligation."""
    return Guard(POLICY, fulfils=EVERYTHING)


def unpublished() -> Policy:
    """Make another version of the policy, which permits nothing since it was not published in time."""
    return attrs.evolve(POLICY.overlaid(published=False), version="2.0.0", digest="0" * 64)


def memory(guard: Guard) -> dict[Any, Decision]:
    """Give what a guard remembers."""
    return guard._current.memory


class Failing:
    """An engine that fails for every question, with a text that nobody may read."""

    def __init__(self, error: Callable[[], Exception]) -> None:
        self.error = error
        self.asked = 0

    def ask(self, table: str, point: Point) -> Answer:  # noqa: ARG002 - the interface of the engine
        """Fail."""
        self.asked += 1
        raise self.error()


class Interrupting:
    """An engine that does something else before its first answer."""

    def __init__(self, engine: Engine, first: Callable[[], object]) -> None:
        self.engine = engine
        self.first = first

    def ask(self, table: str, point: Point) -> Answer:
        """Do what comes first, once, then answer."""
        first, self.first = self.first, lambda: None
        first()
        return self.engine.ask(table, point)


def put(guard: Guard, engine: object) -> None:
    """Give a guard another engine."""
    guard._current.point.engine = cast("Engine", engine)


def others() -> list[Any]:
    """Give dossiers of all phases, of another team, reserved, objected to, and of the person's own family."""
    return [
        *(dossier(phase, name=f"D-{phase}") for phase in Phase),
        dossier(name="D-team", team="LT-ANTW"),
        dossier(name="D-reserved", reserved_for=["an"]),
        dossier(name="D-objection", objection="pending"),
        dossier(name="D-family"),
        dossier(name="D-childcare", service="childcare"),
    ]


# -- decide -----------------------------------------------------------------------------------------------------------


def test_a_permit_tells_what_it_rests_on(guard: Guard) -> None:
    """The decision on ordinary work names effect, phase, rules, clauses, obligations, categories and policy."""
    decision = guard.decide(staff(), "read", dossier(), **health())

    assert (decision.effect, decision.allowed, bool(decision)) == (Effect.PERMIT, True, True)
    assert decision.phase is Phase.ACTIVE
    assert decision.rules == ("SC-FAMILY-SUPPORT", "ND-STAFF", "LM-NO-LIMIT")
    assert "KG-RET-2" in decision.clauses
    assert decision.obligations == {Obligation.LOG}
    assert decision.permitted == {"health"}
    assert not decision.redacted
    assert (decision.reasons, decision.disclosure, decision.unsupported) == ((), None, frozenset())
    assert (decision.policy.name, decision.policy.version) == (POLICY.name, POLICY.version)
    assert decision.policy.digest == POLICY.digest
    assert decision.facts is not None


def test_a_denial_tells_why(guard: Guard) -> None:
    """The decision on a passive dossier names the reason, the rule and the clause, and permits nothing."""
    decision = guard.decide(staff(), "read", dossier(Phase.PASSIVE), **health())

    assert (decision.effect, decision.allowed, bool(decision)) == (Effect.DENY, False, False)
    assert decision.phase is Phase.PASSIVE
    assert decision.reasons == (Reason.PASSIVE_RESTRICTED,)
    assert decision.rules == ("NX-PASSIVE",)
    assert "KG-RET-8" in decision.clauses
    assert (decision.permitted, dict(decision.redacted)) == (frozenset(), {})
    assert decision.disclosure is Disclosure.HIDE


def test_words_may_be_texts_or_members(guard: Guard) -> None:
    """A text, the member of its enumeration and a word in any kind of collection ask the same question."""
    expected = guard.decide(staff(), "read", dossier(), **health())

    assert guard.decide(staff(), Action.READ, dossier(), **health(mode=Mode.ALL)) is expected
    assert guard.decide(staff(), "read", dossier(), **health(mode="all", context=Context())) is expected
    for categories in (["health"], ("health",), {"health": 1}, iter(["health"]), frozenset({"health"})):
        assert guard.decide(staff(), "read", dossier(), **health(categories=categories)) is expected
    kind = Subject("x", kind=Kind.STAFF, assignments=iter(staff().assignments))
    assert guard.decide(kind, "read", dossier(), **health()) is expected


@pytest.mark.parametrize(
    "missing",
    [
        {"purpose": None}, {"purpose": ""}, {"group": None}, {"group": ""}, {"categories": ()}, {"categories": set()},
        {"purpose": None, "group": None, "categories": []},
    ],
)  # fmt: skip
def test_what_is_missing_denies(guard: Guard, missing: dict[str, Any]) -> None:
    """A request without purpose, group or categories is denied as incomplete, in either mode."""
    for mode in Mode:
        decision = guard.decide(staff(), "read", dossier(), **{**health(mode=mode), **missing})
        assert not decision
        assert Reason.INPUT_INCOMPLETE in decision.reasons


def test_nothing_but_who_what_and_which_is_incomplete(guard: Guard) -> None:
    """A request with nothing but its three positional arguments is a denial, not an error."""
    assert Reason.INPUT_INCOMPLETE in guard.decide(staff(), "read", dossier()).reasons


def test_without_a_moment_now_counts(guard: Guard) -> None:
    """A request without a moment is decided for today in Brussels."""
    today = datetime.now(BRUSSELS).date()
    running = dossier(use=[(today - timedelta(days=2), today + timedelta(days=2))], retain_until="9999-12-31")
    ended = dossier(use=[(today - timedelta(days=4), today - timedelta(days=2))], retain_until="9999-12-31")

    assert guard.decide(staff(), "read", running, **health(at=None)).phase is Phase.ACTIVE
    assert guard.decide(staff(), "read", ended, **health(at=None)).phase is Phase.PASSIVE


UNKNOWN: list[tuple[str, str, str, dict[str, Any]]] = [
    ("action", "raed", "read", {"action": "raed"}),
    ("categories", "helth", "health", {"categories": {"helth"}}),
    ("categories", "helth", "health", {"categories": {"financial", "helth"}, "mode": "redact"}),
    ("group", "child_and_familly", GROUP, {"group": "child_and_familly"}),
    ("purpose", "archiev", "archive", {"purpose": "archiev"}),
    ("mode", "redacted", "redact", {"mode": "redacted"}),
    ("role", "nurs", "nurse", {"subject": staff("nurs")}),
    ("service", "adoptoin", "adoption", {"subject": staff(service="adoptoin")}),
    ("service", "adoptoin", "adoption", {"dossier": dossier(service="adoptoin")}),
    ("channel", "e-mail", "email", {"context": Context(channel="e-mail")}),
    ("recipient_type", "hospitals", "hospital", {"context": Context(recipient_type="hospitals")}),
]


def put_question(guard: Guard, method: str, changes: dict[str, Any]) -> object:
    """Ask through one of the methods of the guard, with some arguments otherwise."""
    asked = {"subject": staff(), "action": "read", "dossier": dossier(), **health(), **changes}
    subject, action, file = asked.pop("subject"), asked.pop("action"), asked.pop("dossier")
    match method:
        case "decide_many":
            return guard.decide_many(subject, action, [dossier(), file], **asked)
        case "who_can":
            return guard.who_can(action, file, [staff(), subject], **asked)
        case _:
            return getattr(guard, method)(subject, action, file, **asked)


METHODS: Final = ("decide", "require", "decide_many", "who_can", "explain")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("field", "term", "near", "changes"), UNKNOWN)
def test_an_unknown_word_is_an_error_that_names_the_nearest(
    guard: Guard, method: str, field: str, term: str, near: str, changes: dict[str, Any]
) -> None:
    """A word outside its vocabulary is never denied in silence: the error names field, word and the word meant."""
    with pytest.raises(UnknownTerm) as raised:
        put_question(guard, method, changes)

    assert (raised.value.field, raised.value.term, raised.value.nearest) == (field, term, near)
    assert f"did you mean `{near}`?" in str(raised.value)


def test_an_unknown_word_leaves_no_trace(guard: Guard) -> None:
    """Unknown words and wrong types are not remembered, and what was decided before stays as it was."""
    before = guard.decide(staff(), "read", dossier(), **health())
    kept = dict(memory(guard))
    for number in range(20):
        for field, _, _, changes in UNKNOWN:
            spoilt = {**changes, field: f"unheard_{number}"} if field in {"action", "group", "purpose"} else changes
            with pytest.raises(UnknownTerm):
                put_question(guard, "decide", spoilt)

    assert memory(guard) == kept
    assert guard.decide(staff(), "read", dossier(), **health()) is before


@pytest.mark.parametrize("language", ["fr", "NL", "dutch", ""])
def test_an_unknown_language_is_an_error(guard: Guard, language: str) -> None:
    """An explanation in a language without texts is an error that names the languages there are."""
    with pytest.raises(UnknownTerm) as raised:
        guard.explain(staff(), "read", dossier(), **health(), language=language)
    assert raised.value.field == "language"
    with pytest.raises(UnknownTerm) as raised:
        guard.decide(staff(), "read", dossier(), **health()).explain(language=cast("Any", language))
    assert raised.value.field == "language"


@pytest.mark.parametrize("changes", [{"purpose": "missing"}, {"group": "missing"}, {"categories": {"missing"}}])
def test_the_word_for_missing_is_not_a_word_for_callers(guard: Guard, changes: dict[str, Any]) -> None:
    """The word that facts use for what was left out is unknown when a caller writes it."""
    with pytest.raises(UnknownTerm):
        put_question(guard, "decide", changes)


def test_the_word_for_no_recipient_is_not_a_word_for_callers(guard: Guard) -> None:
    """The word that facts use for no recipient type is unknown when a caller writes it."""
    with pytest.raises(UnknownTerm):
        guard.decide(staff(), "read", dossier(), **health(context=Context(recipient_type="none")))


@pytest.mark.parametrize("role", ["elsewhere", "nobody"])
def test_the_words_for_no_role_are_not_roles(guard: Guard, role: str) -> None:
    """The words that facts use for somebody without a role are unknown when an assignment holds them."""
    with pytest.raises(UnknownTerm):
        guard.decide(staff(role), "read", dossier(), **health())


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("subject", {"subject": None}),
    ("subject", {"subject": "nele"}),
    ("subject", {"subject": dossier()}),
    ("dossier", {"dossier": None}),
    ("dossier", {"dossier": "D1"}),
    ("dossier", {"dossier": staff()}),
    ("action", {"action": None}),
    ("action", {"action": 1}),
    ("action", {"action": ["read"]}),
    ("categories", {"categories": "health"}),
    ("categories", {"categories": b"health"}),
    ("categories", {"categories": 7}),
    ("categories", {"categories": [7]}),
    ("categories", {"categories": [None]}),
    ("categories", {"categories": [["health"]]}),
    ("group", {"group": 7}),
    ("group", {"group": ["child_and_family"]}),
    ("purpose", {"purpose": 7}),
    ("purpose", {"purpose": b"archive"}),
    ("mode", {"mode": None}),
    ("mode", {"mode": 1}),
    ("context", {"context": {"channel": "email"}}),
    ("context", {"context": "email"}),
    ("at", {"at": datetime(2019, 6, 17, 12)}),  # noqa: DTZ001 - a naive moment is what is refused
    ("at", {"at": date(2019, 6, 17)}),
    ("at", {"at": "2019-06-17"}),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("field", "changes"), WRONG)
def test_a_wrong_type_is_an_error_that_names_the_argument(
    guard: Guard, method: str, field: str, changes: dict[str, Any]
) -> None:
    """An argument of the wrong type, or a naive moment, is an error of the caller and no denial."""
    with pytest.raises(InvalidInput) as raised:
        put_question(guard, method, changes)

    assert raised.value.field == field
    assert not isinstance(raised.value, UnknownTerm)


@pytest.mark.parametrize("value", [None, 7, "D1", dossier()])
def test_many_dossiers_are_a_collection(guard: Guard, value: Any) -> None:
    """A single dossier, or none, is not a collection of dossiers."""
    with pytest.raises(InvalidInput) as raised:
        guard.decide_many(staff(), "read", value, **health())
    assert raised.value.field in {"dossiers", "dossier"}


@pytest.mark.parametrize("value", [None, 7, "nele", staff()])
def test_many_subjects_are_a_collection(guard: Guard, value: Any) -> None:
    """A single subject, or none, is not a collection of subjects."""
    with pytest.raises(InvalidInput) as raised:
        guard.who_can("read", dossier(), value, **health())
    assert raised.value.field in {"subjects", "subject"}


# -- sharing, copying, pickling ---------------------------------------------------------------------------------------


def test_equal_facts_share_one_decision(guard: Guard) -> None:
    """Two people, two dossiers and two moments with equal facts get one object, permit or denial, by every method."""
    later = NOON + timedelta(days=3)
    questions: list[dict[str, Any]] = [{**health()}, {**health(categories={"judicial"})}]
    for asked in questions:
        decision = guard.decide(staff(), "read", dossier(), **asked)
        other = guard.decide(
            staff(name="piet", team="T2"), "read", dossier(name="D2", team="T2"), **{**asked, "at": later}
        )
        assert other is decision
        assert guard.decide_many(staff(), "read", [dossier(name="D3")], **asked) == [decision]
        assert guard.decide_many(staff(), "read", [dossier(name="D3")], **asked)[0] is decision
        assert guard.decide(staff(), "read", dossier(), **asked) is decision


@pytest.mark.parametrize("categories", [{"health"}, {"judicial"}, {"health", "judicial"}])
def test_decisions_survive_pickle_and_copy(guard: Guard, categories: set[str]) -> None:
    """A pickled decision equals the original in every field; a copy is the original."""
    for mode in Mode:
        decision = guard.decide(staff(), "read", dossier(), **health(categories=categories, mode=mode))
        restored = pickle.loads(pickle.dumps(decision))  # noqa: S301 - we made it

        assert restored == decision
        assert hash(restored) == hash(decision)
        assert bool(restored) is bool(decision)
        for field in attrs.fields(Decision):
            if field.name != "explainer":
                assert getattr(restored, field.name) == getattr(decision, field.name)
        assert copy.copy(decision) is copy.deepcopy(decision) is decision
        assert decision.explain() is not None
        with pytest.raises(LookupError):
            restored.explain()


def test_a_shared_decision_cannot_be_changed(guard: Guard) -> None:
    """Since decisions are shared, neither their fields nor what these hold can be changed."""
    decision = guard.decide(staff(), "read", dossier(), **health(categories={"health", "judicial"}, mode="redact"))

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        decision.effect = Effect.DENY  # type: ignore[misc]
    with pytest.raises(TypeError):
        cast("dict[str, Any]", decision.redacted)["health"] = ()
    for name in ("rules", "reasons", "clauses"):
        assert isinstance(getattr(decision, name), tuple)
    for name in ("obligations", "permitted", "unsupported"):
        assert isinstance(getattr(decision, name), frozenset)


# -- require, many, what, who -----------------------------------------------------------------------------------------


def test_require_gives_the_permit_or_raises_the_denial(guard: Guard) -> None:
    """The permit is the one that decide gives; a denial is raised with the decision in it."""
    assert guard.require(staff(), "read", dossier(), **health()) is guard.decide(staff(), "read", dossier(), **health())
    with pytest.raises(AccessDenied) as raised:
        guard.require(staff(), "read", dossier(Phase.PASSIVE), **health())
    assert raised.value.decision is guard.decide(staff(), "read", dossier(Phase.PASSIVE), **health())


@UNHURRIED
@given(
    st.lists(st.sampled_from(range(11)), max_size=20),
    st.sampled_from(list(Action)),
    st.frozensets(st.sampled_from(["health", "judicial", "identification"]), max_size=3),
    st.sampled_from([SERVICE, "accountability", RIGHTS, None]),
    st.sampled_from(list(Mode)),
    st.sampled_from([None, Context(), Context(case_ref="C-1"), Context(destination_country="VN", channel="email")]),
    st.sampled_from(
        [
            staff(),
            attrs.evolve(staff(), related_to={"D-family"}),
            staff("passive_file_keeper", team=None),
            staff("privacy_officer", "all", team=None),
            Subject(
                "x", kind="recipient", organisation="statistiek_vlaanderen",
                assignments=[Assignment(role="official_recipient", service="all")],
                authorisations=[
                    Authorisation(
                        id="A", service=SERVICE, categories=["health"], purpose=RIGHTS, phases=["active", "passive"]
                    )
                ],
            ),
        ]
    ),
)  # fmt: skip
def test_many_at_once_get_what_each_gets_alone(
    numbers: list[int],
    action: Action,
    categories: frozenset[str],
    purpose: str | None,
    mode: Mode,
    context: Context | None,
    subject: Subject,
) -> None:
    """Deciding on a list gives for each dossier, in the same order, the decision that it gets by itself."""
    able = able_guard()
    files = [others()[number] for number in numbers]
    asked: dict[str, Any] = {**health(categories=categories, purpose=purpose, mode=mode, context=context)}
    together = able.decide_many(subject, action, files, **asked)

    assert together == [able.decide(subject, action, file, **asked) for file in files]
    assert able.decide_many(subject, action, iter(files), **{**asked, "categories": iter(categories)}) == together


def test_the_country_of_origin_counts_among_many() -> None:
    """Two adoption dossiers that differ in their country of origin only are told apart in a list."""
    able = able_guard()
    manager = staff("adoption_file_manager", "adoption", team="VCA")
    context = Context(
        destination_country="VN", recipient_type="competent_authority", legal_basis_ref="L", second_approver="mia"
    )
    asked = health(categories={"identification"}, group="candidate_adopter", purpose="adoption", context=context)
    files = [dossier(service="adoption", team="VCA", country_of_origin=country) for country in ("VN", "BR", "VN", None)]

    decisions = able.decide_many(manager, "transfer", files, **asked)
    assert list(map(bool, decisions)) == [True, False, True, False]
    assert decisions[1].reasons == (Reason.COUNTRY_MISMATCH,)


def test_many_of_none_are_none(guard: Guard) -> None:
    """No dossiers, no decisions."""
    assert guard.decide_many(staff(), "read", [], **health()) == []


def test_what_somebody_can_do_is_what_is_permitted_one_by_one(guard: Guard) -> None:
    """The actions and categories listed are exactly those that a question about each of them permits."""
    found = guard.what_can(staff(), dossier(), group=GROUP, purpose=SERVICE, at=NOON)

    assert set(found) == {"read", "search", "update", "communicate", "store"}
    for action in Action:
        permitted = {
            category
            for category in POLICY.vocabulary.categories
            if guard.decide(staff(), action, dossier(), **health(categories={category}))
        }
        assert found.get(action, frozenset()) == permitted
    assert "health" in found[Action.READ]
    assert "judicial" not in found[Action.READ]


def test_somebody_who_can_do_nothing_gets_nothing(guard: Guard) -> None:
    """A passive dossier gives a nurse no action at all, rather than actions without categories."""
    assert guard.what_can(staff(), dossier(Phase.PASSIVE), group=GROUP, purpose=SERVICE, at=NOON) == {}


def test_the_circumstances_count_in_what_somebody_can_do(guard: Guard) -> None:
    """Ethnic origin is listed only with a note of relevance."""
    asked: dict[str, Any] = {"group": GROUP, "purpose": SERVICE, "at": NOON}

    assert "ethnic_origin" not in guard.what_can(staff(), dossier(), **asked)[Action.READ]
    with_note = guard.what_can(staff(), dossier(), **asked, context=Context(relevance_ref="R-1"))
    assert "ethnic_origin" in with_note[Action.READ]


def test_who_can_lists_those_who_may_in_order_with_their_rules(guard: Guard) -> None:
    """Of some subjects, those who may are listed in the given order, each with decision and rules."""
    people = [
        staff(name="nele"),
        staff(name="bert", team="LT-ANTW"),
        staff("consultation_physician", name="an"),
        staff("client_manager", "childcare", name="tom"),
        staff(name="piet"),
    ]
    found = guard.who_can("read", dossier(), iter(people), **health(categories=iter(["health"])))

    assert [grant.subject for grant in found] == [people[0], people[2], people[4]]
    for grant in found:
        assert isinstance(grant, Grant)
        assert grant.decision is guard.decide(grant.subject, "read", dossier(), **health())
        assert grant.rules == grant.decision.rules == ("SC-FAMILY-SUPPORT", "ND-STAFF", "LM-NO-LIMIT")


def test_what_can_and_who_can_keep_to_one_policy(guard: Guard) -> None:
    """A reload in the middle of a list does not mix two policies in one answer."""
    put(guard, Interrupting(guard._current.point.engine, lambda: guard.reload(unpublished())))
    found = guard.who_can("read", dossier(), [staff(), staff("family_supporter"), staff(name="b")], **health(
        categories={"identification"})
    )  # fmt: skip
    assert {grant.decision.policy.version for grant in found} == {POLICY.version}
    assert len(found) == 3

    guard.reload(POLICY)
    put(guard, Interrupting(guard._current.point.engine, lambda: guard.reload(unpublished())))
    assert guard.what_can(staff(), dossier(), group=GROUP, purpose=SERVICE, at=NOON) == able_guard().what_can(
        staff(), dossier(), group=GROUP, purpose=SERVICE, at=NOON
    )


# -- redaction and disclosure -----------------------------------------------------------------------------------------


def test_redaction_leaves_out_what_is_not_allowed(guard: Guard) -> None:
    """With redaction, what is allowed is permitted and the rest is listed with its reasons."""
    categories = {"health", "financial", "religious_belief"}
    decision = guard.decide(staff(), "read", dossier(), **health(categories=categories, mode="redact"))

    assert decision
    assert decision.permitted == {"health"}
    assert set(decision.redacted) == {"financial", "religious_belief"}
    assert decision.redacted["financial"] == (Reason.ROLE_CATEGORY,)
    assert Reason.CATEGORY_NOT_LISTED in decision.redacted["religious_belief"]
    assert set(decision.reasons) == {reason for reasons in decision.redacted.values() for reason in reasons}
    assert Obligation.REDACT in decision.obligations
    assert not guard.decide(staff(), "read", dossier(), **health(categories=categories, mode="all"))


def test_redaction_of_nothing_needs_no_redaction(guard: Guard) -> None:
    """When everything is allowed, redaction permits as usual and adds no obligation."""
    decision = guard.decide(staff(), "read", dossier(), **health(mode="redact"))

    assert decision
    assert dict(decision.redacted) == {}
    assert decision.obligations == {Obligation.LOG}


def test_redaction_of_everything_is_a_denial(guard: Guard) -> None:
    """A request in which no category survives is denied, and so is one that a limit forbids."""
    decision = guard.decide(staff(), "read", dossier(), **health(categories={"financial", "judicial"}, mode="redact"))
    assert not decision
    assert decision.reasons == (Reason.ROLE_CATEGORY,)
    assert dict(decision.redacted) == {}

    limited = health(categories={"health", "financial"}, mode="redact", context=Context(channel="facebook"))
    assert Reason.CHANNEL_SOCIAL_MEDIA in guard.decide(staff(), "communicate", dossier(), **limited).reasons


@UNHURRIED
@given(
    st.frozensets(st.sampled_from(sorted(POLICY.vocabulary.categories)), min_size=1), st.sampled_from(["all", "redact"])
)
def test_permitted_and_redacted_are_what_was_asked(categories: frozenset[str], mode: str) -> None:
    """On a permit, permitted and redacted categories together are those asked for, and each is judged for itself."""
    able = able_guard()
    decision = able.decide(staff(), "read", dossier(), **health(categories=categories, mode=mode))
    alone = {c for c in categories if able.decide(staff(), "read", dossier(), **health(categories={c}))}

    if decision:
        assert decision.permitted == alone
        assert decision.permitted | set(decision.redacted) == categories
        assert not decision.permitted & set(decision.redacted)
        assert mode == "redact" or not decision.redacted
        assert all(decision.redacted.values())
    else:
        assert (decision.permitted, dict(decision.redacted)) == (frozenset(), {})
        assert alone != categories
        assert mode == "all" or not alone


def test_a_denial_says_whether_the_dossier_may_be_shown_to_exist(guard: Guard) -> None:
    """A family tie hides the dossier, a category outside the role does not, and a permit has nothing to hide."""
    hidden = guard.decide(attrs.evolve(staff(), related_to={"D1"}), "read", dossier(), **health())
    shown = guard.decide(staff(), "read", dossier(), **health(categories={"judicial"}))

    assert hidden.disclosure is Disclosure.HIDE
    assert shown.disclosure is Disclosure.FORBID
    assert guard.decide(staff(), "read", dossier(), **health()).disclosure is None


@UNHURRIED
@given(st.sampled_from(range(11)), st.sampled_from(list(Action)))
def test_a_denial_is_hidden_if_one_of_its_reasons_is(number: int, action: Action) -> None:
    """One reason that may not show that the dossier exists is enough to hide it."""
    person = attrs.evolve(staff(), related_to={"D-family"})
    decision = able_guard().decide(person, action, others()[number], **health())

    hides = any(POLICY.reasons[reason].disclosure is Disclosure.HIDE for reason in decision.reasons)
    assert decision.disclosure is (None if decision else Disclosure.HIDE if hides else Disclosure.FORBID)


# -- obligations ------------------------------------------------------------------------------------------------------


def keeper_asks(**changes: Any) -> dict[str, Any]:
    """Give the arguments of a keeper of passive dossiers, whose permit has an obligation."""
    return {**health(purpose="accountability"), **changes}


def test_without_saying_so_nothing_but_logging_is_carried_out() -> None:
    """A permit with an obligation that nobody promised to carry out is a denial that names the obligation."""
    plain = Guard(POLICY)
    keeper = staff("passive_file_keeper", team=None)
    decision = plain.decide(keeper, "read", dossier(Phase.PASSIVE), **keeper_asks())

    assert not decision
    assert decision.reasons == (Reason.OBLIGATION_NOT_SUPPORTED,)
    assert decision.unsupported == {Obligation.RECORD_JUSTIFICATION}
    assert decision.obligations == {Obligation.LOG}
    assert decision.permitted == frozenset()
    assert plain.decide(staff(), "read", dossier(), **health())
    with pytest.raises(AccessDenied):
        plain.require(keeper, "read", dossier(Phase.PASSIVE), **keeper_asks())


@pytest.mark.parametrize("fulfils", [["record_justification"], {Obligation.RECORD_JUSTIFICATION}, EVERYTHING])
def test_what_the_application_carries_out_is_permitted(fulfils: Any) -> None:
    """An obligation that the application says it carries out stays on the permit; logging need not be said."""
    decision = Guard(POLICY, fulfils=fulfils).decide(
        staff("passive_file_keeper", team=None), "read", dossier(Phase.PASSIVE), **keeper_asks()
    )

    assert decision
    assert decision.obligations == {Obligation.LOG, Obligation.RECORD_JUSTIFICATION}
    assert decision.unsupported == frozenset()


def test_redaction_is_an_obligation_too() -> None:
    """An application that cannot leave categories out is not given a permit that asks for it."""
    asked = health(categories={"health", "judicial"}, mode="redact")
    decision = Guard(POLICY).decide(staff(), "read", dossier(), **asked)

    assert not decision
    assert decision.unsupported == {Obligation.REDACT}
    assert Guard(POLICY, fulfils=["redact"]).decide(staff(), "read", dossier(), **asked)


def test_what_is_carried_out_survives_a_reload() -> None:
    """A guard keeps to what its application said when the policy is swapped."""
    reloaded = Guard(POLICY, fulfils=["record_justification"])
    reloaded.reload(attrs.evolve(POLICY, version="1.0.1"))
    keeper = staff("passive_file_keeper", team=None)

    assert reloaded.decide(keeper, "read", dossier(Phase.PASSIVE), **keeper_asks())
    assert not reloaded.decide(
        staff("privacy_officer", "all"), "read", dossier(), **health(purpose=RIGHTS, context=Context(case_ref="C"))
    )


@pytest.mark.parametrize(("fulfils", "near"), [(["logg"], "log"), (["record_justificaton"], "record_justification")])
def test_an_unknown_obligation_is_refused(fulfils: list[str], near: str) -> None:
    """What an application says it carries out is a list of known obligations."""
    makers: list[Callable[[], Guard]] = [
        lambda: Guard(POLICY, fulfils=fulfils),
        lambda: Guard.shipped(fulfils=fulfils),
    ]
    for make in makers:
        with pytest.raises(UnknownTerm) as raised:
            make()
        assert (raised.value.field, raised.value.nearest) == ("fulfils", near)


@pytest.mark.parametrize("fulfils", ["log", b"log", 7, None, [7]])
def test_obligations_are_a_collection_of_words(fulfils: Any) -> None:
    """A bare string, which would be read letter by letter, is refused."""
    with pytest.raises(InvalidInput) as raised:
        Guard(POLICY, fulfils=fulfils)
    assert raised.value.field == "fulfils"


# -- faults -----------------------------------------------------------------------------------------------------------

PRIVATE: Final = "nele-zq7f3ax"
FAULTS: list[Callable[[], Exception]] = [
    lambda: RuntimeError(f"{PRIVATE} cannot be read"),
    lambda: EngineFailure("need", "Casbin is switched off"),
    lambda: KeyError(PRIVATE),
    lambda: RecursionError(PRIVATE),
    lambda: ValueError(PRIVATE),
    lambda: MemoryError(PRIVATE),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_while_deciding_denies_and_is_not_remembered(
    guard: Guard, caplog: pytest.LogCaptureFixture, fault: Callable[[], Exception]
) -> None:
    """When the engine fails, access is denied, the log says so without a personal word, and the next try is fresh."""
    engine = guard._current.point.engine
    failing = Failing(fault)
    put(guard, failing)
    caplog.set_level(logging.DEBUG, logger="kg_access.decisions")
    person = staff(name=PRIVATE, team=PRIVATE)
    file = dossier(name=f"{PRIVATE}-file", team=PRIVATE)

    denied = guard.decide(person, "read", file, **health())
    assert not denied
    assert denied.reasons == (Reason.ENGINE_FAILURE,)
    assert denied.phase is Phase.ACTIVE
    assert denied.obligations == {Obligation.LOG}
    assert not denied.permitted
    assert denied.policy.digest == POLICY.digest
    assert len(memory(guard)) == 0
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert "denies" in caplog.records[0].getMessage()
    assert PRIVATE not in caplog.text
    assert all(PRIVATE not in repr(record.__dict__) for record in caplog.records)
    assert all(record.exc_info is None for record in caplog.records)

    asked = failing.asked
    guard.decide(person, "read", file, **health())
    assert failing.asked > asked
    with pytest.raises(AccessDenied) as raised:
        guard.require(person, "read", file, **health())
    assert PRIVATE not in str(raised.value)
    assert [bool(decision) for decision in guard.decide_many(person, "read", [file, file], **health())] == [
        False,
        False,
    ]
    assert guard.who_can("read", file, [person], **health()) == []
    assert guard.what_can(person, file, group=GROUP, purpose=SERVICE, at=NOON) == {}

    put(guard, engine)
    assert guard.decide(person, "read", file, **health())


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_no_fault(guard: Guard, interrupt: type[BaseException]) -> None:
    """Stopping the program is neither a denial nor a permit: it goes through."""
    put(guard, Failing(cast("Callable[[], Exception]", interrupt)))
    with pytest.raises(interrupt):
        guard.decide(staff(), "read", dossier(), **health())
    assert len(memory(guard)) == 0


class Unwilling(Context):
    """A context that fails when it is read."""

    def __getattribute__(self, name: str) -> object:
        """Fail."""
        raise RuntimeError(PRIVATE)


def test_a_record_that_is_not_quite_one_gives_no_permit(guard: Guard, caplog: pytest.LogCaptureFixture) -> None:
    """A subclass of a context, which could do as it pleases, is refused, and its text reaches no log."""
    with pytest.raises(InvalidInput) as raised:
        guard.decide(staff(), "read", dossier(), **health(context=object.__new__(Unwilling)))

    assert raised.value.field == "context"
    assert PRIVATE not in str(raised.value)
    assert PRIVATE not in caplog.text


def test_a_dossier_that_cannot_be_read_denies_in_its_phase_of_that_day(guard: Guard) -> None:
    """When facts cannot be found, the denial names the phase of the day that was asked about."""
    broken = dossier(Phase.PASSIVE)
    object.__setattr__(broken, "reserved_for", 7)

    decision = guard.decide(staff(), "read", broken, **health())
    assert not decision
    assert decision.reasons == (Reason.ENGINE_FAILURE,)
    assert decision.phase is Phase.PASSIVE


# -- policies, reloads and threads ------------------------------------------------------------------------------------


def test_shipped_and_loaded_policies_are_the_same() -> None:
    """The policy in the folders of the project is the one that comes with the library."""
    loaded = Guard.load(PROJECT / "policies", models=PROJECT / "models")

    assert loaded.policy.digest == Guard.shipped().policy.digest == POLICY.digest
    assert Guard.load(str(PROJECT / "policies")).policy == loaded.policy
    assert repr(loaded) == f"<Guard {POLICY.name} {POLICY.version} ({POLICY.digest[:12]})>"
    assert load_policy(PROJECT / "policies").digest == POLICY.digest


def test_a_folder_that_is_not_there_is_missing_data(tmp_path: Path) -> None:
    """Loading from nowhere says where was looked."""
    with pytest.raises(PolicyDataMissing) as raised:
        Guard.load(tmp_path / "nowhere")
    assert any("nowhere" in place for place in raised.value.looked_in)


def test_a_policy_that_is_refused_lists_every_finding(folder: Path) -> None:
    """A folder with two things wrong gives both, and a guard that was told to reload it stays as it was."""
    (folder / "policies" / "need" / "rules.csv").write_text("id,effect\n", encoding="utf-8")
    (folder / "policies" / "policy.toml").write_text("name = 7\n", encoding="utf-8")
    guard = Guard(POLICY)
    before = guard.decide(staff(), "read", dossier(), **health())

    with pytest.raises(PolicyError) as raised:
        guard.reload(folder / "policies", models=folder / "models")
    assert {finding.path for finding in raised.value.findings} >= {"need/rules.csv", "policy.toml"}
    assert guard.policy is POLICY
    assert guard.decide(staff(), "read", dossier(), **health()) is before


def test_reload_reads_a_folder_or_takes_a_policy(guard: Guard) -> None:
    """A path, a text and a policy are accepted, and the next decision is under the new one."""
    for source in (PROJECT / "policies", str(PROJECT / "policies"), unpublished()):
        guard.reload(source)
        decision = guard.decide(staff(), "read", dossier(), **health())
        assert decision.policy.version == guard.policy.version
    assert decision.policy.version == "2.0.0"
    assert decision.reasons == (Reason.POLICY_NOT_PUBLISHED,)


def test_reload_forgets_what_was_decided_before(guard: Guard) -> None:
    """Nothing that was remembered under one policy is answered under the next, nor under the first put back."""
    before = guard.decide(staff(), "read", dossier(), **health())
    guard.reload(unpublished())
    assert len(memory(guard)) == 0
    assert not guard.decide(staff(), "read", dossier(), **health())
    guard.reload(POLICY)
    after = guard.decide(staff(), "read", dossier(), **health())

    assert after is not before
    assert after == before


def test_a_decision_under_way_keeps_its_policy(guard: Guard) -> None:
    """A reload between two questions to the engine changes neither the answer nor the version that it names."""
    two = [dossier(), dossier(name="D2", reserved_for=["nele"])]
    ways: list[Callable[[], Decision]] = [
        lambda: guard.decide(staff(), "read", dossier(), **health()),
        lambda: guard.decide_many(staff(), "read", two, **health())[1],
        lambda: guard.require(staff(), "read", dossier(), **health()),
    ]
    for ask in ways:
        guard.reload(POLICY)
        put(guard, Interrupting(guard._current.point.engine, lambda: guard.reload(unpublished())))
        decision = ask()
        assert decision
        assert decision.policy.version == POLICY.version
        assert not guard.decide(staff(), "read", dossier(), **health())


def test_an_explanation_keeps_the_policy_of_its_decision(guard: Guard) -> None:
    """A decision explains itself under the policy under which it was taken, also after a reload."""
    decision = guard.decide(staff(), "read", dossier(Phase.PASSIVE), **health())
    before = decision.explain()
    guard.reload(unpublished())

    assert decision.explain() == before


def test_threads_that_decide_during_reloads_get_one_policy_or_the_other(guard: Guard) -> None:
    """Each decision names one of the two policies and has the answer of that policy, whenever the reload comes."""
    versions = [POLICY, unpublished()]
    files = others()
    expected = {
        policy.version: [Guard(policy, fulfils=EVERYTHING).decide(staff(), "read", file, **health()) for file in files]
        for policy in versions
    }
    start, stop = threading.Barrier(9), threading.Event()

    def decide(number: int) -> list[tuple[int, Decision]]:
        found: dict[tuple[int, int], Decision] = {}
        start.wait()
        rounds = 0
        while not stop.is_set() or rounds < 20:
            index = (rounds + number) % len(files)
            alone = guard.decide(staff(), "read", files[index], **health())
            found[index, id(alone)] = alone
            for place, decision in enumerate(guard.decide_many(staff(), "read", files, **health())):
                found[place, id(decision)] = decision
            rounds += 1
        return [(place, decision) for (place, _), decision in found.items()]

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(decide, number) for number in range(8)]
        start.wait()
        for number in range(8):
            guard.reload(versions[number % 2])
        stop.set()
        answers = [answer for thread in running for answer in thread.result()]

    for index, decision in answers:
        assert decision == expected[decision.policy.version][index]
    assert {decision.policy.version for _, decision in answers} == expected.keys()


def test_threads_that_ask_the_same_for_the_first_time_agree(guard: Guard) -> None:
    """Many threads with the same new question get equal decisions and leave one in memory."""
    start = threading.Barrier(8)

    def decide(_: int) -> Decision:
        start.wait()
        return guard.decide(staff(), "read", dossier(), **health())

    with ThreadPoolExecutor(8) as pool:
        decisions = list(pool.map(decide, range(8)))

    assert len(set(decisions)) == 1
    assert len(memory(guard)) == 1


def questions() -> Iterator[dict[str, Any]]:
    """Give questions whose facts all differ."""
    for action in Action:
        for category in sorted(POLICY.vocabulary.categories):
            yield {"action": action, "categories": {category}}


def test_the_memory_is_bounded(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard remembers no more than its limit, forgets the oldest first, and decides the same again."""
    monkeypatch.setattr(_snapshot, "REMEMBERED", 5)
    asked = list(questions())
    first = [put_question(guard, "decide", question) for question in asked]
    assert len(memory(guard)) == 5
    assert list(memory(guard).values()) == first[-5:]

    assert [put_question(guard, "decide", question) for question in asked] == first
    assert len(memory(guard)) == 5
    guard.decide_many(staff(), "read", others(), **health())
    assert len(memory(guard)) == 5


def test_asking_again_pushes_nothing_out(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question whose answer is remembered, permit or denial, alone or among many, makes nobody forget another."""
    monkeypatch.setattr(_snapshot, "REMEMBERED", 2)
    permit = guard.decide(staff(), "read", dossier(), **health())
    denial = guard.decide(staff(), "read", dossier(), **health(categories={"judicial"}))
    for _ in range(3):
        assert guard.decide_many(staff(), "read", [dossier()], **health(categories={"judicial"}))[0] is denial
        assert guard.decide_many(staff(), "read", [dossier()], **health())[0] is permit
        assert guard.decide(staff(), "read", dossier(), **health()) is permit
    assert len(memory(guard)) == 2


# -- properties -------------------------------------------------------------------------------------------------------

ROLES: Final = st.sampled_from(
    ["nurse", "family_supporter", "consultation_physician", "passive_file_keeper", "privacy_officer", "archivist",
     "data_protection_officer", "system_administrator", "consultation_volunteer", "client_manager"]
)  # fmt: skip
ASSIGNMENTS: Final = st.builds(
    Assignment,
    role=ROLES,
    service=st.sampled_from([SERVICE, SERVICE, "all", "adoption"]),
    team=st.sampled_from([TEAM, TEAM, "LT-ANTW", None]),
    dossier=st.sampled_from([None, "D1", "D2"]),
    task=st.sampled_from([None, "T1"]),
    on_behalf_of=st.sampled_from([None, None, None, "an"]),
    valid_until=st.sampled_from([None, None, DAY, DAY - timedelta(days=1)]),
)
KINDS: Final = st.sampled_from([Kind.STAFF, Kind.STAFF, Kind.STAFF, Kind.VOLUNTEER, Kind.AUDITOR])
DOSSIERS: Final = st.builds(
    dossier,
    st.sampled_from([Phase.ACTIVE, Phase.PASSIVE, *Phase]),
    reserved_for=st.sampled_from([[], [], ["an"], ["x"]]),
    objection=st.sampled_from([None, None, "pending", "rejected"]),
)
ACTIONS: Final = st.sampled_from([Action.READ, Action.READ, *Action])
CATEGORIES: Final = st.sampled_from(["health", "identification", "financial", "judicial", "ethnic_origin"])
PURPOSES: Final = st.sampled_from([SERVICE, SERVICE, RIGHTS, "accountability", "legal_claim", "archive", None])
CONTEXTS: Final = st.builds(
    Context,
    case_ref=st.sampled_from([None, "C-1"]),
    relevance_ref=st.sampled_from([None, "R-1"]),
    identity_proof=st.sampled_from([None, "verified"]),
    break_glass=st.sampled_from([None, "a child in danger"]),
    channel=st.sampled_from([None, "email", "facebook"]),
)
BREAKABLE: Final = Guard(POLICY.overlaid(break_glass=True), fulfils=EVERYTHING)
GUARDS: Final = st.sampled_from(
    [able_guard(), BREAKABLE, Guard(POLICY), Guard(POLICY, fulfils=["record_justification"])]
)


@st.composite
def asked(draw: st.DrawFn, *, several: bool = False) -> dict[str, Any]:
    """Draw the keyword arguments of a question, about one category or about several with redaction."""
    categories = draw(st.frozensets(CATEGORIES, min_size=1, max_size=3 if several else 1))
    mode = "redact" if several else "all"
    return {**health(categories=categories, purpose=draw(PURPOSES), context=draw(CONTEXTS), mode=mode)}


KEEPER: Final = Assignment(role="passive_file_keeper", service=SERVICE)
OFFICER: Final = Assignment(role="privacy_officer", service="all")
RIGHTS_CASE: Final[dict[str, Any]] = {**health(purpose=RIGHTS, context=Context(case_ref="C-1"))}


def person(kind: Kind, *assignments: Assignment) -> Subject:
    """Make a person with these assignments."""
    return Subject("x", kind=kind, assignments=assignments)


@UNHURRIED
@given(able=GUARDS, kind=KINDS, one=ASSIGNMENTS, other=ASSIGNMENTS, file=DOSSIERS, action=ACTIONS, question=asked())
@example(
    able=able_guard(),
    kind=Kind.STAFF,
    one=Assignment(role="nurse", service=SERVICE, team="LT-ANTW"),
    other=Assignment(role="family_supporter", service=SERVICE, team=TEAM),
    file=dossier(),
    action=Action.READ,
    question={**health()},
)
@example(
    able=Guard(POLICY, fulfils=["redact_third_party"]),
    kind=Kind.STAFF,
    one=KEEPER,
    other=OFFICER,
    file=dossier(Phase.PASSIVE),
    action=Action.READ,
    question=RIGHTS_CASE,
)
def test_two_assignments_give_what_either_gives(
    able: Guard,
    kind: Kind,
    one: Assignment,
    other: Assignment,
    file: Any,
    action: Action,
    question: dict[str, Any],
) -> None:
    """Somebody with two assignments may see a category if and only if one of the two by itself allows it."""
    together = able.decide(person(kind, one, other), action, file, **question)
    alone = [able.decide(person(kind, assignment), action, file, **question) for assignment in (one, other)]

    assert bool(together) is any(alone)


@UNHURRIED
@given(kind=KINDS, one=ASSIGNMENTS, other=ASSIGNMENTS, file=DOSSIERS, action=ACTIONS, question=asked(several=True))
def test_two_assignments_give_the_categories_that_either_gives(
    kind: Kind, one: Assignment, other: Assignment, file: Any, action: Action, question: dict[str, Any]
) -> None:
    """With redaction, the categories permitted are those that the one or the other assignment gives."""
    together = able_guard().decide(person(kind, one, other), action, file, **question)
    alone = [able_guard().decide(person(kind, assignment), action, file, **question) for assignment in (one, other)]

    assert together.permitted == alone[0].permitted | alone[1].permitted


@UNHURRIED
@given(
    able=GUARDS,
    kind=KINDS,
    assignments=st.lists(ASSIGNMENTS, min_size=1, max_size=4),
    number=st.integers(0, 3),
    file=DOSSIERS,
    action=ACTIONS,
    question=st.one_of(asked(), asked(several=True)),
)
@example(
    able=Guard(POLICY, fulfils=["redact_third_party"]),
    kind=Kind.STAFF,
    assignments=[KEEPER, OFFICER],
    number=0,
    file=dossier(Phase.PASSIVE),
    action=Action.READ,
    question=RIGHTS_CASE,
)
@example(
    able=Guard(POLICY.overlaid(break_glass=True), fulfils=["redact"]),
    kind=Kind.STAFF,
    assignments=[
        Assignment(role="nurse", service=SERVICE, team="LT-ANTW"),
        Assignment(role="family_supporter", service=SERVICE, team=TEAM),
    ],
    number=0,
    file=dossier(),
    action=Action.READ,
    question={
        **health(categories={"financial", "health"}, mode="redact", context=Context(break_glass="a child in danger"))
    },
)
def test_removing_an_assignment_never_widens(
    able: Guard,
    kind: Kind,
    assignments: list[Assignment],
    number: int,
    file: Any,
    action: Action,
    question: dict[str, Any],
) -> None:
    """Taking an assignment away never turns a denial into a permit, nor adds a category, whatever is carried out."""
    number %= len(assignments)
    fewer = [*assignments[:number], *assignments[number + 1 :]]
    before = able.decide(person(kind, *assignments), action, file, **question)
    after = able.decide(person(kind, *fewer), action, file, **question)

    assert bool(after) <= bool(before)
    assert after.permitted <= before.permitted


@UNHURRIED
@given(
    able=GUARDS,
    kind=st.sampled_from(list(Kind)),
    assignments=st.lists(ASSIGNMENTS, max_size=3),
    file=DOSSIERS,
    action=ACTIONS,
    question=st.one_of(asked(), asked(several=True)),
)
def test_every_decision_is_complete(
    able: Guard, kind: Kind, assignments: list[Assignment], file: Any, action: Action, question: dict[str, Any]
) -> None:
    """Every decision is to be logged and names its policy; a denial has reasons, all of them with a text."""
    decision = able.decide(person(kind, *assignments), action, file, **question)

    assert Obligation.LOG in decision.obligations
    assert decision.policy.digest == able.policy.digest
    assert (decision.policy.name, decision.policy.version) == (able.policy.name, able.policy.version)
    assert decision.phase is Phase(file.timeline.phase(DAY.toordinal()))
    assert all(type(reason) is Reason and reason in able.policy.reasons for reason in decision.reasons)
    assert len(set(decision.reasons)) == len(decision.reasons)
    ranks = list(able.policy.reasons)
    assert list(decision.reasons) == sorted(decision.reasons, key=ranks.index)
    assert set(decision.clauses) <= {*able.policy.clauses, "choice"}
    assert set(decision.rules) <= set(able.policy.rules())
    if decision:
        assert decision.permitted
        assert decision.permitted <= question["categories"]
        assert decision.obligations <= {Obligation.LOG, *able._fulfils}
        assert (Obligation.REDACT in decision.obligations) is bool(decision.redacted)
    else:
        assert decision.reasons
        assert decision.clauses
        assert decision.disclosure is not None


# -- the log ----------------------------------------------------------------------------------------------------------


def test_every_decision_is_logged_by_the_library(guard: Guard, caplog: pytest.LogCaptureFixture) -> None:
    """Each decision, remembered or not, alone or among many, is one line with verdict, action, phase and policy."""
    caplog.set_level(logging.INFO, logger="kg_access.decisions")
    guard.decide(staff(), "read", dossier(), **health())
    guard.decide(staff(), "read", dossier(), **health())
    guard.decide_many(staff(), "read", [dossier(), dossier(Phase.PASSIVE)], **health())

    policy = f"{POLICY.name} {POLICY.version} ({POLICY.digest[:12]})"
    permit = f"<Permit read active> under {policy}"
    assert [record.getMessage() for record in caplog.records] == [
        permit, permit, permit, f"<Deny read passive passive_restricted> under {policy}",
    ]  # fmt: skip


@pytest.mark.parametrize("ask", ["require", "explain", "who_can"])
def test_decisions_of_other_methods_are_logged_too(guard: Guard, caplog: pytest.LogCaptureFixture, ask: str) -> None:
    """A decision that is required, explained or listed is a decision, so it is logged."""
    caplog.set_level(logging.INFO, logger="kg_access.decisions")
    put_question(guard, ask, {})

    assert len(caplog.records) >= 1
    assert all(record.getMessage().startswith("<Permit read active>") for record in caplog.records)


def test_a_fault_while_finding_facts_denies_that_dossier_only(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When the facts of one dossier cannot be found, it is denied for that fault, and the others are decided."""
    find = FactFinder.dossier_facts

    def faulty(finder: FactFinder, subject: Subject, asked: Dossier, day: int) -> Any:
        if asked.id == "faulty":
            raise RuntimeError("secret of faulty")
        return find(finder, subject, asked, day)

    monkeypatch.setattr(FactFinder, "dossier_facts", faulty)
    decisions = guard.decide_many(staff(), "read", [dossier(), dossier(name="faulty"), dossier()], **health())

    assert [bool(decision) for decision in decisions] == [True, False, True]
    assert decisions[1].reasons == (Reason.ENGINE_FAILURE,)
    assert decisions[1].phase is Phase.ACTIVE
    assert "a fault while deciding denies: RuntimeError" in caplog.text
    assert "secret" not in caplog.text
