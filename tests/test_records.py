"""The records that a caller fills in: what they refuse, what they accept, and that they tell nothing about anybody."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kg_access.dossier import Dossier
from kg_access.errors import InvalidInput, UnknownTerm
from kg_access.request import AccessRequest, Context
from kg_access.subject import Assignment, Authorisation, Subject
from kg_access.vocabulary import Erasure, IdentityProof, Kind, Objection, Phase, Preservation
from tests.people import NOON, SERVICE, UNHURRIED, able_guard, dossier, health, staff

Make = Callable[..., object]

NAIVE = datetime(2019, 6, 17)  # noqa: DTZ001 - a naive moment is what is refused
AWARE = datetime(2019, 6, 17, tzinfo=UTC)


def subject(**changes: Any) -> Subject:
    """Make a subject with one field otherwise."""
    return Subject(**{"id": "nele", "kind": "staff", **changes})


def assignment(**changes: Any) -> Assignment:
    """Make an assignment with one field otherwise."""
    return Assignment(**{"role": "nurse", "service": SERVICE, **changes})


def authorisation(**changes: Any) -> Authorisation:
    """Make an authorisation with one field otherwise."""
    usual = {"id": "AUT-1", "service": SERVICE, "categories": {"health"}, "purpose": "official_statistics"}
    return Authorisation(**{**usual, **changes})


def record(**changes: Any) -> Dossier:
    """Make a dossier with one field otherwise."""
    return Dossier(**{"id": "D1", "service": SERVICE, **changes})


IDS = [
    (subject, "id"),
    (subject, "organisation"),
    (assignment, "team"),
    (assignment, "dossier"),
    (assignment, "task"),
    (assignment, "on_behalf_of"),
    (authorisation, "id"),
    (record, "id"),
    (record, "team"),
]
SETS_OF_IDS = [(subject, "related_to"), (record, "reserved_for")]
SETS = [*SETS_OF_IDS, (authorisation, "categories"), (authorisation, "phases")]
WORDS = [
    (assignment, "role"),
    (assignment, "service"),
    (authorisation, "service"),
    (authorisation, "purpose"),
    (record, "service"),
    (Context, "channel"),
    (Context, "recipient_type"),
]
DAYS = [
    (assignment, "valid_from"),
    (assignment, "valid_until"),
    (authorisation, "valid_from"),
    (authorisation, "valid_until"),
    (record, "retain_until"),
]
TEXTS = [
    (record, "country_of_origin"),
    (record, "controller"),
    *(
        (Context, name)
        for name in (
            "destination_country", "access_country", "second_approver", "legal_basis_ref", "relevance_ref",
            "regulation_ref", "case_ref", "key_holder", "exceptional_case_ref", "break_glass",
        )
    ),
]  # fmt: skip
FLAGS = [(Context, "caller_verified"), (Context, "encrypted")]
CLOSED: list[tuple[Make, str, type[StrEnum]]] = [
    (subject, "kind", Kind),
    (record, "preserved_for", Preservation),
    (record, "objection", Objection),
    (record, "erasure", Erasure),
    (Context, "identity_proof", IdentityProof),
]
RECORDS: list[tuple[str, object]] = [
    ("id", subject()),
    ("role", assignment()),
    ("purpose", authorisation()),
    ("service", record()),
    ("channel", Context()),
]


def refusal(make: Make, **changes: object) -> InvalidInput:
    """Give the error with which a record refuses these fields."""
    with pytest.raises(InvalidInput) as raised:
        make(**changes)
    return raised.value


# -- wrong types ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "field"), [*IDS, *WORDS, *TEXTS, *DAYS])
@pytest.mark.parametrize("value", [7, 1.5, True, b"x", ["x"], object()])
def test_a_value_of_the_wrong_type_is_refused_by_the_name_of_its_field(make: Make, field: str, value: object) -> None:
    """A number, a truth value, bytes, a list or an object is no id, word, text or day."""
    error = refusal(make, **{field: value})

    assert error.field == field
    assert f"`{field}`" in str(error)


@pytest.mark.parametrize(("make", "field"), FLAGS)
@pytest.mark.parametrize("value", ["yes", "true", "false", 1, 0, None, []])
def test_only_true_and_false_answer_a_yes_or_no_field(make: Make, field: str, value: object) -> None:
    """A text such as `false`, which Python takes for true, is refused."""
    assert refusal(make, **{field: value}).field == field


@pytest.mark.parametrize(("make", "field", "vocabulary"), CLOSED)
@pytest.mark.parametrize("value", [7, b"staff", ["staff"], True])
def test_a_closed_word_of_the_wrong_type_is_refused(
    make: Make, field: str, vocabulary: type[StrEnum], value: object
) -> None:
    """A closed word is a text or a member of its vocabulary."""
    assert refusal(make, **{field: value}).field == field
    assert list(vocabulary)


@pytest.mark.parametrize(("make", "field", "vocabulary"), CLOSED)
def test_a_closed_word_may_be_its_text_or_its_member(make: Make, field: str, vocabulary: type[StrEnum]) -> None:
    """Every word of a closed vocabulary is accepted as text and as member, and is kept as member."""
    for word in vocabulary:
        assert getattr(make(**{field: word}), field) is word
        assert getattr(make(**{field: str(word)}), field) is word


@pytest.mark.parametrize(("make", "field", "vocabulary"), CLOSED)
def test_an_unknown_closed_word_names_the_nearest(make: Make, field: str, vocabulary: type[StrEnum]) -> None:
    """A misspelt closed word is an unknown term that names its field and the word that was meant."""
    meant = str(list(vocabulary)[-1])
    error = refusal(make, **{field: f"{meant}x"})

    assert isinstance(error, UnknownTerm)
    assert (error.field, error.term, error.nearest) == (field, f"{meant}x", meant)
    assert f"did you mean `{meant}`?" in str(error)


def test_an_unknown_phase_of_an_authorisation_names_the_nearest() -> None:
    """The phases of an authorisation are words of the closed list."""
    error = refusal(authorisation, phases=["activ"])

    assert isinstance(error, UnknownTerm)
    assert (error.field, error.nearest) == ("phases", "active")


@pytest.mark.parametrize(("make", "field"), SETS)
@pytest.mark.parametrize("value", ["active", b"active", 7, [7], [None], [b"active"], [["active"]]])
def test_a_set_is_not_a_bare_string(make: Make, field: str, value: object) -> None:
    """A bare string would be read letter by letter, so it is refused, and so is whatever holds no texts."""
    assert refusal(make, **{field: value}).field == field


@pytest.mark.parametrize(("make", "field"), SETS_OF_IDS)
@pytest.mark.parametrize("collection", [list, tuple, set, frozenset, iter])
def test_a_set_may_be_any_collection(make: Make, field: str, collection: Callable[[list[str]], object]) -> None:
    """A list, a tuple, a set or an iterator of ids becomes a frozen set."""
    assert getattr(make(**{field: collection(["D1", "D2", "D1"])}), field) == frozenset({"D1", "D2"})


@pytest.mark.parametrize("value", ["nurse", b"nurse", 7, ["nurse"], [None], [{"role": "nurse"}]])
def test_assignments_are_assignments(value: object) -> None:
    """A role by itself, or a mapping, is no assignment; nor is it an authorisation."""
    assert refusal(subject, assignments=value).field == "assignments"
    assert refusal(subject, authorisations=value).field == "authorisations"


def test_an_authorisation_is_not_an_assignment() -> None:
    """The two kinds of record are not taken for each other."""
    assert refusal(subject, assignments=[authorisation()]).field == "assignments"
    assert refusal(subject, authorisations=[assignment()]).field == "authorisations"


def test_no_objection_of_any_kind_is_assumed() -> None:
    """What is left out counts as not recorded."""
    bare = record()

    assert (bare.team, bare.use, bare.retain_until, bare.preserved_for) == (None, (), None, None)
    assert (bare.reserved_for, bare.objection, bare.erasure, bare.controller) == (frozenset(), None, None, None)
    assert authorisation().phases == frozenset({Phase.ACTIVE})


# -- empty, missing and ill-formed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "field"), IDS)
@pytest.mark.parametrize("value", ["", " ", "\u00a0", "\u3000"])
def test_an_id_is_not_empty(make: Make, field: str, value: str) -> None:
    """An empty or blank id is refused, since two of them would be equal."""
    assert refusal(make, **{field: value}).field == field


@pytest.mark.parametrize(("make", "field"), SETS_OF_IDS)
def test_an_id_in_a_set_is_not_empty(make: Make, field: str) -> None:
    """The ids in a set are read like any other."""
    assert refusal(make, **{field: ["D1", ""]}).field == field
    assert refusal(make, **{field: ["D1", "D\x002"]}).field == field


@pytest.mark.parametrize(("make", "field"), IDS)
@pytest.mark.parametrize("character", ["\x00", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\ud800"])
def test_an_id_holds_no_control_characters(make: Make, field: str, character: str) -> None:
    """An id with a line break, an escape or half a character is refused, and the message does not repeat it."""
    error = refusal(make, **{field: f"ne{character}le"})

    assert error.field == field
    assert "le" not in str(error).replace(f"`{field}`", "")
    assert str(error).isprintable()


@pytest.mark.parametrize(("make", "field"), WORDS)
def test_a_word_is_not_empty(make: Make, field: str) -> None:
    """An empty word is refused when the record is made."""
    assert refusal(make, **{field: ""}).field == field


def test_a_dossier_belongs_to_a_service() -> None:
    """A dossier whose service is left out, or stated as nothing, is refused."""
    assert refusal(Dossier, id="D1").field == "service"
    assert refusal(record, service=None).field == "service"
    assert refusal(record, service="").field == "service"


@pytest.mark.parametrize(("make", "field"), TEXTS)
@pytest.mark.parametrize("value", ["", " ", "\n\t ", None])
def test_blank_text_counts_as_none(make: Make, field: str, value: str | None) -> None:
    """A reference of nothing but spaces refers to nothing."""
    assert getattr(make(**{field: value}), field) is None


@pytest.mark.parametrize(("make", "field"), [(make, field) for make, field in TEXTS if field != "controller"])
def test_text_that_nobody_can_see_counts_as_none(make: Make, field: str) -> None:
    """A reference of nothing but invisible characters refers to nothing; a controller is left out, as none is wider."""
    for unseen in ("\u200b", "\u2060\ufeff", "\u200e \u200f", "\u00ad"):
        assert getattr(make(**{field: unseen}), field) is None


# -- days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "field"), DAYS)
@pytest.mark.parametrize("moment", [NAIVE, AWARE])
def test_a_moment_is_not_a_day(make: Make, field: str, moment: datetime) -> None:
    """A datetime, naive or aware, is refused where a calendar day is wanted: its day depends on a time zone."""
    assert refusal(make, **{field: moment}).field == field


@pytest.mark.parametrize(("make", "field"), DAYS)
@pytest.mark.parametrize(
    "written",
    [
        "", "2019", "2019-06", "20190617", "2019-6-17", "17-06-2019", "17/06/2019", "2019-06-17T00:00", "2019-02-29",
        "2019-13-01", "0000-01-01", " 2019-06-17", "2019-06-17 ", "2019-W25-1", "2019-168",
        "\uff12\uff10\uff11\uff19-06-17", "today",
    ],
)  # fmt: skip
def test_a_day_is_written_in_one_way(make: Make, field: str, written: str) -> None:
    """Only a year, a month and a day that exist, in digits joined by dashes, are a calendar day."""
    assert refusal(make, **{field: written}).field == field


@pytest.mark.parametrize(("make", "field"), DAYS)
def test_a_day_may_be_a_date_or_a_text(make: Make, field: str) -> None:
    """A date and its text are the same day."""
    assert getattr(make(**{field: "2020-02-29"}), field) == date(2020, 2, 29)
    assert getattr(make(**{field: date(2020, 2, 29)}), field) == date(2020, 2, 29)
    assert getattr(make(**{field: None}), field) is None


@pytest.mark.parametrize("moment", [NAIVE, AWARE])
def test_a_moment_is_not_an_end_of_an_interval(moment: datetime) -> None:
    """The ends of a use interval are calendar days as well; the error names the end."""
    assert refusal(record, use=[(moment, None)]).field == "use from"
    assert refusal(record, use=[("2019-01-01", moment)]).field == "use until"


@pytest.mark.parametrize(
    "use",
    ["2019-01-01", b"x", 7, None, ["2019-01-01"], [7], [None], [("2019-01-01",)], [()], [(None, "2019-01-01")],
     [("2019-01-01", None, None)], [{"from": "2019-01-01", "until": None, "why": ""}], ("2019-01-01", None)],
)  # fmt: skip
def test_an_interval_is_a_pair_of_days(use: object) -> None:
    """Whatever is not a list of pairs with a first day is refused by the name of the field."""
    assert refusal(record, use=use).field in {"use", "use from"}


@pytest.mark.parametrize("make", [assignment, authorisation])
def test_a_validity_is_not_reversed(make: Make) -> None:
    """A last day before the first is refused; one and the same day is not."""
    assert refusal(make, valid_from="2019-06-18", valid_until="2019-06-17").field == "valid_until"
    assert make(valid_from="2019-06-17", valid_until="2019-06-17") is not None


def test_an_interval_of_use_is_not_reversed() -> None:
    """An interval that ends before it starts is refused, also when it is not the first one."""
    assert refusal(record, use=[("2019-06-18", "2019-06-17")]).field == "use until"
    assert refusal(record, use=[("2018-01-01", None), ("2019-06-18", "2019-06-17")]).field == "use until"


def test_intervals_may_come_in_any_order() -> None:
    """Two dossiers with the same intervals are equal, whatever the order in which these were given."""
    early, late = ("2014-05-01", "2017-05-01"), ("2019-02-01", None)

    assert record(use=[early, late]) == record(use=[late, early])
    assert record(use=iter([late, early])).use[0] == (date(2014, 5, 1), date(2017, 5, 1))


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (assignment, {"valid_from": "2019-06-18", "valid_until": "2019-06-17"}),
        (record, {"use": [("2019-06-18", "2019-06-17")]}),
        (record, {"retain_until": "2019-02-31"}),
        (record, {"use": [("Nele Janssens", None)]}),
        (assignment, {"valid_from": "Nele Janssens"}),
    ],
)
def test_a_refused_day_is_not_repeated(make: Make, changes: dict[str, object]) -> None:
    """The message of a wrong day names the field; the dates of a person or a dossier are not in it."""
    message = str(refusal(make, **changes))

    assert "2019-06-17" not in message
    assert "2019-06-18" not in message
    assert "2019-02-31" not in message
    assert "Nele" not in message


# -- ids in any script ------------------------------------------------------------------------------------------------

IN_ANY_SCRIPT = [
    "نيلي",
    "ネレ",
    "Неле",
    "นีล",
    "né-2/§",
    "👩‍⚕️",
    "क्षेत्र",
    "a b",
    "O'Brien; --",
    "נלה",
    "\U0001d4a9",
    "%s{0}",
]


@pytest.mark.parametrize("name", IN_ANY_SCRIPT)
@pytest.mark.parametrize(("make", "field"), IDS)
def test_an_id_may_be_in_any_script(make: Make, field: str, name: str) -> None:
    """An id is kept as it is written, letter for letter, in whatever script."""
    assert getattr(make(**{field: name}), field) == name


@pytest.mark.parametrize("name", IN_ANY_SCRIPT)
def test_ids_in_any_script_link_people_and_dossiers(name: str) -> None:
    """A team, a task and a family tie work in any script."""
    guard = able_guard()
    own = dossier(team=name)
    tasked = staff(team=None, dossier=name, task=f"task of {name}")

    assert guard.decide(staff(team=name), "read", own, **health())
    assert guard.decide(tasked, "read", dossier(name=name, team=None), **health())
    assert not guard.decide(tasked, "read", dossier(name=f"{name}2", team=None), **health())
    family = attrs.evolve(staff(name=name, team=name), related_to={own.id})
    assert guard.decide(family, "read", own, **health()).reasons == ("conflict_of_interest",)


class Shouting(str):
    """A text whose own methods give something else."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.upper()


