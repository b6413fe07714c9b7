"""
Marks on endpoints: what an endpoint asks for, put on it as an attribute and read by the enforcement point.

A mark changes nothing about the endpoint, so it does not matter whether it stands above or below the decorator of a
route. An endpoint without a mark is denied.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

import attrs

from kg_access.dossier import Dossier
from kg_access.enforcement.step_up import StepUp
from kg_access.errors import InvalidInput, quoted
from kg_access.reading import identifier, member, word, words
from kg_access.vocabulary import Action, Mode

ATTRIBUTE: Final = "__kg_access__"

Endpoint = TypeVar("Endpoint")
Found = TypeVar("Found")
Later: TypeAlias = Found | Awaitable[Found | None] | None
Word: TypeAlias = str | Callable[[Any], Later[str]] | None
Words: TypeAlias = Iterable[str] | Callable[[Any], Later[Iterable[str]]] | None
DossierSource: TypeAlias = str | Callable[[Any], Later[Dossier]]


@attrs.frozen(eq=False)
class Requirement:
    """
    What must be permitted before an endpoint runs.

    Attributes:
        action: What the endpoint does.
        dossier: The path parameter with the id of the dossier, or a resolver that finds the dossier; `None` for an
            endpoint that asks for each dossier itself, through `Access.select`.
        categories: The kinds of data, words of the policy, or a resolver of them.
        group: The group that the data are about, or a resolver of it.
        purpose: What the data are for, or a resolver of it.
        mode: all or redact.
        shape: The record type whose annotations say of which category each field of the response is.
        step_up: What proof of identity the person needs (RFC 9470).
    """

    action: Action
    dossier: DossierSource | None
    categories: frozenset[str] | Callable[[Any], Any] | None
    group: Word
    purpose: Word
    mode: Mode
    shape: Any
    step_up: StepUp | None


@attrs.frozen(eq=False)
class Exemption:
    """
    Why an endpoint answers without a decision.

    Attributes:
        reason: Why it shows nothing of any dossier, such as `login page`.
    """

    reason: str


Mark: TypeAlias = Requirement | Exemption


def requires(
    action: str,
    *,
    dossier: DossierSource = "dossier_id",
    categories: Words = None,
    group: Word = None,
    purpose: Word = None,
    mode: str = "all",
    shape: Any = None,
    step_up: StepUp | None = None,
) -> Callable[[Endpoint], Endpoint]:
    """
    Mark an endpoint: it runs only when the enforcement point has permitted this for its dossier.

    Every argument but the action, mode, shape and step-up may also be a resolver: a function, async or not, that gets
    the request and returns the value.

    Args:
        action: read, search, update, export, disclose, communicate, store, transfer or delete.
        dossier: The name of the path parameter with the id of the dossier, or a resolver that finds the dossier.
        categories: The kinds of data, words of the policy.
        group: The group of people that the data are about, a word of the policy.
        purpose: What the data are for, a word of the policy.
        mode: `all`, or `redact` when the response leaves out what is not permitted.
        shape: The record type whose fields are annotated with `Category`; a JSON response is redacted by it, any
            other success is stopped unless the endpoint has redacted.
        step_up: What proof of identity the person needs, asked for only once the policy permits (RFC 9470).

    Raises:
        InvalidInput: An argument has the wrong type, or the endpoint has a mark already.
        UnknownTerm: The action or mode is unknown.
    """
    if not callable(dossier):
        dossier = identifier("dossier", dossier)
    return _marking(_requirement(action, dossier, categories, group, purpose, mode, shape, step_up))


def requires_each(
    action: str,
    *,
    categories: Words = None,
    group: Word = None,
    purpose: Word = None,
    mode: str = "all",
    shape: Any = None,
    step_up: StepUp | None = None,
) -> Callable[[Endpoint], Endpoint]:
    """
    Mark an endpoint that shows many dossiers: it must ask for each of them, through `Access.select`.

    An endpoint that answers without having asked is stopped by the tripwire.

    Args:
        action: read, search, update, export, disclose, communicate, store, transfer or delete.
        categories: The kinds of data, words of the policy, or a resolver of them.
        group: The group of people that the data are about, a word of the policy, or a resolver of it.
        purpose: What the data are for, a word of the policy, or a resolver of it.
        mode: `all`, or `redact` when the response leaves out what is not permitted.
        shape: The record type whose fields are annotated with `Category`; a JSON response is redacted by it, any
            other success is stopped unless the endpoint has redacted.
        step_up: What proof of identity the person needs (RFC 9470).

    Raises:
        InvalidInput: An argument has the wrong type, or the endpoint has a mark already.
        UnknownTerm: The action or mode is unknown.
    """
    return _marking(_requirement(action, None, categories, group, purpose, mode, shape, step_up))


def exempt(reason: str) -> Callable[[Endpoint], Endpoint]:
    """
    Mark an endpoint that shows nothing of any dossier, such as a login page; it answers without a decision.

    Args:
        reason: Why no decision is needed, for whoever reviews the list of exemptions.

    Raises:
        InvalidInput: The reason is missing, or the endpoint has a mark already.
    """
    return _marking(Exemption(identifier("reason", reason)))


def mark_of(endpoint: Any, *, method: str | None = None) -> Mark | None:
    """
    Find the mark of an endpoint.

    Args:
        endpoint: A function, a class, or anything that the framework calls.
        method: For a class, the HTTP method, whose function may carry a mark of its own; HEAD counts as GET.

    Returns:
        The mark, or `None` when there is none. A subclass does not inherit the mark of a class, nor do its objects.
    """
    while isinstance(endpoint, functools.partial):
        if ATTRIBUTE in vars(endpoint):
            break
        endpoint = endpoint.func
    if not isinstance(endpoint, type):
        found = next((held[ATTRIBUTE] for held in _own_attributes(endpoint) if ATTRIBUTE in held), None)
        wrapped = getattr(endpoint, "__wrapped__", None)
        if found is None and wrapped is not None:
            return mark_of(wrapped)
        return found if isinstance(found, Requirement | Exemption) else None
    if method is not None:
        found = getattr(_handler(endpoint, method), ATTRIBUTE, None)
        if isinstance(found, Requirement | Exemption):
            return found
    found = endpoint.__dict__.get(ATTRIBUTE)
    return found if isinstance(found, Requirement | Exemption) else None


def _own_attributes(endpoint: object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Give the attributes of an object and of its class, without those of the classes behind it."""
    return getattr(endpoint, "__dict__", {}), type(endpoint).__dict__


