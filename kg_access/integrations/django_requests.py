"""
What a request of Django has been granted, and how its views ask about a dossier that they have found themselves.

In an asynchronous application, plain functions run in the thread that Django keeps for code that uses the database.
"""

from __future__ import annotations

import copy
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import attrs

from kg_access.dossier import Dossier
from kg_access.enforcement.access import Access, Permitted
from kg_access.enforcement.marks import Mark, Requirement
from kg_access.enforcement.point import EnforcementPoint
from kg_access.errors import quoted

try:
    from asgiref.sync import sync_to_async
    from django.http import Http404, HttpRequest
except ImportError as error:
    raise ImportError("Django is not there; install `kg-access[django]`") from error

ATTRIBUTE: Final = "kg_access"

Source: TypeAlias = Callable[[Any], Dossier | None]

log = logging.getLogger("kg_access.enforcement")


class Refused(Exception):  # noqa: N818 - what happened, not an error
    """Raised where a view asks and is refused; the middleware answers."""


def access_of(request: HttpRequest) -> Access[Any]:
    """
    Give the access of a request to its view; it also is `request.kg_access`.

    Args:
        request: The request.

    Raises:
        LookupError: The enforcement point was not asked.
    """
    access = found(request)
    if access is None:
        raise LookupError("the enforcement point was not asked for this request; is `AccessMiddleware` in use?")
    return access


def found(request: Any) -> Access[Any] | None:
    """
    Give the access of a request, or `None` when the enforcement point was not asked.

    Args:
        request: The request.
    """
    access = getattr(request, ATTRIBUTE, None)
    return access if isinstance(access, Access) else None


def dossier_of(row: Any) -> Dossier:
    """
    Tell to which dossier a row belongs: a dossier to itself, other rows to what their method `as_dossier` gives.

    Args:
        row: A dossier, or an instance of a model.

    Raises:
        LookupError: The row has no such method.
    """
    if isinstance(row, Dossier):
        return row
    if not hasattr(row, "as_dossier"):
        log.error("%s does not tell its dossier; give it a method `as_dossier`", quoted(type(row).__name__))
        raise LookupError("a row does not tell its dossier")
    dossier: Dossier = row.as_dossier()
    return dossier


def ask(access: Access[Any], source: Source) -> Permitted:
    """
    Ask about one dossier that a view has found, and go on only if it is permitted.

    Args:
        access: The access of the request, of a view marked with `requires_each`.
        source: Finds the dossier, from the request; `None` for an unknown one.

    Returns:
        The permit, with which to redact what is shown.

    Raises:
        LookupError: The view is not marked with `requires_each`.
        Http404: There is no such dossier, or it must stay hidden.
        Refused: The dossier is refused otherwise.
    """
    alone = _alone(access, access.mark, source)
    access.point.enforce(alone, {})
    return _permitted(access, alone)


async def aask(access: Access[Any], source: Source) -> Permitted:
    """
    Do what `ask` does, for asynchronous views.

    Args:
        access: The access of the request.
        source: Finds the dossier, from the request.
    """
    alone = _alone(access, mark_on_djangos_thread(access.mark), in_djangos_thread(source))
    await on_djangos_thread(access.point).aenforce(alone, {})
    return _permitted(access, alone)


def refuse(access: Access[Any]) -> None:
    """
    Leave a view when its access is refused.

    Args:
        access: The access of the request.

    Raises:
        Http404: The dossier must stay hidden, or is unknown.
        Refused: It is refused otherwise.
    """
    if access.refusal is None:
        return
    if access.answer() is None:
        raise Http404
    raise Refused("refused")


def _alone(access: Access[Any], mark: Mark | None, source: Callable[[Any], Any]) -> Access[Any]:
    """Make an access that asks about one dossier, beside those that have been asked about before."""
    if not isinstance(mark, Requirement) or mark.dossier is not None:
        raise LookupError("only a view marked with `requires_each` can ask about a dossier")
    marked = attrs.evolve(mark, dossier=source)
    return attrs.evolve(access, mark=marked, decision=None, permitted=[], settled=False, redacted=False)


def _permitted(access: Access[Any], alone: Access[Any]) -> Permitted:
    access.settled = True
    access.refusal = alone.refusal
    access.subject = alone.subject
    if alone.decision is None or alone.dossier is None or alone.refusal is not None:
        access.decision = alone.decision
        refuse(access)
        raise Refused("refused")
    permitted = Permitted(alone.dossier, alone.decision)
    access.permitted.append(permitted)
    return permitted


@functools.lru_cache(maxsize=64)
def on_djangos_thread(point: EnforcementPoint[Any]) -> EnforcementPoint[Any]:
    """
    Give the twin of an enforcement point for asynchronous code: its plain functions run in Django's own thread.

    Args:
        point: The enforcement point.
    """
    twin = copy.copy(point)
    twin.subject_resolver = in_djangos_thread(point.subject_resolver)
    twin.dossier_resolver = in_djangos_thread(point.dossier_resolver)
    twin.context_resolver = None if point.context_resolver is None else in_djangos_thread(point.context_resolver)
    if point.authentication_resolver is not None:
        twin.authentication_resolver = in_djangos_thread(point.authentication_resolver)
    handlers: Any = {name: in_djangos_thread(handler) for name, handler in point.handlers.items()}
    twin.handlers = handlers
    return twin


@functools.lru_cache(maxsize=4096)
def mark_on_djangos_thread(mark: Mark | None) -> Mark | None:
    """
    Give the twin of a mark for asynchronous code; a mark without resolvers is its own.

    Args:
        mark: The mark.
    """
    if not isinstance(mark, Requirement):
        return mark
    names = ("dossier", "categories", "group", "purpose")
    resolvers: dict[str, Any] = {
        name: in_djangos_thread(getattr(mark, name)) for name in names if callable(getattr(mark, name))
    }
    return attrs.evolve(mark, **resolvers) if resolvers else mark


def in_djangos_thread(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """
    Make an async function of a plain one, which runs in Django's own thread.

    Args:
        function: The function; an async one is given back.
    """
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None)):  # noqa: B004 - looks at how it is defined
        return function
    in_thread = sync_to_async(function, thread_sensitive=True)

    async def call(*arguments: Any) -> Any:
        value = await in_thread(*arguments)
        return await value if inspect.isawaitable(value) else value

    return call
