"""What an explanation tells a person, and that all of it is true."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from itertools import combinations
from typing import Any, NoReturn

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from kg_access import (
    AccessRequest,
    Assignment,
    Decision,
    Dossier,
    Effect,
    EngineFailure,
    Explanation,
    Facts,
    Guard,
    Kind,
    Mode,
    Obligation,
    Phase,
    Reason,
    Subject,
    UnknownTerm,
)
from kg_access.decision_point import DecisionPoint
from kg_access.explain import Question, Step
from kg_access.explain.ways_out import applied
from kg_access.policy.record import Clause, Label, ReasonText
from tests.strategies import (
    ADOPTION_TRANSFER,
    AT,
    DISCLOSURE,
    HELPLINE,
    KEEPER,
    NURSE_READS,
    OFFICE365_EXCEPTION,
    OTHER_TEAM,
    PERMITTED,
    PERSON,
    PRIVATE,
    RECIPIENT,
    TEAM,
    requests,
)

many_requests = settings(max_examples=150, deadline=None)

ALL = frozenset(Obligation)
ONLY_LOG = frozenset({Obligation.LOG})


@cache
def guard(fulfils: frozenset[Obligation] = ALL) -> Guard:
    """Give a guard with the shipped policy."""
    return Guard.shipped(fulfils=fulfils)


@cache
def judge(fulfils: frozenset[Obligation] = ALL) -> DecisionPoint:
    """Give a decision point of its own, which no guard has asked anything."""
    return DecisionPoint(guard().policy, fulfils)


@cache
def without(rule: str) -> DecisionPoint:
    """Give a decision point whose policy lacks every row of one rule."""
    policy = guard().policy
    tables = {
        name: attrs.evolve(table, rows=tuple(row for row in table.rows if row.id != rule))
        for name, table in policy.tables.items()
    }
    return DecisionPoint(attrs.evolve(policy, tables=tables))


def asked(request: AccessRequest) -> dict[str, Any]:
    """Take a request apart into the arguments of a guard."""
    names = ("subject", "action", "dossier", "categories", "group", "purpose", "at", "mode", "context")
    return {name: getattr(request, name) for name in names}


def explain(request: AccessRequest, language: str = "en", audience: str = "staff") -> Explanation:
    """Explain the decision of the guard that fulfils every obligation."""
    return guard().explain(**asked(request), language=language, audience=audience)


def decided(explanation: Explanation) -> tuple[Decision, Facts]:
    """Give the decision behind an explanation, and its facts."""
    decision = explanation.decision
    assert decision is not None
    assert decision.facts is not None
    return decision, decision.facts


def question(explanation: Explanation, name: str) -> Question:
    """Give one of the three questions."""
    return next(found for found in explanation.questions if found.name == name)


def texts(sentences: Iterable[Any]) -> list[str]:
    """Give the texts of sentences."""
    return [sentence.text for sentence in sentences]


def hows(explanation: Explanation) -> list[list[str]]:
    """Give what would help, way by way and step by step."""
    return [[step.how for step in way.steps] for way in explanation.ways_out]


def by(request: AccessRequest, **changes: Any) -> AccessRequest:
    """Change the first assignment of the person who asks."""
    first = request.subject.assignments[0]
    subject = attrs.evolve(request.subject, assignments=(attrs.evolve(first, **changes),))
    return attrs.evolve(request, subject=subject)


def about(request: AccessRequest, **changes: Any) -> AccessRequest:
    """Change the dossier asked about."""
    return attrs.evolve(request, dossier=attrs.evolve(request.dossier, **changes))


def in_context(request: AccessRequest, **changes: Any) -> AccessRequest:
    """Change the circumstances."""
    return attrs.evolve(request, context=attrs.evolve(request.context, **changes))


LINKLESS = by(NURSE_READS, team=OTHER_TEAM)
PASSIVE = about(NURSE_READS, use=[("2014-05-01", "2017-05-01")], retain_until="2032-12-31")
NOT_IN_THE_ROLE = attrs.evolve(NURSE_READS, categories=frozenset({"health", "financial"}))
REDACTED = attrs.evolve(NOT_IN_THE_ROLE, mode=Mode.REDACT)
RIGHTS_READ = attrs.evolve(DISCLOSURE, action="read")
ALLOWANCES = attrs.evolve(
    NURSE_READS,
    subject=Subject(
        PERSON,
        kind=Kind.STAFF,
        assignments=[Assignment(role="allowance_file_manager", service="family_allowances", team=TEAM)],
    ),
    dossier=attrs.evolve(NURSE_READS.dossier, service="family_allowances"),
    categories=frozenset({"identification"}),
    group="allowance_child",
    purpose="family_allowances",
)


# What a person reads.


@pytest.mark.parametrize(
    ("request_", "language", "headline"),
    [
        (
            NURSE_READS,
            "en",
            "Yes: you may read health data about children and their families for preventive family support.",
        ),
        (
            NURSE_READS,
            "nl",
            "Ja: je mag gezondheidsgegevens over kinderen en hun gezinnen voor preventieve gezinsondersteuning lezen.",
        ),
        (
            LINKLESS,
            "en",
            "No: you may not read health data about children and their families for preventive family support.",
        ),
        (
            attrs.evolve(LINKLESS, purpose=None, group=None, categories=frozenset()),
            "en",
            "No: you may not read data that are not stated about a group that is not stated with no purpose stated.",
        ),
        (
            attrs.evolve(LINKLESS, purpose=None, group=None, categories=frozenset()),
            "nl",
            "Nee: je mag niet nader genoemde gegevens over een niet vermelde groep zonder vermeld doel niet lezen.",
        ),
    ],
)
def test_the_first_sentence_is_the_verdict(request_: AccessRequest, language: str, headline: str) -> None:
    """The first sentence says yes or no and repeats what was asked, in the words of the policy."""
    explanation = explain(request_, language)

    assert explanation.headline == headline
    assert explanation.text().splitlines()[0] == headline
    assert bool(explanation) is headline.startswith(("Yes", "Ja"))


def test_a_permit_says_what_held() -> None:
    """A permit answers all three questions with yes, and names the facts that made it so."""
    explanation = explain(NURSE_READS)

    assert [found.holds for found in explanation.questions] == [True, True, True]
    assert [found.asked for found in explanation.questions] == [
        "May this service use these data about this group?",
        "Do you need them for your task?",
        "Is there no prohibition in the way?",
    ]
    assert not any(found.failed for found in explanation.questions)
    assert "your team is the dossier's team" in texts(question(explanation, "need").held)
    assert "your role is nurse" in texts(question(explanation, "need").held)
    assert "the data are about children and their families" in texts(question(explanation, "scope").held)
    assert explanation.why == ()
    assert explanation.ways_out == ()


@pytest.mark.parametrize(
    ("request_", "name", "reason", "failed"),
    [
        (
            attrs.evolve(NURSE_READS, categories=frozenset({"religious_belief"})),
            "scope",
            "category_not_listed",
            ["the kind of data asked for is philosophical or religious belief"],
        ),
        (LINKLESS, "need", "no_task_need", ["nothing links you to this dossier"]),
        (
            PASSIVE,
            "need",
            "passive_restricted",
            ["the dossier is passive: the service has ended and the retention term is running"],
        ),
        (
            in_context(NURSE_READS, channel="whatsapp"),
            "limits",
            "channel_social_media",
            ["the channel is social media"],
        ),
        (
            about(NURSE_READS, objection="pending"),
            "limits",
            "objection_pending",
            [
                "the objection of the person concerned is still being examined",
                "the stated purpose is preventive family support",
            ],
        ),
    ],
)
def test_a_denial_says_what_failed(request_: AccessRequest, name: str, reason: str, failed: list[str]) -> None:
    """A denial says which question is answered with no and which facts stand in the way."""
    explanation = explain(request_)

    assert not question(explanation, name).holds
    assert texts(question(explanation, name).failed) == failed
    assert reason in [why.reason.code for why in explanation.why]
    lines = explanation.text().splitlines()
    assert all(f"      - {sentence}" in "\n".join(lines) for sentence in failed)


def test_what_held_is_told_beside_what_failed() -> None:
    """A nurse without a link still reads that her role, the phase and the service are right."""
    explanation = explain(LINKLESS)

    assert question(explanation, "scope").holds
    assert question(explanation, "limits").holds
    held = texts(question(explanation, "need").held)
    assert {"your role is nurse", "the dossier is active, as the service is in use"} <= set(held)


def test_the_deciding_rules_are_cited() -> None:
    """A denial cites the rule that gave it, with its clauses in words and the line where it stands."""
    (rule,) = explain(LINKLESS).rules

    assert (rule.rule, rule.table, rule.effect, rule.reason) == ("NX-NO-LINK", "need", Effect.DENY, "no_task_need")
    assert rule.deciding
    assert [clause.code for clause in rule.clauses] == ["KG-GEN-3", "KG-RET-7"]
    assert rule.clauses[1].text.startswith("During the active period")
    path, line = rule.place.rsplit(":", 1)
    assert path.endswith("need/rules.csv")
    assert int(line) > 1
    shown = explain(LINKLESS).text().split("Rules\n")[1].splitlines()
    assert shown[0] == "  NX-NO-LINK (denies: no_task_need)"
    assert shown[1].strip().startswith("KG-GEN-3 The agency")
    assert shown[2].strip().startswith("KG-RET-7 During the active period")


def test_rules_that_decide_together_are_not_called_powerless() -> None:
    """Three rules against Office365 deny together; none decides alone, and none is said to change nothing."""
    explanation = explain(in_context(NURSE_READS, channel="teams"))

    assert [rule.deciding for rule in explanation.rules] == [False, False, False]
    assert explanation.text().count("does not change the answer by itself") == 0


def test_dutch_is_dutch_throughout() -> None:
    """The Dutch explanation has Dutch headings, facts, reasons, clauses and ways out."""
    text = explain(LINKLESS, "nl").text()

    for expected in (
        "Waarom",
        "Je hebt in deze dienst geen taak of team die je met dit dossier verbindt. (no_task_need)",
        "De drie vragen",
        "nee Heb jij ze nodig voor je taak?",
        "      - niets verbindt jou met dit dossier",
        "      + je rol is verpleegkundige",
        "NX-NO-LINK (weigert: no_task_need)",
        "Wat zou helpen",
        "De teamverantwoordelijke kan je een taak op dit dossier geven.",
        "Wat erbij hoort",
        "Vragen: privacy.office@kindengezin.be",
    ):
        assert expected in text
    for heading in explain(LINKLESS, "en").labels.values():
        assert f"\n{heading}\n" not in text


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_remedy(reason: Reason, language: str) -> None:
    """Every reason of the contract says in both languages what it means, who can help, and how."""
    entry = guard().policy.reasons[reason]

    assert entry.text.in_(language).endswith(".")
    assert entry.remedy.text.in_(language).endswith(".")
    assert entry.remedy.by in {"requester", "team_lead", "privacy_office", "policy_officer", "application", "nobody"}


def test_the_remedy_of_a_reason_stands_with_it() -> None:
    """Each reason of a denial comes with who can do something about it and what."""
    (why,) = explain(about(NURSE_READS, objection="pending")).why

    assert why.reason.text.startswith("The person concerned has objected")
    assert why.by == "privacy_office"
    assert why.remedy == "The Privacy Office can complete the weighing and record its outcome."


def test_the_remedies_are_shown_when_no_way_out_was_found() -> None:
    """A denial that no fact can turn still says whom to turn to."""
    explanation = explain(by(NURSE_READS, service="childcare"))

    assert explanation.ways_out == ()
    assert "  You can pass your question to a colleague in the competent service." in explanation.text()


def test_what_would_help_names_who_can_do_it() -> None:
    """A missing link can be given in two ways, both by the team lead."""
    explanation = explain(LINKLESS)

    assert hows(explanation) == [
        ["The team lead can add you to the team of this dossier."],
        ["The team lead can give you a task on this dossier."],
    ]
    assert all(way.possible for way in explanation.ways_out)
    assert {step.by for way in explanation.ways_out for step in way.steps} == {"team_lead"}


def test_steps_that_only_help_together_stand_together() -> None:
    """Office365 opens through another channel, or through three conditions that are told as one way out."""
    first, second = explain(in_context(NURSE_READS, channel="teams")).ways_out

    assert [(step.fact, step.value) for step in first.steps] == [("channel", "ordinary")]
    assert {(step.fact, step.value) for step in second.steps} == {
        ("encrypted", "yes"),
        ("key_holder", "other"),
        ("exceptional_case", "given"),
    }


def test_leaving_categories_out_is_a_way_out() -> None:
    """When only some of the data are refused, asking without them is the first thing that helps."""
    explanation = explain(NOT_IN_THE_ROLE)

    assert hows(explanation)[0] == ["Ask again without financial details."]
    assert hows(explain(NOT_IN_THE_ROLE, "nl"))[0] == ["Vraag het opnieuw zonder financiële bijzonderheden."]


def test_what_nobody_can_change_is_told_as_such() -> None:
    """What is in nobody's hands is marked, and comes after what somebody can do."""
    explanation = explain(PASSIVE)

    assert [way.possible for way in explanation.ways_out] == [False]
    helping = explanation.text().split("What would help\n")[1].split("\n\n")[0].splitlines()
    assert helping[0].startswith("  You can turn to a keeper of passive dossiers")
    assert helping[1].startswith("  In nobody's hands: A dossier becomes active only when the family uses the service")