def _handler(endpoint: type, method: str) -> Any:
    name = method.lower()
    handler = getattr(endpoint, name, None)
    return getattr(endpoint, "get", None) if handler is None and name == "head" else handler


def _requirement(
    action: str,
    dossier: DossierSource | None,
    categories: Words,
    group: Word,
    purpose: Word,
    mode: str,
    shape: Any,
    step_up: StepUp | None,
) -> Requirement:
    if step_up is not None and not isinstance(step_up, StepUp):
        raise InvalidInput("step_up", f"expected a StepUp, not a {type(step_up).__name__}")
    return Requirement(
        action=member("action", Action, action),
        dossier=dossier,
        categories=categories if categories is None or callable(categories) else words("categories", categories),
        group=group if group is None or callable(group) else word("group", group),
        purpose=purpose if purpose is None or callable(purpose) else word("purpose", purpose),
        mode=member("mode", Mode, mode),
        shape=shape,
        step_up=step_up,
    )


def _marking(mark: Mark) -> Callable[[Endpoint], Endpoint]:
    def put(endpoint: Endpoint) -> Endpoint:
        name = getattr(endpoint, "__qualname__", type(endpoint).__name__)
        if ATTRIBUTE in getattr(endpoint, "__dict__", ()):
            raise InvalidInput("endpoint", f"{quoted(name)} carries a mark already; an endpoint has one")
        try:
            setattr(endpoint, ATTRIBUTE, mark)
        except (AttributeError, TypeError):
            raise InvalidInput("endpoint", f"{quoted(name)} cannot carry a mark; mark a function or a class") from None
        return endpoint

    return put
