"""Proof of identity over HTTP: how a person authenticated, and the challenge to do it better (RFC 9470)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from kg_access.errors import InvalidInput
from kg_access.reading import elements, freeze, identifier, optional_identifier

CLOCK_SKEW: Final = timedelta(seconds=60)


@attrs.frozen(init=False, repr=False)
class Authentication:
    """
    How and when the person behind a request authenticated, as the verified token says.

    Attributes:
        acr: The authentication context class, claim `acr`; `None` when the token has none.
        at: The aware moment of authentication, claim `auth_time`; `None` when the token has none.

    Raises:
        InvalidInput: A field has the wrong type, or the moment is naive.
    """

    acr: str | None
    at: datetime | None

    def __init__(self, *, acr: str | None = None, at: datetime | None = None) -> None:
        moment: object = at
        if moment is not None and (not isinstance(moment, datetime) or moment.utcoffset() is None):
            raise InvalidInput("at", "expected a datetime with a time zone")
        freeze(self, acr=optional_identifier("acr", acr), at=at)

    def __repr__(self) -> str:
        return "<Authentication>"


@attrs.frozen(init=False)
class StepUp:
    """
    What proof of identity is asked for, and the challenge that asks for it (RFC 9470).

    Attributes:
        acr_values: The authentication context classes of which one is needed, best first; empty when any will do.
        max_age: The seconds since authentication that are allowed; `None` when its age does not matter.

    Raises:
        InvalidInput: Neither is given, a class holds a quote or a space, or the age is no positive whole number.
    """

    acr_values: tuple[str, ...]
    max_age: int | None

    def __init__(self, *, acr_values: Iterable[str] = (), max_age: int | None = None) -> None:
        classes = tuple(_context_class(value) for value in elements("acr_values", acr_values))
        age: object = max_age
        if age is not None and (isinstance(age, bool) or not isinstance(age, int) or age <= 0):
            raise InvalidInput("max_age", "expected a positive whole number of seconds")
        if not classes and max_age is None:
            raise InvalidInput("acr_values", "a step-up asks for something; give `acr_values`, `max_age` or both")
        freeze(self, acr_values=classes, max_age=max_age)

    def met_by(self, authentication: Authentication | None, now: datetime | None = None) -> bool:
        """
        Tell whether an authentication is good enough; one that lies in the future is not.

        Args:
            authentication: How the person authenticated; `None` when nobody knows.
            now: An aware datetime; `None` for now.
        """
        if authentication is None or (self.acr_values and authentication.acr not in self.acr_values):
            return False
        if self.max_age is None:
            return True
        if authentication.at is None:
            return False
        age = (now or datetime.now(UTC)) - authentication.at
        return -CLOCK_SKEW <= age <= timedelta(seconds=self.max_age)

    def challenge(self) -> str:
        """Write the value of the `WWW-Authenticate` header."""
        parts = ['error="insufficient_user_authentication"']
        if self.acr_values:
            parts.append(f'acr_values="{" ".join(self.acr_values)}"')
        if self.max_age is not None:
            parts.append(f'max_age="{self.max_age}"')
        return f"Bearer {', '.join(parts)}"


def _context_class(value: object) -> str:
    name = identifier("acr_values", value)
    if not name.isascii() or any(character in ' "\\' for character in name):
        raise InvalidInput("acr_values", "an authentication context class holds no space, quote or backslash")
    return name
