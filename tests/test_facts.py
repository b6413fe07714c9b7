"""Facts: closed words only, the same for requests that differ in nothing that matters, whatever ids and texts hold."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg_access.decision import Decision
from kg_access.dossier import Dossier
from kg_access.facts import COMPUTED, MISSING, NONE, SHARED, UNLISTED, WORDED, Facts
from kg_access.request import AccessRequest, Context
from kg_access.subject import ELSEWHERE, NOBODY, Assignment, Authorisation, Subject
from kg_access.vocabulary import Action, Kind, Mode, Phase
from tests.people import BRUSSELS, DAY, GROUP, NOON, SERVICE, TEAM, UNHURRIED, able_guard, dossier, health, staff

MARK: Final = "zq7f3ax"
"""Part of every hostile text, so that it can be found wherever it ends up."""

WORDS: Final = able_guard().policy.vocabulary
GIVEN: Final = (
    "relevance_ref", "regulation_ref", "case_ref", "legal_basis_ref", "exceptional_case_ref", "break_glass",
)  # fmt: skip


def ask(request: AccessRequest) -> Decision:
    """Put a request to the guard of these tests."""
    return able_guard().decide(
        request.subject, request.action, request.dossier, categories=request.categories, group=request.group,
        purpose=request.purpose, at=request.at, mode=request.mode, context=request.context,
    )  # fmt: skip


def facts_of(request: AccessRequest) -> Facts:
    """Give the facts on which the decision on a request rests."""
    facts = ask(request).facts
    assert facts is not None
    return facts


def usual(**changes: Any) -> AccessRequest:
    """Give the request of a nurse for health data in the dossier of her team, with some fields otherwise."""
    fields: dict[str, Any] = {"subject": staff(), "action": "read", "dossier": dossier(), **health(), **changes}
    return AccessRequest(**{**fields, "categories": frozenset(fields["categories"])})


def stated(**circumstances: Any) -> Facts:
    """Give the facts of the usual request in these circumstances."""
    return facts_of(usual(context=Context(**circumstances)))


# -- one situation, told twice ----------------------------------------------------------------------------------------

NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Mn", "Me"]), min_size=1, max_size=8).filter(str.strip),
    min_size=16,
    max_size=16,
    unique_by=lambda name: name.strip().casefold(),
).map(lambda names: [f"{number}-{name}" for number, name in enumerate(names)])
SPANS = st.integers(1, 400).map(lambda days: timedelta(days=days))
HOLDERS: Final = {
    "unknown": (None, "", " Onbekend ", "?"),
    "microsoft": ("Microsoft Ireland", "MICROSOFT", "Azure Key Vault"),
    "other": ("the agency", "Thales", "Digitaal Vlaanderen"),
}
COUNTRIES: Final = {
    NONE: (None, "", " "),
    "inside_eea": ("BE", "fr", " NO "),
    "country_of_origin": ("VN", "vn"),
    "outside_eea": ("US", "ZA", "Vietnam", "?"),
}

SITUATIONS = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["nurse", "family_supporter", "passive_file_keeper", "privacy_officer", "archivist"]),
        "kind": st.sampled_from(list(Kind)),
        "link": st.sampled_from(["team", "task", "none", "elsewhere", "nobody"]),
        "deputy": st.booleans(),
        "phase": st.sampled_from(list(Phase)),
        "related": st.booleans(),
        "reserved": st.sampled_from(["open", "named", "not_named"]),
        "action": st.sampled_from(list(Action)),
        "categories": st.frozensets(st.sampled_from(["health", "financial", "ethnic_origin"]), max_size=2),
        "purpose": st.sampled_from([None, SERVICE, "accountability", "data_subject_rights", "archive"]),
        "mode": st.sampled_from(list(Mode)),
        "objection": st.sampled_from([None, "pending", "rejected", "upheld"]),
        "erasure": st.sampled_from([None, "pending", "approved"]),
        "controller": st.booleans(),
        "given": st.frozensets(st.sampled_from(GIVEN)),
        "approver": st.sampled_from([None, "requester", "another"]),
        "channel": st.sampled_from([None, "email", "teams", "facebook"]),
        "encrypted": st.booleans(),
        "holder": st.sampled_from(list(HOLDERS)),
        "destination": st.sampled_from(list(COUNTRIES)),
    }
)
"""What matters of a request; who, which dossier and when are told apart from it."""


def draw_dates(draw: st.DrawFn, phase: Phase, day: date) -> dict[str, Any]:
    """Draw the dates of a dossier that lies in a phase on a day."""
    short, longer, after = draw(SPANS), draw(SPANS), draw(SPANS)
    used = [(day - short - longer, day - longer)]
    match phase:
        case Phase.NOT_STARTED:
            return draw(st.sampled_from([{"use": []}, {"use": [(day + after, None)]}]))
        case Phase.ACTIVE:
            last = draw(st.sampled_from([None, day, day + after]))
            return {"use": [(day - short, last)], "retain_until": draw(st.sampled_from([None, day + 2 * after]))}
        case Phase.PASSIVE:
            return {"use": used, "retain_until": day + after}
        case Phase.RETENTION_UNKNOWN:
            return {"use": used}
        case Phase.EXPIRED:
            return {"use": used, "retain_until": day - timedelta(days=1)}
        case Phase.PRESERVED:
            interest = draw(st.sampled_from(["historical", "cultural", "general"]))
            return {"use": used, "retain_until": day - timedelta(days=1), "preserved_for": interest}


def draw_assignments(draw: st.DrawFn, told: Mapping[str, Any], own: str, file: str, day: date) -> list[Assignment]:
    """Draw the assignments that prove a link, each with its own names and dates."""
    team, task, colleague = (f"{own} {what}" for what in ("team", "task", "colleague"))
    before, after = day - draw(SPANS), day + draw(SPANS)
    terms: dict[str, Any] = {
        "role": told["role"],
        "service": draw(st.sampled_from([SERVICE, "all"])),
        "valid_from": draw(st.sampled_from([None, before, day])),
        "valid_until": draw(st.sampled_from([None, after, day])),
        "on_behalf_of": colleague if told["deputy"] else None,
    }
    match told["link"]:
        case "team":
            return [Assignment(**terms, team=file)] * draw(st.integers(1, 2))
        case "task":
            return [Assignment(**terms, team=draw(st.sampled_from([None, team])), dossier=own, task=task)]
        case "none":
            odd = draw(st.sampled_from([{}, {"team": team}, {"dossier": own}, {"dossier": team, "task": task}]))
            return [Assignment(**terms, **odd)]
        case "elsewhere":
            return [Assignment(**{**terms, "service": draw(st.sampled_from(["adoption", "childcare"]))}, team=file)]
        case _:
            ended = {**terms, "valid_from": None, "valid_until": day - timedelta(days=1)}
            return draw(st.sampled_from([[], [Assignment(**ended, team=file)]]))


@st.composite
def telling(draw: st.DrawFn, told: Mapping[str, Any]) -> AccessRequest:
    """Draw names, references and dates for a situation."""
    me, own, file, note, other, someone = draw(NAMES)[:6]
    day = draw(st.dates(date(2019, 2, 1), date(2019, 12, 1)))
    moment = datetime.combine(day, draw(st.times(time(0), time(23, 59, 59))), tzinfo=BRUSSELS)
    references: dict[str, Any] = {field: f"{note} {field}" for field in sorted(told["given"])}
    return AccessRequest(
        subject=Subject(
            me,
            kind=told["kind"],
            assignments=draw_assignments(draw, told, own, file, day),
            related_to=[own, other] if told["related"] else draw(st.sampled_from([[], [other]])),
        ),
        action=told["action"],
        dossier=Dossier(
            own,
            service=SERVICE,
            team=file,
            reserved_for={"open": [], "named": [someone, me], "not_named": [someone]}[told["reserved"]],
            objection=told["objection"],
            erasure=told["erasure"],
            controller=other if told["controller"] else draw(st.sampled_from([None, "kind_en_gezin"])),
            country_of_origin="VN",
            **draw_dates(draw, told["phase"], day),
        ),
        categories=told["categories"],
        group=GROUP,
        purpose=told["purpose"],
        at=moment,
        mode=told["mode"],
        context=Context(
            channel=told["channel"],
            encrypted=told["encrypted"],
            second_approver={None: None, "requester": f" {me} ", "another": someone}[told["approver"]],
            key_holder=draw(st.sampled_from(HOLDERS[told["holder"]])),
            destination_country=draw(st.sampled_from(COUNTRIES[told["destination"]])),
            **references,
        ),
    )


@UNHURRIED
@given(st.data())
def test_requests_that_differ_in_names_and_dates_only_share_one_decision(data: st.DataObject) -> None:
    """Two requests of the same situation have equal facts and the same decision object, whichever comes first."""
    told = data.draw(SITUATIONS)
    one, other = data.draw(telling(told)), data.draw(telling(told))
    memory = able_guard()._current.memory

    memory.clear()
    first, second = ask(one), ask(other)
    assert first.facts == second.facts
    assert hash(first.facts) == hash(second.facts)
    assert first is second

    memory.clear()
    second, first = ask(other), ask(one)
    assert first is second
    assert len(memory) == 1


@UNHURRIED
@given(st.data())
def test_a_remembered_decision_is_the_one_that_would_be_made_afresh(data: st.DataObject) -> None:
    """Asking again, after the memory is emptied, gives an equal decision."""
    request = data.draw(telling(data.draw(SITUATIONS)))
    remembered = ask(request)
    able_guard()._current.memory.clear()

    assert ask(request) == remembered


# -- closed words -----------------------------------------------------------------------------------------------------

WORDS_OF: Final[Mapping[str, frozenset[str]]] = {
    **{fact: frozenset(values) for fact, values in COMPUTED.items()},
    "role": frozenset({*WORDS.roles, *WORDED["role"]}),
    "organisation": frozenset({*WORDS.processors, *WORDS.recipients, *WORDED["organisation"]}),
    "service": frozenset(WORDS.services),
    "action": frozenset(Action),
    "purpose": frozenset({*WORDS.purposes, *WORDED["purpose"]}),
    "group": frozenset({*WORDS.groups, *WORDED["group"]}),
    "recipient_type": frozenset({*WORDS.recipient_types, *WORDED["recipient_type"]}),
}
"""Every word that each fact may be."""


def assert_closed(facts: Facts) -> None:
    """Check that every value of facts is a word of the library or of the policy."""
    for fact in SHARED:
        assert getattr(facts, fact) in WORDS_OF[fact], fact
    for standing in facts.standings:
        for fact, word in standing._asdict().items():
            assert word in WORDS_OF[fact], fact
    assert facts.standings
    assert facts.categories <= frozenset(WORDS.categories)
    assert facts.authorised <= facts.categories
    assert facts.mode in frozenset(Mode)


@UNHURRIED
@given(SITUATIONS.flatmap(telling))
def test_facts_hold_closed_words_only(request: AccessRequest) -> None:
    """Every value of the facts of a request is a word of a closed vocabulary, and facts are hashable."""
    facts = facts_of(request)

    assert_closed(facts)
    assert {facts: 1}[attrs.evolve(facts)] == 1
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        facts.phase = "active"  # type: ignore[misc]


def test_every_fact_is_computed_or_a_word_of_the_policy() -> None:
    """No field of the facts is outside the two lists of closed words, so no test here leaves one out."""
    fields = {field.name for field in attrs.fields(Facts)}

    assert fields - {"standings", "categories", "authorised", "mode"} == set(SHARED)
    assert set(SHARED) <= set(WORDS_OF)
    assert set(WORDS_OF) - set(SHARED) == {"role", "link", "deputy", "authorisation"}
    assert not set(COMPUTED) & set(WORDED)


# -- hostile texts ----------------------------------------------------------------------------------------------------

SAMPLES: Final = [
    "'; DROP TABLE dossiers; --", "' OR '1'='1", 'x" OR ""="', "%' UNION SELECT * FROM p --", "\\",
    "r.sub == p.sub", "*", "LT-*", ".*", "p, *, *, allow", '" || "*" == "*', "eval(r.sub)", "g(r.kind, p.kind)",
    "allow",
    "keyMatch(r.team, p.team)", "r.kind)", "true",
    "__import__('os').system('true')", "().__class__.__mro__", "lambda: 1", "None", "True", "f'{x}'",
    "{0}", "{subject.id}", "%s", "%(message)s", "%n%n", "${jndi:ldap://x}", "{{7*7}}", "$(true)",
    "\u202enele", "\u2066nele\u2069", "\u200f", "ne\u200ble", "\ufeffnele", "n\u0435le",
    "\uff4e\uff45\uff4c\uff45", "\ufb01", "İ", "ß", "e\u0301",
    "👩\u200d⚕️", "🇧🇪", "\U0001d55f\U0001d556\U0001d55d\U0001d556", "नेले", "نيلي", "missing", "none", "nobody",
    "elsewhere", "named", "own", "yes",
]  # fmt: skip
HOSTILE = st.one_of(
    st.sampled_from(SAMPLES),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40),
    st.sampled_from(SAMPLES).map(lambda sample: sample * 2000),
).flatmap(lambda text: st.sampled_from([f"{text}{MARK}", f"{MARK}{text}", f"{text}{MARK}{text}"]))
"""Texts that some machinery could take for more than a text; each is a valid id, since none is refused."""

SPOILT = st.one_of(
    HOSTILE, HOSTILE.map(lambda text: f"\x00\r\n{text}\x1b[31m"), HOSTILE.map(lambda text: f"{text}\ud800")
)
"""The same, with characters that an id may not hold but a free text may."""

NAMED: Final = ("me", "own", "team", "task", "note", "other")


def spelled(names: Mapping[str, str], texts: Mapping[str, str]) -> list[AccessRequest]:
    """Give requests of several kinds in which ids and free texts are spelled in this way."""
    me, own, team, task, note, other = (names[name] for name in NAMED)
    references: dict[str, Any] = {field: texts[field] for field in GIVEN}
    context = Context(**references, key_holder=texts["holder"], second_approver=other, encrypted=True, channel="teams")
    nurse = Assignment(role="nurse", service=SERVICE, team=team)
    file = dossier(name=own, team=team)
    adoption: dict[str, Any] = {"service": "adoption", "team": team}
    manager = Subject(me, kind="staff", assignments=[Assignment(role="adoption_file_manager", **adoption)])
    transfer: dict[str, Any] = {
        "action": "transfer", "categories": {"identification"}, "group": "candidate_adopter", "purpose": "adoption",
    }  # fmt: skip
    sent = Context(**references, second_approver=other, recipient_type="competent_authority", destination_country="BG")
    leave = Authorisation(
        id=note, service=SERVICE, categories={"health"}, purpose="official_statistics", phases=["active"]
    )
    recipient = Subject(
        me, kind="recipient", organisation="statistiek_vlaanderen", authorisations=[leave],
        assignments=[Assignment(role="official_recipient", service="all")],
    )  # fmt: skip
    by_task = Assignment(role="nurse", service=SERVICE, dossier=own, task=task, on_behalf_of=other)
    return [
        usual(subject=Subject(me, kind="staff", assignments=[nurse]), dossier=file, context=context),
        usual(subject=Subject(me, kind="staff", assignments=[nurse], related_to=[other]), dossier=file),
        usual(subject=Subject(me, kind="staff", assignments=[nurse], related_to=[own]), dossier=file),
        usual(subject=Subject(me, kind="staff", assignments=[by_task]), dossier=file),
        usual(
            subject=Subject(me, kind="staff", assignments=[Assignment(role="nurse", service=SERVICE, team=other)]),
            dossier=file,
        ),
        usual(subject=Subject(me, kind="staff", assignments=[nurse]), dossier=dossier(name=own, team=None)),
        usual(
            subject=Subject(me, kind="staff", assignments=[nurse]),
            dossier=dossier(name=own, team=team, reserved_for=[other]),
        ),
        usual(
            subject=Subject(me, kind="staff", assignments=[nurse]),
            dossier=dossier(name=own, team=team, controller=note),
        ),
        usual(subject=manager, dossier=dossier(name=own, **adoption), **transfer, context=sent),
        usual(subject=recipient, dossier=file, action="disclose", purpose="official_statistics", context=context),
    ]


PLAIN: Final = spelled({name: f"plain {name}" for name in NAMED}, dict.fromkeys((*GIVEN, "holder"), "plain"))


SPELLINGS = st.tuples(*[HOSTILE] * len(NAMED)).map(
    lambda texts: {name: f"{text}{number}" for number, (name, text) in enumerate(zip(NAMED, texts, strict=True))}
)
"""Hostile ids that differ by a digit at least, however they are read."""


@UNHURRIED
@given(SPELLINGS, st.fixed_dictionaries(dict.fromkeys(GIVEN, SPOILT)))
def test_hostile_ids_and_references_change_nothing(names: dict[str, str], references: dict[str, str]) -> None:
    """Whatever ids and references hold, the decision is the very one that plain ones get, and none of it is kept."""
    for plain, hostile in zip(PLAIN, spelled(names, {**references, "holder": "plain"}), strict=True):
        facts = facts_of(hostile)

        assert ask(hostile) is ask(plain)
        assert_closed(facts)
        assert MARK not in repr(attrs.astuple(facts, recurse=False))
    assert MARK not in repr(list(able_guard()._current.memory))


def test_the_requests_with_hostile_texts_are_permits_and_denials() -> None:
    """The requests of the test above differ in their facts, and about half of them are permits."""
    decisions = [ask(request) for request in PLAIN]

    assert len({decision.facts for decision in decisions}) >= len(PLAIN) - 1
    assert [decision.allowed for decision in decisions] == [
        True, True, False, False, False, False, False, False, True, True,
    ]  # fmt: skip


@UNHURRIED
@given(SPOILT)
def test_a_hostile_key_holder_is_recognised_or_somebody_else(holder: str) -> None:
    """A key holder is Microsoft, unknown or another; nothing else in the facts depends on how it is written."""
    facts, plain = stated(key_holder=holder), stated(key_holder="plain")

    assert facts.key_holder in COMPUTED["key_holder"]
    assert attrs.evolve(facts, key_holder=plain.key_holder) == plain


@UNHURRIED
@given(SPOILT)
def test_a_hostile_country_is_outside_or_unknown(country: str) -> None:
    """What is no country lies outside the EEA when data go there, and is unknown when somebody works there."""
    facts = stated(destination_country=country, access_country=country)

    assert (facts.destination, facts.access_country) == ("outside_eea", "unknown")
    assert attrs.evolve(facts, destination=NONE) == stated()


@UNHURRIED
@given(SPOILT)
def test_a_hostile_country_of_origin_matches_only_itself(country: str) -> None:
    """The country of origin of a dossier is compared with the destination and does nothing else."""
    adoption = dossier(country_of_origin=country)

    assert facts_of(usual(dossier=adoption)) == facts_of(usual())
    sent = facts_of(usual(dossier=adoption, context=Context(destination_country="VN")))
    assert sent.destination == "outside_eea"


@UNHURRIED
@given(HOSTILE, st.sampled_from(list(Kind)))
def test_a_hostile_organisation_is_unlisted(organisation: str, kind: Kind) -> None:
    """An organisation that is not in the register of its kind is unlisted, and gets nothing by its name."""
    role = {Kind.PROCESSOR: "helpline_operator", Kind.RECIPIENT: "official_recipient"}.get(kind, "nurse")
    person = Subject("x", kind=kind, organisation=organisation, assignments=[Assignment(role=role, service="all")])
    nobody = attrs.evolve(person, organisation="nobody we know")

    assert facts_of(usual(subject=person)).organisation == UNLISTED
    assert ask(usual(subject=person)) is ask(usual(subject=nobody))
    assert not ask(usual(subject=person))


@UNHURRIED
@given(HOSTILE, HOSTILE)
def test_a_hostile_team_links_to_its_own_dossiers_only(one: str, other: str) -> None:
    """A team is compared letter for letter: no pattern, prefix or spelling reaches the dossier of another team."""
    asked = health()
    guard = able_guard()

    assert guard.decide(staff(team=one), "read", dossier(team=one), **asked)
    assert not guard.decide(staff(team=one), "read", dossier(), **asked)
    assert not guard.decide(staff(), "read", dossier(team=one), **asked)
    assert bool(guard.decide(staff(team=one), "read", dossier(team=other), **asked)) is (one == other)


@pytest.mark.parametrize(
    "pattern", ["*", "LT-*", "LT-GENT*", ".*", "lt-gent", "LT-GENT ", " LT-GENT", "LT\u2010GENT", "LT"]
)
def test_a_team_is_no_pattern(pattern: str) -> None:
    """What looks like the name of a team, or like a pattern for it, is another team."""
    decision = able_guard().decide(staff(team=pattern), "read", dossier(team=TEAM), **health())

    assert decision.reasons == ("no_task_need",)


@given(SPELLINGS, st.fixed_dictionaries(dict.fromkeys((*GIVEN, "holder"), SPOILT)))
@settings(UNHURRIED, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_reaches_a_log(caplog: pytest.LogCaptureFixture, names: dict[str, str], texts: dict[str, str]) -> None:
    """At the most talkative level of every logger, no id or free text is in any part of a log record."""
    for name in (None, *logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    caplog.clear()
    able_guard()._current.memory.clear()
    for request in spelled(names, texts):
        ask(request)

    assert len(caplog.records) >= len(PLAIN)
    for record in caplog.records:
        assert MARK not in record.getMessage()
        assert MARK not in repr(record.__dict__)
    assert MARK not in caplog.text


@UNHURRIED
@given(SPELLINGS, st.fixed_dictionaries(dict.fromkeys((*GIVEN, "holder"), SPOILT)), HOSTILE)
def test_no_text_turns_a_denial_into_a_permit(names: dict[str, str], texts: dict[str, str], country: str) -> None:
    """A request that is denied with plain texts is denied with hostile ones, also when the country is hostile too."""
    for plain, hostile in zip(PLAIN, spelled(names, texts), strict=True):
        abroad = attrs.evolve(hostile.context, destination_country=country, access_country=country)
        if not ask(plain):
            assert not ask(hostile)
            assert not ask(attrs.evolve(hostile, context=abroad))
        if plain.action == "transfer":
            assert not ask(attrs.evolve(hostile, context=abroad))


@pytest.mark.parametrize("word", [MISSING, NONE, NOBODY, ELSEWHERE, UNLISTED, "*", "own", "register", "all"])
def test_the_special_words_of_facts_are_no_names(word: str) -> None:
    """An id that happens to be a word of the rules is an id like any other."""
    assert facts_of(usual(subject=staff(name=word, team=word), dossier=dossier(name=word, team=word))) == facts_of(
        usual()
    )


# -- what single facts mean -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("approver", "expected"),
    [
        (None, NONE), ("", NONE), ("  ", NONE), ("nele", "requester"), (" NELE ", "requester"), ("Nele", "requester"),
        ("\uff4e\uff45\uff4c\uff45", "requester"), ("ne\u200ble", "requester"), ("\u202enele", "requester"),
        ("nele\ufeff", "requester"),
        ("\u2066nele\u2069", "requester"), ("karim", "another"), ("nele2", "another"),
    ],
)  # fmt: skip
def test_the_second_pair_of_eyes_is_another_persons(approver: str | None, expected: str) -> None:
    """Nobody approves their own request by writing their id in capitals, wide letters or with unseen characters."""
    assert stated(second_approver=approver).second_approver == expected


@pytest.mark.parametrize(
    ("holder", "expected"),
    [
        (None, "unknown"), ("", "unknown"), ("onbekend", "unknown"), (" Unknown ", "unknown"), ("?", "unknown"),
        ("Microsoft", "microsoft"), ("MICROSOFT Ireland Ltd", "microsoft"),
        ("\uff4d\uff49\uff43\uff52\uff4f\uff53\uff4f\uff46\uff54", "microsoft"),
        ("Azure Key Vault", "microsoft"), ("Micro\u200bsoft", "microsoft"), ("Micro\u00adsoft", "microsoft"),
        ("\ufeffunknown", "unknown"), ("the agency", "other"), ("Thales", "other"),
    ],
)  # fmt: skip
def test_a_key_holder_is_recognised_however_it_is_written(holder: str | None, expected: str) -> None:
    """Capitals, wide letters and unseen characters do not hide who holds the key."""
    assert stated(key_holder=holder).key_holder == expected


@pytest.mark.parametrize(
    ("country", "destination", "access"),
    [
        (None, NONE, "unknown"),
        ("BE", "inside_eea", "inside_eea"),
        ("be", "inside_eea", "inside_eea"),
        (" NO ", "inside_eea", "inside_eea"),
        ("CH", "outside_eea", "outside_eea"),
        ("US", "outside_eea", "outside_eea"),
        ("BEL", "outside_eea", "unknown"),
        ("Belgium", "outside_eea", "unknown"),
        ("B", "outside_eea", "unknown"),
        ("??", "outside_eea", "unknown"),
        ("12", "outside_eea", "unknown"),
        ("XX", "outside_eea", "outside_eea"),
        ("\ufb01", "outside_eea", "unknown"),
        ("\u0131e", "outside_eea", "unknown"),
        ("\u017fe", "outside_eea", "unknown"),
        ("\uff22\uff25", "outside_eea", "unknown"),
        ("\u0412\u0415", "outside_eea", "unknown"),
        ("BE\u200b", "outside_eea", "unknown"),
    ],
)
def test_a_country_is_a_code_of_two_plain_letters(country: str | None, destination: str, access: str) -> None:
    """What is not a code of two plain letters is no country, whatever it would become in capitals."""
    facts = stated(destination_country=country, access_country=country)

    assert (facts.destination, facts.access_country) == (destination, access)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2020, 1, 31, 23, 59, 59, tzinfo=BRUSSELS), "inside_eea"),
        (datetime(2020, 2, 1, 0, 0, 0, tzinfo=BRUSSELS), "outside_eea"),
    ],
)
def test_a_country_counts_on_the_days_of_its_membership(moment: datetime, expected: str) -> None:
    """The United Kingdom is inside until the last second of 31 January 2020 in Brussels."""
    facts = facts_of(usual(at=moment, context=Context(destination_country="GB", access_country="GB")))

    assert (facts.destination, facts.access_country) == (expected, expected)


def test_the_country_of_origin_is_told_from_other_countries() -> None:
    """A destination is the country of origin only if the dossier says so; inside the EEA it is inside."""
    for origin, target, expected in (
        ("VN", "VN", "country_of_origin"), ("vn", "VN", "country_of_origin"), ("VN", "US", "outside_eea"),
        (None, "VN", "outside_eea"), ("BG", "BG", "inside_eea"), ("VN", None, NONE),
    ):  # fmt: skip
        request = usual(dossier=dossier(country_of_origin=origin), context=Context(destination_country=target))
        assert facts_of(request).destination == expected


@pytest.mark.parametrize(
    ("terms", "standing"),
    [
        ({"team": TEAM}, ("nurse", "team", "no")),
        ({"team": "LT-ANTW"}, ("nurse", "none", "no")),
        ({"team": None}, ("nurse", "none", "no")),
        ({"team": None, "dossier": "D1", "task": "T1"}, ("nurse", "task", "no")),
        ({"team": None, "dossier": "D1"}, ("nurse", "none", "no")),
        ({"team": None, "task": "T1"}, ("nurse", "none", "no")),
        ({"team": None, "dossier": "D2", "task": "T1"}, ("nurse", "none", "no")),
        ({"team": TEAM, "on_behalf_of": "an"}, ("nurse", "team", "yes")),
        ({"service": "all"}, ("nurse", "team", "no")),
        ({"service": "adoption"}, (ELSEWHERE, NONE, "no")),
        ({"valid_until": DAY}, ("nurse", "team", "no")),
        ({"valid_from": DAY}, ("nurse", "team", "no")),
        ({"valid_until": DAY - timedelta(days=1)}, (NOBODY, NONE, "no")),
        ({"valid_from": DAY + timedelta(days=1)}, (NOBODY, NONE, "no")),
        ({"service": "adoption", "valid_until": DAY - timedelta(days=1)}, (NOBODY, NONE, "no")),
    ],
)
def test_a_standing_is_what_one_assignment_proves(terms: dict[str, Any], standing: tuple[str, str, str]) -> None:
    """An assignment counts on its days in its service, and links through its team or through its task."""
    assert facts_of(usual(subject=staff(**terms))).standings == (standing,)


def test_no_team_is_not_the_same_as_the_same_team() -> None:
    """A person without a team is not linked to a dossier without a team."""
    facts = facts_of(usual(subject=staff(team=None), dossier=dossier(team=None)))

    assert facts.standings == (("nurse", "none", "no"),)


def test_the_order_and_repetition_of_assignments_do_not_matter() -> None:
    """The same assignments in another order, or twice, give the same facts."""
    ours = Assignment(role="nurse", service=SERVICE, team=TEAM)
    theirs = Assignment(role="family_supporter", service=SERVICE, team="LT-ANTW")
    subjects = [
        Subject("x", kind="staff", assignments=assignments)
        for assignments in ([ours, theirs], [theirs, ours], [ours, theirs, ours, theirs])
    ]

    assert len({facts_of(usual(subject=person)) for person in subjects}) == 1


def test_authorised_is_what_a_valid_authorisation_names() -> None:
    """An authorisation covers its categories, in its service, for its purpose, in its phases, on its days."""
    terms: dict[str, Any] = {
        "id": "AUT-1", "service": SERVICE, "categories": ["health"], "purpose": "official_statistics",
        "valid_from": DAY, "valid_until": DAY,
    }  # fmt: skip

    def authorised(phase: Phase = Phase.ACTIVE, at: datetime = NOON, **changes: Any) -> frozenset[str]:
        leave = Authorisation(**{**terms, **changes})
        person = Subject(
            "x", kind="recipient", organisation="statistiek_vlaanderen", authorisations=[leave],
            assignments=[Assignment(role="official_recipient", service="all")],
        )  # fmt: skip
        return facts_of(
            usual(
                subject=person, action="disclose", purpose="official_statistics", dossier=dossier(phase), at=at,
                categories={"health", "eye_screening", "financial"},
            )
        ).authorised  # fmt: skip

    assert authorised() == {"health", "eye_screening"}
    assert authorised(Phase.PASSIVE) == frozenset()
    assert authorised(Phase.PASSIVE, phases=["active", "passive"]) == {"health", "eye_screening"}
    for changes in (
        {"service": "adoption"}, {"purpose": "supervision"}, {"categories": ["judicial"]}, {"phases": ["passive"]},
    ):  # fmt: skip
        assert authorised(**changes) == frozenset()
    for days in (-1, 1):
        assert authorised(at=NOON + timedelta(days=days)) == frozenset()


@pytest.mark.parametrize(
    ("service", "day", "expected"),
    [
        ("family_allowances", date(2018, 12, 31), "no"), ("family_allowances", date(2019, 1, 1), "yes"),
        ("childcare", date(2018, 12, 31), "yes"),
    ],
)  # fmt: skip
def test_a_service_counts_from_its_first_day(service: str, day: date, expected: str) -> None:
    """Family allowances exist from the first second of 2019 in Brussels."""
    moment = datetime.combine(day, time(0), tzinfo=BRUSSELS)

    assert facts_of(usual(dossier=dossier(service=service), at=moment)).service_in_force == expected