def test_nothing_is_told_twice_under_what_would_help() -> None:
    """A sentence that is both the remedy and the way out stands there once."""
    explanation = explain(attrs.evolve(ALLOWANCES, at=datetime(2018, 12, 1, 10, tzinfo=AT.tzinfo)))

    helping = explanation.text().split("What would help\n")[1].split("\n\n")[0]
    assert helping.count("The starting date of the service is fixed.") == 1


@pytest.mark.parametrize(
    ("request_", "duties"),
    [
        (ADOPTION_TRANSFER, ["encrypt_in_transit", "four_eyes", "log", "record_legal_basis"]),
        (OFFICE365_EXCEPTION, ["encrypt_at_rest", "log", "notify_dpo"]),
        (HELPLINE, ["log", "processor_log"]),
        (RECIPIENT, ["log", "pseudonymise", "record_authorisation"]),
        (KEEPER, ["log", "record_justification"]),
        (DISCLOSURE, ["log", "redact_third_party"]),
    ],
)
def test_the_obligations_of_a_permit_are_instructions(request_: AccessRequest, duties: list[str]) -> None:
    """A permit comes with what the application must do: each duty as an instruction with its code."""
    explanation = explain(request_)

    assert explanation
    assert [duty.code for duty in explanation.obligations] == duties
    told = explanation.text().split("What goes with it\n")[1].split("\n\n")[0].splitlines()
    assert told == [f"  {guard().policy.vocabulary.obligations[duty].en} ({duty})" for duty in duties]