@pytest.mark.parametrize(("make", "field"), [*IDS, *WORDS])
def test_a_subclass_of_text_counts_by_its_letters(make: Make, field: str) -> None:
    """A record keeps plain text, so that no method of another class takes part in a decision."""
    kept = getattr(make(**{field: Shouting("nurse")}), field)

    assert kept == "nurse"
    assert type(kept) is str


# -- frozen, equal, picklable -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("field", "made"), RECORDS)
def test_records_are_frozen(field: str, made: object) -> None:
    """A field of a record cannot be set, deleted or added."""
    before = getattr(made, field)

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(made, field, "another")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        delattr(made, field)
    with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
        made.unheard_of = 1  # type: ignore[attr-defined]
    assert getattr(made, field) == before


@pytest.mark.parametrize(("field", "made"), [*RECORDS, ("use", dossier(Phase.PASSIVE)), ("assignments", staff())])
def test_records_are_values(field: str, made: object) -> None:
    """A record is hashable, and equals its pickled copy in every field."""
    other = pickle.loads(pickle.dumps(made))  # noqa: S301 - we made it

    assert other == made
    assert hash(other) == hash(made)
    assert getattr(other, field) == getattr(made, field)
    assert repr(other) == repr(made)


def test_collections_given_to_a_record_can_change_without_it() -> None:
    """A record does not follow the lists from which it was made."""
    assignments, family = [assignment()], {"D1"}
    use: list[tuple[str, None]] = [("2018-01-01", None)]
    person, file = subject(assignments=assignments, related_to=family), record(use=use)
    assignments.clear()
    family.clear()
    use.clear()

    assert len(person.assignments) == 1
    assert person.related_to == {"D1"}
    assert len(file.use) == 1


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("id", "D2"), ("service", "adoption"), ("team", "LT-ANTW"), ("use", [("2019-01-01", None)]),
        ("retain_until", "2030-01-01"), ("preserved_for", "general"), ("country_of_origin", "VN"),
        ("reserved_for", ["an"]), ("objection", "pending"), ("erasure", "pending"), ("controller", "another"),
    ],
)  # fmt: skip
def test_dossiers_with_a_different_field_differ(field: str, other: object) -> None:
    """No field of a dossier is left out when two are compared."""
    assert record() == record()
    assert record(**{field: other}) != record()


