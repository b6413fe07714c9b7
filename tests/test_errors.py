"""The exceptions: what their messages say, what they carry, and that they survive pickling."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg_access.errors import (
    SHOWN_LENGTH,
    AccessDenied,
    AccessError,
    EngineFailure,
    Finding,
    InvalidInput,
    PolicyDataMissing,
    PolicyError,
    ScenarioError,
    UnknownTerm,
    did_you_mean,
    nearest,
    quoted,
)
from tests.people import UNHURRIED, able_guard, dossier, health, staff

COLOURS = ("red", "green", "blue")
MANY = [f"word_{number}" for number in range(13)]

FINDINGS = [
    Finding("scope/rules.csv", 7, 3, "unknown word `helth`", "did you mean `health`?"),
    Finding("need/rules.csv", 12, 0, "repeated"),
    Finding("need/rules.csv", 3, 0, "empty"),
    Finding("need/rules.csv", 0, 0, "not there"),
]
IN_ORDER = (FINDINGS[3], FINDINGS[2], FINDINGS[1], FINDINGS[0])


def denied() -> AccessDenied:
    """Make the error of a request for data outside a nurse's profile."""
    with pytest.raises(AccessDenied) as refusal:
        able_guard().require(staff(), "read", dossier(), **health(categories={"judicial"}))
    return refusal.value


# -- messages ---------------------------------------------------------------------------------------------------------


def test_an_unknown_term_names_the_field_the_word_and_the_nearest_word() -> None:
    """The message of an unknown word puts field, word and the nearest known word in backticks."""
    error = UnknownTerm("colour", "gren", COLOURS)

    assert str(error) == "`colour`: unknown word `gren`; did you mean `green`?"
    assert (error.field, error.term, error.nearest) == ("colour", "gren", "green")


def test_without_a_near_word_a_short_list_is_shown() -> None:
    """A word that looks like nothing known gets the known words, in order, when there are few."""
    error = UnknownTerm("colour", "xyzzy", COLOURS)

    assert str(error) == "`colour`: unknown word `xyzzy`; known are blue, green, red"
    assert error.nearest is None


def test_without_a_near_word_a_long_list_is_not_shown() -> None:
    """Thirteen known words are too many for a message; twelve are not."""
    assert did_you_mean("xyz", MANY) == ""
    assert did_you_mean("xyz", MANY[:12]).startswith("known are word_0, word_1, word_10")
    assert did_you_mean("xyz", ()) == ""
    assert str(UnknownTerm("word", "xyz", MANY)) == "`word`: unknown word `xyz`"


@pytest.mark.parametrize("written", ["GREEN", " green ", "Green", "greem"])
def test_case_and_spaces_do_not_hide_the_nearest_word(written: str) -> None:
    """Capitals, spaces around it and one wrong letter still lead to the word that was meant."""
    assert nearest(written, COLOURS) == "green"


def test_the_longest_word_shown_whole_has_the_limit_as_its_length() -> None:
    """A word of the limit is shown whole; one letter more and it is cut and marked."""
    assert quoted("a" * SHOWN_LENGTH) == f"`{'a' * SHOWN_LENGTH}`"
    assert quoted("a" * (SHOWN_LENGTH + 1)) == f"`{'a' * SHOWN_LENGTH}…`"


@pytest.mark.parametrize("character", ["\n", "\r", "\x00", "\x1b", "\u202e", "\u200b", "\ufeff", "\u2028", "\ud800"])
def test_characters_that_cannot_be_seen_are_escaped(character: str) -> None:
    """Line breaks, terminal escapes, direction marks and half characters never reach a message as they are."""
    message = str(UnknownTerm("colour", f"gr{character}een", COLOURS))

    assert character not in message
    assert message.isprintable()
    assert "\\" in message


@UNHURRIED
@given(st.text())
def test_a_quoted_word_is_short_and_printable(written: str) -> None:
    """Whatever somebody writes, what a message shows of it is printable, bounded and in backticks."""
    shown = quoted(written)

    assert shown.isprintable()
    assert len(shown) <= SHOWN_LENGTH + len("`…`")
    assert shown[0] == shown[-1] == "`"


@UNHURRIED
@given(st.text(), st.text())
def test_different_short_words_are_shown_differently(first: str, second: str) -> None:
    """Words that fit and can be seen are shown as they are written."""
    if first.isprintable() and len(first) <= SHOWN_LENGTH:
        assert quoted(first) == f"`{first}`"
    if first != second and all(word.isprintable() and len(word) <= SHOWN_LENGTH for word in (first, second)):
        assert quoted(first) != quoted(second)