def test_the_obligations_are_told_in_dutch_too() -> None:
    """A Dutch explanation gives its instructions in Dutch."""
    told = explain(ADOPTION_TRANSFER, "nl").text()

    assert "  Versleutel de gegevens terwijl ze worden verzonden. (encrypt_in_transit)" in told


def test_a_redacted_permit_says_what_is_left_out_and_why() -> None:
    """A permit with redaction names the data that may be used, those left out, the reason and the obligation."""
    explanation = explain(REDACTED)

    assert explanation
    assert explanation.headline == (
        "Yes: you may read health data about children and their families for preventive family support. "
        "Left out: financial details."
    )
    assert [why.reason.code for why in explanation.why] == ["role_category"]
    assert explanation.ways_out == ()
    assert [found.holds for found in explanation.questions] == [True, True, True]
    assert "the kind of data asked for is health data" in texts(question(explanation, "need").held)
    assert "  Leave the data that are not allowed out of the answer. (redact)" in explanation.text()
    assert "Weggelaten: financiële bijzonderheden." in explain(REDACTED, "nl").headline


def test_obligations_that_the_application_cannot_meet_are_named() -> None:
    """A permit that became a denial says what the application must first be able to do."""
    explanation = guard(ONLY_LOG).explain(**asked(RIGHTS_READ))

    assert explanation.headline.startswith("No: you may not read")
    assert [why.reason.code for why in explanation.why] == ["obligation_not_supported"]
    assert [found.holds for found in explanation.questions] == [True, True, True]
    ((step,),) = [way.steps for way in explanation.ways_out]
    assert (step.fact, step.value, step.by) == ("fulfils", "redact_third_party", "application")
    assert "Remove from the copy whatever is about other people." in step.how
    assert all(rule.effect is Effect.PERMIT for rule in explanation.rules)