# -- representations --------------------------------------------------------------------------------------------------

SECRETS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=4, max_size=30).filter(lambda s: s.strip())
BORN = st.dates(date(1990, 1, 1), date(2030, 12, 31))


def every_record(names: list[str], first: date, last: date) -> list[object]:
    """Make one record of each kind with these names in every field that holds an id or free text."""
    name = iter(names)
    link = Assignment(
        role="nurse", service=SERVICE, team=next(name), dossier=next(name), task=next(name),
        on_behalf_of=next(name), valid_from=first, valid_until=last,
    )  # fmt: skip
    leave = authorisation(id=next(name), valid_from=first, valid_until=last)
    person = Subject(
        next(name), kind="recipient", assignments=[link], organisation=next(name), authorisations=[leave],
        related_to={next(name)},
    )  # fmt: skip
    file = Dossier(
        next(name), service=SERVICE, team=next(name), use=[(first, last)], retain_until=last,
        country_of_origin=next(name), reserved_for={next(name)}, controller=next(name),
    )  # fmt: skip
    context = Context(
        destination_country=next(name), access_country=next(name), second_approver=next(name),
        legal_basis_ref=next(name), relevance_ref=next(name), regulation_ref=next(name), case_ref=next(name),
        key_holder=next(name), exceptional_case_ref=next(name), break_glass=next(name),
    )  # fmt: skip
    request = AccessRequest(
        subject=person, action="read", dossier=file, categories=frozenset({"health"}), group="child_and_family",
        purpose=SERVICE, at=NOON, context=context,
    )  # fmt: skip
    decision = able_guard().decide(person, "read", file, **health(context=context))
    return [link, leave, person, file, context, request, decision, decision.facts]


