"""How the fields of a record are read: names, words and lists, with an error that names the field."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeVar

from kg_access.errors import InvalidInput, UnknownTerm

Word = TypeVar("Word", bound=StrEnum)

ILL_FORMED = frozenset({"Cc", "Cs"})


def identifier(field: str) -> Callable[[object], str]:
    """
    Make a converter for an id: a text that is not empty, in any script, without control characters.

    Args:
        field: The name of the field, for the error.
    """

    def convert(value: object) -> str:
        if not isinstance(value, str):
            raise InvalidInput(field, f"an id is a text, not a {type(value).__name__}")
        if not value.strip():
            raise InvalidInput(field, "an id cannot be empty")
        if not value.isprintable() and any(unicodedata.category(character) in ILL_FORMED for character in value):
            raise InvalidInput(field, "an id cannot hold control characters")
        return str.__str__(value)

    return convert


def optional(convert: Callable[[object], str]) -> Callable[[object], str | None]:
    """
    Let a converter pass `None`.

    Args:
        convert: The converter for everything else.
    """
    return lambda value: None if value is None else convert(value)


def text(field: str) -> Callable[[object], str | None]:
    """
    Make a converter for free text; blank text counts as none.

    Args:
        field: The name of the field, for the error.
    """

    def convert(value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise InvalidInput(field, f"expected a text, not a {type(value).__name__}")
        return str.__str__(value).strip() or None

    return convert


def flag(field: str) -> Callable[[object], bool]:
    """
    Make a converter for a yes-or-no field: only `True` and `False` will do.

    Args:
        field: The name of the field, for the error.
    """

    def convert(value: object) -> bool:
        if isinstance(value, bool):
            return value
        raise InvalidInput(field, f"expected True or False, not a {type(value).__name__}")

    return convert


def word(field: str) -> Callable[[object], str]:
    """
    Make a converter for a word of the policy; which words there are is checked when a decision is asked.

    Args:
        field: The name of the field, for the error.
    """

    def convert(value: object) -> str:
        if not isinstance(value, str):
            raise InvalidInput(field, f"expected a word, not a {type(value).__name__}")
        if not value:
            raise InvalidInput(field, "the word is empty")
        return str.__str__(value)

    return convert


def member(field: str, vocabulary: type[Word]) -> Callable[[object], Word]:
    """
    Make a converter for a word of a closed vocabulary; its text and its member are both taken.

    Args:
        field: The name of the field, for the error.
        vocabulary: The words.
    """

    def convert(value: object) -> Word:
        if not isinstance(value, str):
            raise InvalidInput(field, f"expected a word, not a {type(value).__name__}")
        try:
            return vocabulary(str.__str__(value))
        except ValueError:
            raise UnknownTerm(field, value, vocabulary) from None

    return convert


def optional_member(field: str, vocabulary: type[Word]) -> Callable[[object], Word | None]:
    """
    Make a converter for a word of a closed vocabulary, or `None`.

    Args:
        field: The name of the field, for the error.
        vocabulary: The words.
    """
    convert = member(field, vocabulary)
    return lambda value: None if value is None else convert(value)


def many(field: str, convert: Callable[[object], str]) -> Callable[[object], frozenset[str]]:
    """
    Make a converter for a set of texts; a bare text is an error, since it would be read letter by letter.

    Args:
        field: The name of the field, for the error.
        convert: The converter of one element.
    """

    def collect(value: object) -> frozenset[str]:
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise InvalidInput(field, f"expected a set of texts, not a {type(value).__name__}")
        return frozenset(convert(element) for element in value)

    return collect