# When the answer changes by itself.


@pytest.mark.parametrize(
    ("request_", "day", "english", "dutch"),
    [
        (
            about(NURSE_READS, use=[("2017-01-01", "2019-06-30")], retain_until="2034-12-31"),
            date(2019, 7, 1),
            "From 1 July 2019 this is no longer allowed",
            "Vanaf 1 juli 2019 mag dit niet meer",
        ),
        (
            by(NURSE_READS, valid_until="2019-06-21"),
            date(2019, 6, 22),
            "From 22 June 2019 this is no longer allowed.",
            "Vanaf 22 juni 2019 mag dit niet meer.",
        ),
        (
            by(NURSE_READS, valid_from="2019-08-01"),
            date(2019, 8, 1),
            "From 1 August 2019 this is allowed.",
            "Vanaf 1 augustus 2019 mag dit.",
        ),
        (
            RECIPIENT,
            date(2021, 1, 1),
            "From 1 January 2021 this is no longer allowed.",
            "Vanaf 1 januari 2021 mag dit niet meer.",
        ),
        (
            attrs.evolve(ALLOWANCES, at=datetime(2018, 12, 31, 23, tzinfo=AT.tzinfo)),
            date(2019, 1, 1),
            "From 1 January 2019 this is allowed.",
            "Vanaf 1 januari 2019 mag dit.",
        ),
        (
            in_context(ADOPTION_TRANSFER, destination_country="GB"),
            date(2020, 2, 1),
            "From 1 February 2020 this is no longer allowed.",
            "Vanaf 1 februari 2020 mag dit niet meer.",
        ),
        (
            PASSIVE,
            date(2033, 1, 1),
            "From 1 January 2033 on, too, this is not allowed; the retention term of the dossier is over.",
            "Ook vanaf 1 januari 2033 mag dit niet; de bewaartermijn van het dossier is voorbij.",
        ),
    ],
    ids=["use-ends", "post-ends", "post-begins", "authorisation-ends", "service-starts", "country-leaves", "term-ends"],
)
def test_a_change_ahead_is_announced(request_: AccessRequest, day: date, english: str, dutch: str) -> None:
    """An explanation says from which day the answer or the phase is another one."""
    explanation = explain(request_)

    assert explanation.turn is not None
    assert explanation.turn.day == day
    assert explanation.turn.text.startswith(english)
    assert f"When the answer changes\n  {explanation.turn.text}" in explanation.text()
    assert f"Wanneer het antwoord verandert\n  {dutch}" in explain(request_, "nl").text()