@UNHURRIED
@given(st.lists(SECRETS, min_size=23, max_size=23), BORN, BORN)
def test_no_representation_tells_who_or_what(names: list[str], one: date, other: date) -> None:
    """No id, name, date or free text appears in the repr or the text of a record, a request or a decision."""
    first, last = sorted([one, other])
    plain = " ".join(map(repr, every_record([f"\x30{number:04}" for number in range(23)], first, last)))
    assume(not any(name.strip() in plain for name in names))

    for made in every_record(names, first, last):
        for shown in (repr(made), str(made), f"{made}", f"{made!r}"):
            assert shown.isprintable()
            for name in names:
                assert name.strip() not in shown
            for day in (first, last):
                assert day.isoformat() not in shown
                assert str(day.toordinal()) not in shown


@UNHURRIED
@given(st.lists(SECRETS, min_size=23, max_size=23), BORN)
def test_representations_tell_what_the_policy_speaks_of(names: list[str], day: date) -> None:
    """A repr says kind, role, service, purpose and which circumstances are stated, so that it is of use."""
    link, leave, person, file, *_ = map(repr, every_record(names, day, day))

    assert link == f"<Assignment nurse in {SERVICE}>"
    assert leave == f"<Authorisation for official_statistics in {SERVICE}>"
    assert person == "<Subject recipient: nurse>"
    assert file == f"<Dossier of {SERVICE}>"
    assert repr(Context()) == "<Context: nothing stated>"
    assert repr(Context(case_ref=names[0], encrypted=True)) == "<Context: case_ref, encrypted>"
    assert repr(Subject(names[0], kind="auditor")) == "<Subject auditor: no role>"
