"""
How the course of a request is carried out, in a thread or on an event loop, within a limit of time.

A course is a coroutine that gets a function to call others with. In a synchronous application that function calls them
there and then, so that the course never waits; in an asynchronous one it awaits what is async, and runs the rest in a
thread.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from concurrent.futures import Future
from time import monotonic
from typing import Any, Protocol, TypeAlias, TypeVar

Found = TypeVar("Found")
Course: TypeAlias = Coroutine[Any, Any, Found]


class TooSlowError(Exception):
    """Resolvers and handlers took longer than the limit."""


class Caller(Protocol):
    """What a course calls the functions of an application with, and waits for futures with."""

    def call(self, function: Callable[..., Any], /, *arguments: Any) -> Awaitable[Any]:
        """Call a function, async or not."""
        ...

    def wait(self, future: Future[None], /) -> Awaitable[None]:
        """Wait until something has been stored."""
        ...


def run(course: Callable[[Caller], Course[Found]], limit: float) -> Found:
    """
    Carry out a course in this thread; what comes later than the limit counts as not come.

    Args:
        course: Begins the course.
        limit: The seconds that its calls may take together.
    """
    begun = course(_InThread(limit))
    try:
        begun.send(None)
    except StopIteration as done:
        found: Found = done.value
        return found
    finally:
        begun.close()
    raise RuntimeError("a course waited where nothing can be waited for")


async def arun(course: Callable[[Caller], Course[Found]], limit: float) -> Found:
    """
    Carry out a course on this event loop; what is still running at the limit is cancelled.

    A limit is set only once something has to be waited for, since setting one costs more than most lookups in memory.

    Args:
        course: Begins the course.
        limit: The seconds that its calls may take together.

    Raises:
        TooSlowError: The limit was reached.
    """
    begun = course(_ON_LOOP)
    try:
        waiting = begun.send(None)
    except StopIteration as done:
        found: Found = done.value
        return found
    try:
        async with asyncio.timeout(limit) as time:
            resumed: Found = await _resumed(begun, waiting)
    except TimeoutError:
        raise TooSlowError from None
    if time.expired():  # something caught its cancellation and went on
        raise TooSlowError
    return resumed


class _InThread:
    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._deadline = monotonic() + limit

    async def call(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        if monotonic() > self._deadline:
            raise TooSlowError
        value = function(*arguments)
        if inspect.isawaitable(value):
            value = asyncio.run(_as_coroutine(value, self._limit))
        if monotonic() > self._deadline:
            raise TooSlowError
        return value

    async def wait(self, future: Future[None], /) -> None:
        future.result(self._limit)


class _OnLoop:
    def call(self, function: Callable[..., Any], /, *arguments: Any) -> Awaitable[Any]:
        try:
            asynchronous = _is_asynchronous(function)
        except TypeError:  # an object that cannot be hashed, such as that of a dataclass
            asynchronous = _is_asynchronous.__wrapped__(function)
        if asynchronous:
            awaitable: Awaitable[Any] = function(*arguments)
            return awaitable
        return _in_a_thread(function, arguments)

    async def wait(self, future: Future[None], /) -> None:
        try:
            await asyncio.shield(asyncio.wrap_future(future))
        except asyncio.CancelledError:
            if future.cancelled():
                raise RuntimeError("what was to be stored has been dropped") from None
            raise


_ON_LOOP = _OnLoop()


async def _in_a_thread(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    value = await asyncio.to_thread(_called, function, arguments)
    return await value if inspect.isawaitable(value) else value


def _called(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    try:
        return function(*arguments)
    except StopIteration as error:  # which cannot be handed over by a future
        raise RuntimeError("a function of the application raised StopIteration") from error


async def _as_coroutine(awaitable: Awaitable[Any], limit: float) -> Any:
    try:
        async with asyncio.timeout(limit):
            return await awaitable
    except TimeoutError:
        raise TooSlowError from None


@types.coroutine
def _resumed(begun: Course[Found], waiting: Any) -> Generator[Any, Any, Found]:
    """Go on with a coroutine that has begun and waits for something."""
    while True:
        try:
            sent = yield waiting
        except BaseException as error:
            step = functools.partial(begun.throw, error)
        else:
            step = functools.partial(begun.send, sent)
        try:
            waiting = step()
        except StopIteration as done:
            found: Found = done.value
            return found


@functools.lru_cache(maxsize=1024)
def _is_asynchronous(function: Callable[..., Any]) -> bool:
    """Tell whether calling a function gives a coroutine at once; also for partials and objects with `__call__`."""
    while isinstance(function, functools.partial):
        function = function.func
    called = getattr(function, "__call__", None)  # noqa: B004 - looks at how it is defined
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)