def test_a_turn_into_another_phase_names_the_phase() -> None:
    """Whoever loses access because the service ends reads that the dossier is passive from then on."""
    turn = explain(about(NURSE_READS, use=[("2017-01-01", "2019-06-30")], retain_until="2034-12-31")).turn

    assert turn is not None
    assert (turn.effect, turn.phase) == (Effect.DENY, Phase.PASSIVE)
    assert "the dossier is passive" in turn.text


def test_no_change_ahead_is_not_announced() -> None:
    """Without an end in sight nothing is said about when the answer changes."""
    explanation = explain(NURSE_READS)

    assert explanation.turn is None
    assert "When the answer changes" not in explanation.text()


def test_the_day_that_counts_is_the_one_in_brussels() -> None:
    """Half an hour before midnight UTC it is already the next day in Brussels, so the turn lies behind."""
    ending = by(NURSE_READS, valid_until="2019-06-17")
    late = datetime.fromisoformat("2019-06-17T22:30:00+00:00")

    assert explain(ending).turn is not None
    assert explain(attrs.evolve(ending, at=late)).turn is None
    assert not explain(attrs.evolve(ending, at=late))


# The forms in which it is given.


def test_the_repr_is_short_and_impersonal() -> None:
    """In a REPL an explanation is one short line without ids."""
    shown = repr(explain(LINKLESS))

    assert shown == "<Explanation of <Deny read active no_task_need>>"
    assert not any(private in shown for private in PRIVATE)


def test_printing_gives_the_text() -> None:
    """`print(explanation)` shows the same as `explanation.text()`."""
    explanation = explain(LINKLESS)

    assert str(explanation) == explanation.text()


def test_the_text_ends_with_contact_and_policy() -> None:
    """The last lines say where to turn and under which version was decided."""
    policy = guard().policy

    assert explain(LINKLESS).text().splitlines()[-2:] == [
        f"Questions: {policy.contact}",
        f"Policy: {policy.name} {policy.version} ({policy.digest[:12]})",
    ]


@pytest.mark.parametrize("request_", [NURSE_READS, LINKLESS, REDACTED, PASSIVE])
def test_json_is_the_dict(request_: AccessRequest) -> None:
    """The JSON reads back as exactly the dict, which is made of plain dicts and lists as it says."""
    explanation = explain(request_)

    assert json.loads(explanation.json()) == explanation.as_dict()


def test_the_json_holds_codes_and_texts() -> None:
    """A program finds verdict, reasons, questions, rules, ways out, turn and policy in the JSON."""
    content = json.loads(explain(PASSIVE, "nl").json())

    assert (content["effect"], content["phase"], content["reasons"]) == ("deny", "passive", ["passive_restricted"])
    assert content["language"] == "nl"
    assert [entry["name"] for entry in content["questions"]] == ["scope", "need", "limits"]
    assert content["rules"][0]["rule"] == "NX-PASSIVE"
    assert content["ways_out"][0]["steps"][0]["by"] == "nobody"
    assert content["turn"]["day"] == "2033-01-01"
    assert content["policy"]["digest"] == guard().policy.digest
    assert content["obligations"][0]["code"] == "log"


