"""How the fields of a record are read: names, words and sets, with an error that names the field."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from kg_access.errors import InvalidInput, UnknownTerm

Word = TypeVar("Word", bound=StrEnum)
Record = TypeVar("Record")

ILL_FORMED = frozenset({"Cc", "Cs"})
INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def freeze(record: object, **values: object) -> None:
    """
    Fill in the fields of a frozen record, once, while it is made.

    Args:
        record: The record.
        values: Its fields.
    """
    for name, value in values.items():
        object.__setattr__(record, name, value)


def identifier(field: str, value: object) -> str:
    """
    Read an id: a text that is not empty, in any script, without control characters.

    Args:
        field: The name of the field, for the error.
        value: What was given.

    Raises:
        InvalidInput: It is no such text.
    """
    if not isinstance(value, str):
        raise InvalidInput(field, f"an id is a text, not a {type(value).__name__}")
    if not value.strip():
        raise InvalidInput(field, "an id cannot be empty")
    if not value.isprintable() and any(unicodedata.category(character) in ILL_FORMED for character in value):
        raise InvalidInput(field, "an id cannot hold control characters")
    return str.__str__(value)


def optional_identifier(field: str, value: object) -> str | None:
    """
    Read an id, or `None`.

    Args:
        field: The name of the field, for the error.
        value: What was given.

    Raises:
        InvalidInput: It is neither.
    """
    return None if value is None else identifier(field, value)


def plain(written: str) -> str:
    """
    Reduce a text to what a reader sees, so that texts that look the same compare equal.

    Args:
        written: The text.
    """
    shown = unicodedata.normalize("NFKC", written)
    if not shown.isascii():
        shown = "".join(character for character in shown if unicodedata.category(character) not in INVISIBLE)
    return shown.casefold().strip()


def text(field: str, value: object) -> str | None:
    """
    Read free text; text without a visible character counts as none.

    Args:
        field: The name of the field, for the error.
        value: What was given.

    Raises:
        InvalidInput: It is no text.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInput(field, f"expected a text, not a {type(value).__name__}")
    return str.__str__(value).strip() if plain(value) else None


def flag(field: str, value: object) -> bool:
    """
    Read a yes-or-no field: only `True` and `False` will do.

    Args:
        field: The name of the field, for the error.
        value: What was given.

    Raises:
        InvalidInput: It is something else.
    """
    if isinstance(value, bool):
        return value
    raise InvalidInput(field, f"expected True or False, not a {type(value).__name__}")


def word(field: str, value: object) -> str:
    """
    Read a word of the policy; which words there are is checked when a decision is asked.

    Args:
        field: The name of the field, for the error.
        value: What was given.

    Raises:
        InvalidInput: It is no text, or empty.
    """
    if not isinstance(value, str):
        raise InvalidInput(field, f"expected a word, not a {type(value).__name__}")
    if not value:
        raise InvalidInput(field, "the word is empty")
    return str.__str__(value)


def member(field: str, vocabulary: type[Word], value: object) -> Word:
    """
    Read a word of a closed vocabulary; its text and its member are both taken.

    Args:
        field: The name of the field, for the error.
        vocabulary: The words.
        value: What was given.

    Raises:
        InvalidInput: It is no text.
        UnknownTerm: It is not in the vocabulary.
    """
    if not isinstance(value, str):
        raise InvalidInput(field, f"expected a word, not a {type(value).__name__}")
    try:
        return vocabulary(str.__str__(value))
    except ValueError:
        raise UnknownTerm(field, value, vocabulary) from None


def optional_member(field: str, vocabulary: type[Word], value: object) -> Word | None:
    """
    Read a word of a closed vocabulary, or `None`.

    Args:
        field: The name of the field, for the error.
        vocabulary: The words.
        value: What was given.

    Raises:
        InvalidInput: It is no text.
        UnknownTerm: It is not in the vocabulary.
    """
    return None if value is None else member(field, vocabulary, value)


def elements(field: str, value: object) -> list[object]:
    """
    Read a collection; a bare text is an error, since it would be read letter by letter.

    Args:
        field: The name of the field, for the error.
        value: What was given.

    Raises:
        InvalidInput: It is no collection.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidInput(field, f"expected a collection, not a {type(value).__name__}")
    return list(value)


def identifiers(field: str, value: object) -> frozenset[str]:
    """
    Read a set of ids.

    Args:
        field: The name of the field, for the error.
        value: What was given.

    Raises:
        InvalidInput: It is no collection of ids.
    """
    return frozenset(identifier(field, element) for element in elements(field, value))


def words(field: str, value: object) -> frozenset[str]:
    """
    Read a set of words of the policy.

    Args:
        field: The name of the field, for the error.
        value: What was given.

    Raises:
        InvalidInput: It is no collection of words.
    """
    return frozenset(word(field, element) for element in elements(field, value))


def members(field: str, vocabulary: type[Word], value: object) -> frozenset[Word]:
    """
    Read a set of words of a closed vocabulary.

    Args:
        field: The name of the field, for the error.
        vocabulary: The words.
        value: What was given.

    Raises:
        InvalidInput: It is no collection of texts.
        UnknownTerm: One of them is not in the vocabulary.
    """
    return frozenset(member(field, vocabulary, element) for element in elements(field, value))


def records(field: str, kind: type[Record], value: object) -> tuple[Record, ...]:
    """
    Read a list of records.

    Args:
        field: The name of the field, for the error.
        kind: What each of them is.
        value: What was given.

    Raises:
        InvalidInput: It is no collection of such records.
    """
    found: list[Record] = []
    for element in elements(field, value):
        if not isinstance(element, kind):
            raise InvalidInput(field, f"expected {kind.__name__} objects, not a {type(element).__name__}")
        found.append(element)
    return tuple(found)