def test_invalid_input_names_its_field() -> None:
    """The message starts with the field in backticks, and the error can be caught as a ValueError."""
    error = InvalidInput("at", "the moment is naive")

    assert str(error) == "`at`: the moment is naive"
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (FINDINGS[0], "scope/rules.csv:7:3: unknown word `helth`; did you mean `health`?"),
        (FINDINGS[1], "need/rules.csv:12: repeated"),
        (FINDINGS[3], "need/rules.csv: not there"),
    ],
)
def test_a_finding_reads_as_a_place_and_a_message(finding: Finding, text: str) -> None:
    """A finding gives file, line and column as far as they are known, then what is wrong, then what helps."""
    assert str(finding) == text


# -- what errors carry ------------------------------------------------------------------------------------------------


def test_a_denial_carries_its_decision_and_names_codes_only() -> None:
    """The message of a denial is its reason codes; who, which dossier and when are not in it."""
    error = denied()

    assert error.decision.reasons
    assert not error.decision
    assert str(error) == f"denied: {', '.join(error.decision.reasons)}"
    assert str(error) == "denied: role_category"


def test_policy_errors_sort_their_findings() -> None:
    """Findings come in the order of files, lines and columns, whatever the order in which they were found."""
    error = PolicyError(FINDINGS)

    assert error.findings == IN_ORDER
    lines = str(error).splitlines()
    assert lines[0] == "the policy is refused, 4 findings:"
    assert lines[1:] == [f"  {finding}" for finding in IN_ORDER]
    assert PolicyError(list(reversed(FINDINGS))).findings == IN_ORDER


def test_one_finding_is_singular() -> None:
    """A policy with one thing wrong has one finding, not findings."""
    assert str(PolicyError(FINDINGS[:1])).startswith("the policy is refused, 1 finding:\n")


def test_scenario_errors_sort_their_findings() -> None:
    """The findings of a scenario file come in order too."""
    assert ScenarioError(FINDINGS).findings == IN_ORDER


def test_missing_data_names_the_places_that_were_tried() -> None:
    """A policy that is not there is a policy error with one finding for each place."""
    error = PolicyDataMissing("policies", ["/b", "/a"])

    assert error.looked_in == ("/b", "/a")
    assert [finding.path for finding in error.findings] == ["/a", "/b"]
    assert "no folder `policies` here" in str(error)


def test_every_error_is_an_access_error() -> None:
    """One base catches them all, and an unknown term is an invalid input."""
    kinds: list[type[Exception]] = [AccessDenied, InvalidInput, PolicyError, ScenarioError, EngineFailure]

    assert all(issubclass(kind, AccessError) for kind in kinds)
    assert issubclass(UnknownTerm, InvalidInput)
    assert issubclass(PolicyDataMissing, PolicyError)


# -- pickling ---------------------------------------------------------------------------------------------------------


def pickled(error: AccessError) -> AccessError:
    """Send an error to another process and back."""
    other = pickle.loads(pickle.dumps(error))  # noqa: S301 - we made it
    assert isinstance(other, AccessError)
    return other


MADE: list[tuple[Callable[[], AccessError], tuple[str, ...]]] = [
    (denied, ("decision",)),
    (lambda: InvalidInput("at", "the moment is naive"), ("field",)),
    (lambda: UnknownTerm("colour", "gren", COLOURS), ("field", "term", "nearest")),
    (lambda: UnknownTerm("colour", "xyzzy", (word for word in COLOURS)), ("field", "term", "nearest")),
    (lambda: PolicyError(FINDINGS), ("findings",)),
    (lambda: PolicyDataMissing("models", ["/b", "/a"]), ("findings", "looked_in")),
    (lambda: ScenarioError(FINDINGS), ("findings",)),
    (lambda: EngineFailure("need", "Casbin is switched off"), ("table",)),
]


@pytest.mark.parametrize(("make", "attributes"), MADE)
@pytest.mark.parametrize("duplicate", [pickled, copy.copy, copy.deepcopy])
def test_errors_survive_pickling_and_copying(
    make: Callable[[], AccessError], attributes: tuple[str, ...], duplicate: Callable[[AccessError], AccessError]
) -> None:
    """An error that crosses to another process keeps its kind, its message and all that it carries."""
    error = make()
    other = duplicate(error)

    assert type(other) is type(error)
    assert str(other) == str(error)
    for attribute in attributes:
        assert getattr(other, attribute) == getattr(error, attribute)