class Page(HTMLParser):
    """Reads HTML and remembers its elements, its text and whatever was closed in the wrong order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its signature
        """Open an element."""
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last, and no other."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


def read_page(html: str) -> Page:
    """Read a piece of HTML to its end."""
    page = Page()
    page.feed(html)
    page.close()
    return page


MARKUP = "[bold red]&amp; <b>not markup</b>[/] [link=x]"


@cache
def marked_up() -> Guard:
    """Give a guard whose policy texts look like the markup of a terminal and of HTML."""
    policy = guard().policy
    text = Label(MARKUP, MARKUP)
    reason, clause = policy.reasons[Reason.NO_TASK_NEED], policy.clauses["KG-GEN-3"]
    reasons: dict[str, ReasonText] = {**policy.reasons, Reason.NO_TASK_NEED: attrs.evolve(reason, text=text)}
    clauses: dict[str, Clause] = {**policy.clauses, "KG-GEN-3": attrs.evolve(clause, summary=text)}
    return Guard(attrs.evolve(policy, contact=MARKUP, reasons=reasons, clauses=clauses))


def test_html_is_escaped() -> None:
    """Policy texts with angle brackets and ampersands appear in a notebook as they are written."""
    page = read_page(marked_up().explain(**asked(LINKLESS))._repr_html_())

    assert page.text.count(MARKUP) == 3
    assert page.seen == {"section", "p", "strong", "h4", "ul", "li"}


@many_requests
@given(requests(), st.sampled_from(("nl", "en")))
def test_html_is_balanced_and_complete(request_: AccessRequest, language: str) -> None:
    """Every element of the HTML is closed in order, and every line of the text is in it."""
    explanation = explain(request_, language)
    page = read_page(explanation._repr_html_())

    assert (page.faults, page.open) == ([], [])
    for heading, entries in explanation.sections():
        assert heading in page.text
        assert all(entry.strip() in page.text for entry in entries)
    assert explanation.headline in page.text


def drawn(explanation: Explanation) -> str:
    """Draw an explanation on a terminal that nobody sees, wide enough for every line."""
    console = Console(record=True, file=io.StringIO(), width=2000)
    console.print(explanation)
    return "\n".join(line.rstrip() for line in console.export_text().splitlines())


def test_a_rich_terminal_shows_what_the_text_says() -> None:
    """The drawing holds every line of the text, in the same order."""
    explanation = explain(LINKLESS)

    assert drawn(explanation).split() == explanation.text().split()


def test_brackets_in_a_policy_text_are_no_markup_for_rich() -> None:
    """Policy texts that look like the markup of rich are drawn literally."""
    assert drawn(marked_up().explain(**asked(LINKLESS))).count(MARKUP) == 3


def test_a_rich_terminal_shows_a_person_outside_no_verdict() -> None:
    """The drawing for a person outside has no colour of a verdict and no policy line."""
    outside = explain(NURSE_READS, audience="subject")

    assert drawn(outside).split() == outside.text().split()


# The person outside.


def forms(explanation: Explanation) -> tuple[object, ...]:
    """Give everything by which somebody could tell two explanations apart."""
    return (
        explanation.text(),
        str(explanation),
        repr(explanation),
        bool(explanation),
        explanation.json(),
        explanation._repr_html_(),
        drawn(explanation),
    )


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_person_outside_learns_nothing(language: str) -> None:
    """A person outside reads that nothing can be said, and how to use their rights."""
    outside = explain(NURSE_READS, language, "subject")

    assert outside.decision is None
    assert not outside
    assert repr(outside) == "<Explanation for a person outside>"
    assert guard().policy.contact in outside.text()
    assert "permit" not in outside.json()
    assert guard().policy.digest[:12] not in outside.text()


@many_requests
@given(requests(), st.sampled_from(("nl", "en")), st.booleans())
def test_a_person_outside_is_told_the_same_whatever_is_decided(
    request_: AccessRequest,
    language: str,
    known: bool,  # noqa: FBT001 - drawn
) -> None:
    """Permit or denial, and whether or not there is a dossier: the words for a person outside are the same."""
    if not known:
        request_ = attrs.evolve(request_, dossier=Dossier("nowhere", service=request_.dossier.service))
    permit = explain(NURSE_READS, language, "subject")

    assert forms(explain(request_, language, "subject")) == forms(permit)
    decision = guard().decide(**asked(request_))
    spoken: Any = language
    assert forms(decision.explain(language=spoken, audience="subject")) == forms(permit)


# Asking for an explanation.


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"language": "fr"}, "`language`: unknown word `fr`; known are en, nl"),
        ({"audience": "staf"}, "`audience`: unknown word `staf`; did you mean `staff`?"),
        ({"language": ""}, "`language`: unknown word ``; known are en, nl"),
    ],
)
def test_an_unknown_language_or_audience_is_refused(words: dict[str, Any], message: str) -> None:
    """A language or audience that does not exist is an error that names the known ones."""
    with pytest.raises(UnknownTerm) as from_guard:
        guard().explain(**asked(LINKLESS), **words)
    with pytest.raises(UnknownTerm) as from_decision:
        guard().decide(**asked(LINKLESS)).explain(**words)

    assert str(from_guard.value) == str(from_decision.value) == message


@many_requests
@given(requests(), st.sampled_from(("nl", "en")))
def test_a_decision_explains_itself_without_dates(request_: AccessRequest, language: str) -> None:
    """A decision gives the explanation that the guard gives, but for when it changes."""
    spoken: Any = language
    own = guard().decide(**asked(request_)).explain(language=spoken)

    assert own == attrs.evolve(explain(request_, language), turn=None)


def test_an_unpickled_decision_says_how_to_get_an_explanation() -> None:
    """A decision that travelled has no guard with it, and points to the call that explains."""
    decision = guard().decide(**asked(LINKLESS))
    travelled = pickle.loads(pickle.dumps(decision))  # noqa: S301 - our own

    assert travelled == decision
    with pytest.raises(LookupError, match=r"guard\.explain"):
        travelled.explain()


def test_an_explanation_belongs_to_one_policy_version() -> None:
    """A policy that is put in use in the middle of a question does not mix with the one that was asked."""
    busy = Guard(guard().policy, fulfils=ALL)
    policy = busy.policy
    renamed = {
        name: attrs.evolve(table, rows=tuple(attrs.evolve(row, id=f"NEW-{row.id}") for row in table.rows))
        for name, table in policy.tables.items()
    }
    later = attrs.evolve(policy, tables=renamed, version="2.0.0")

    def words() -> Iterable[str]:
        busy.reload(later)
        yield "health"

    explanation = busy.explain(**{**asked(LINKLESS), "categories": words()})

    decision, _ = decided(explanation)
    assert [rule.rule for rule in explanation.rules] == list(decision.rules)
    assert {rule.rule.startswith("NEW-") for rule in explanation.rules} == {decision.policy.version == "2.0.0"}


class FailingEngine:
    """An engine that always fails."""

    def ask(self, table: str, point: tuple[str, ...]) -> NoReturn:  # noqa: ARG002 - the engine's signature
        """Fail."""
        raise EngineFailure(table, "broken on purpose")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_fault_is_explained_as_a_fault(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """While the engine fails, the explanation of the denial says so instead of failing too."""
    broken = Guard(guard().policy, fulfils=ALL)
    monkeypatch.setattr(broken._current.point, "engine", FailingEngine())

    explanation = broken.explain(**asked(by(NURSE_READS, valid_until="2019-06-21")), language=language)

    assert explanation.headline.startswith({"en": "No: a fault", "nl": "Nee: door een fout"}[language])
    assert [why.reason.code for why in explanation.why] == ["engine_failure"]
    assert not explanation
    assert "(engine_failure)" in explanation.text()


def test_a_decision_about_a_fault_explains_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A denial because of a fault is explained as that fault, while it lasts and when the engine works again."""
    broken = Guard(guard().policy, fulfils=ALL)
    with monkeypatch.context() as fault:
        fault.setattr(broken._current.point, "engine", FailingEngine())
        decision = broken.decide(**asked(NURSE_READS))
        during = decision.explain()
    later = decision.explain()

    assert during.headline == later.headline == "No: a fault kept this from being judged."
    assert "The application can try again and report the fault to its administrators." in later.text()
    assert broken.decide(**asked(NURSE_READS))


def test_a_fault_before_the_facts_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault before anything was found out gives an explanation without questions."""
    broken = Guard(guard().policy)

    def fail(*_: object) -> NoReturn:
        raise RuntimeError

    monkeypatch.setattr(broken._current.finder, "key", fail)
    explanation = broken.explain(**asked(NURSE_READS))

    assert explanation.headline == "No: a fault kept this from being judged."
    assert explanation.questions == ()
    assert explanation.turn is None


# Everything that is told is true.


@pytest.mark.parametrize("request_", PERMITTED)
def test_the_requests_from_which_the_others_start_are_permitted(request_: AccessRequest) -> None:
    """The strategy starts from requests that the shipped policy permits."""
    assert guard().decide(**asked(request_))


def after(facts: Facts, steps: Iterable[Step]) -> Facts:
    """Give the facts once some steps are taken."""
    changes = []
    for step in steps:
        if step.fact == "categories":
            kept = frozenset(step.value.split("|"))
            assert kept < facts.categories
            facts = attrs.evolve(facts, categories=kept, authorised=facts.authorised & kept)
        else:
            changes.append((step.fact, step.value))
    return applied(facts, tuple(changes))


@many_requests
@given(requests(), st.sampled_from((ALL, ONLY_LOG)))
def test_every_way_out_leads_out_and_none_is_longer_than_needed(
    request_: AccessRequest, fulfils: frozenset[Obligation]
) -> None:
    """What is said to help gives a permit when it is done, and none of its parts would have been enough."""
    explanation = guard(fulfils).explain(**asked(request_))
    decision, facts = decided(explanation)

    assert not (decision and explanation.ways_out)
    for way in explanation.ways_out:
        if way.steps[0].fact == "fulfils":
            able = fulfils | {Obligation(name) for name in way.steps[0].value.split("|")}
            assert judge(able).decide(facts)
            assert not any(judge(able - {name}).decide(facts) for name in able - fulfils)
            continue
        assert judge(fulfils).decide(after(facts, way.steps))
        for count in range(len(way.steps)):
            for part in combinations(way.steps, count):
                assert not judge(fulfils).decide(after(facts, part))


@many_requests
@given(requests())
def test_a_rule_is_called_deciding_exactly_when_it_is(request_: AccessRequest) -> None:
    """Without a rule that decides the verdict or its reasons are others; without any other cited rule they are not."""
    explanation = explain(request_)
    decision, facts = decided(explanation)

    assert tuple(rule.rule for rule in explanation.rules) == decision.rules
    for rule in explanation.rules:
        other = without(rule.rule).decide(facts)
        assert rule.deciding is ((other.effect, other.reasons) != (decision.effect, decision.reasons))


@many_requests
@given(requests())
def test_what_is_said_to_fail_does_fail(request_: AccessRequest) -> None:
    """
    Each fact under a "no" keeps a permitting row from matching, or is a condition of a denying row that matches.

    The permitting row is one whose every missing fact is told, but for those that the role already says.
    """
    explanation = explain(request_)
    _, facts = decided(explanation)
    points = [judge().point(facts, standing, category) for category in facts.asked() for standing in facts.standings]
    for found in explanation.questions:
        told = {sentence.code for sentence in found.failed}
        true: set[str] = set()
        for row in guard().policy.tables[found.name].rows:
            for point in points:
                failing = row.failing(point)
                if row.effect is Effect.DENY and not failing:
                    true |= {f"{fact}={point[fact]}" for fact in row.conditions}
                missing = {f"{fact}={point[fact]}" for fact in failing}
                if row.effect is Effect.PERMIT and not {
                    code for code in missing - told if not code.startswith(("standing=", "kind="))
                }:
                    true |= missing
        assert told <= true
        assert bool(told) is not found.holds


@many_requests
@given(requests())
def test_what_is_said_to_hold_does_hold(request_: AccessRequest) -> None:
    """Each fact beside a plus is true of the request, never stands beside a minus too, and a permit has no minus."""
    explanation = explain(request_)
    decision, facts = decided(explanation)
    true = {
        f"{fact}={value}"
        for category in facts.asked()
        for standing in facts.standings
        for fact, value in judge().point(facts, standing, category).items()
    }
    for found in explanation.questions:
        held, failed = {sentence.code for sentence in found.held}, {sentence.code for sentence in found.failed}
        assert held <= true
        assert not held & failed
    assert all(found.holds for found in explanation.questions) is decision.allowed


@many_requests
@given(requests(), st.integers(1, 15_000))
def test_a_turn_is_on_the_first_day_that_is_different(request_: AccessRequest, ahead: int) -> None:
    """On the day of a turn the verdict and phase are as told, and on every day before they are still the old ones."""
    explanation = explain(request_)
    decision, _ = decided(explanation)

    def on(days: int) -> tuple[Effect, Phase]:
        later = guard().decide(**asked(attrs.evolve(request_, at=AT + timedelta(days))))
        return later.effect, later.phase

    now = decision.effect, decision.phase
    if explanation.turn is not None:
        turn = (explanation.turn.day - AT.date()).days
        assert on(turn) == (explanation.turn.effect, explanation.turn.phase)
        assert on(turn) != now
        assert on(turn - 1) == now
        ahead %= turn
    assert on(ahead) == now


@many_requests
@given(requests(), st.sampled_from(("nl", "en")))
def test_nothing_personal_is_told(request_: AccessRequest, language: str) -> None:
    """No id, reference or free text of a request shows in any form of its explanation."""
    explanation = explain(request_, language)
    shown = f"{explanation.text()}{explanation!r}{explanation.json()}{explanation._repr_html_()}"

    assert not any(private in shown for private in PRIVATE)


@many_requests
@given(requests())
def test_both_languages_say_the_same(request_: AccessRequest) -> None:
    """The Dutch and the English explanation hold the same codes, and no text of either is empty."""
    dutch, english = explain(request_, "nl"), explain(request_, "en")

    def codes(explanation: Explanation) -> tuple[object, ...]:
        return (
            [why.reason.code for why in explanation.why],
            [([s.code for s in found.held], [s.code for s in found.failed]) for found in explanation.questions],
            [(rule.rule, rule.deciding, [clause.code for clause in rule.clauses]) for rule in explanation.rules],
            [[(step.fact, step.value) for step in way.steps] for way in explanation.ways_out],
            [duty.code for duty in explanation.obligations],
            explanation.turn and (explanation.turn.day, explanation.turn.effect, explanation.turn.phase),
        )

    assert codes(dutch) == codes(english)
    for explanation in (dutch, english):
        assert all(entry.strip() for _, entries in explanation.sections() for entry in entries)
        assert all(why.remedy for why in explanation.why)
