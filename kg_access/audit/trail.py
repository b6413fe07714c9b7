"""Where decisions are recorded: a bounded queue in front of sinks, drained in the background."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from collections import deque
from concurrent.futures import Future
from types import TracebackType
from typing import Final, Self

from kg_access.audit.drain import Drain, Entry, Milestone, Promise, keep
from kg_access.audit.event import Event
from kg_access.audit.failure import AuditFailure
from kg_access.audit.signing import Signer
from kg_access.audit.sinks.sink import Sink
from kg_access.errors import InvalidInput
from kg_access.reading import member
from kg_access.vocabulary import Term

REPORT_EVERY: Final = 60.0
CLOSED: Final = "the audit trail is closed"
FORKED: Final = "the process was forked after the audit trail had started; make a trail in each worker"
FULL: Final = "the audit trail is full"

log = logging.getLogger("kg_access.audit")


class Recording(Term):
    """How sure it must be that a decision is recorded."""

    BEST_EFFORT = "best_effort"
    REQUIRED = "required"


class Trail:
    """
    The audit trail of one process.

    In `best_effort`, recording never waits and never raises; what does not fit is dropped, counted and reported. In
    `required`, recording gives a future that is done when every sink has the record, or fails: no record, no access.
    A sink that fails is tried again. The thread starts at the first record, so that a server may fork before it.

    Args:
        sinks: Where records go; each keeps a log of its own.
        mode: best_effort or required.
        capacity: How many records may wait.
        signer: What signs checkpoints, one for each batch.
        patience: In `required`, how many seconds a record may wait for a sink that fails.

    Raises:
        InvalidInput: There is no sink, or a number is not positive.
        UnknownTerm: The mode is unknown.
    """

    def __init__(
        self,
        *sinks: Sink,
        mode: str = "best_effort",
        capacity: int = 10_000,
        signer: Signer | None = None,
        patience: float = 5.0,
    ) -> None:
        _check(sinks, capacity, signer, patience)
        self._mode = member("mode", Recording, mode)
        self._required = self._mode is Recording.REQUIRED
        self._capacity, self._patience = capacity, patience
        self._queue: deque[Entry] = deque()
        self._drain = Drain(self._queue, sinks, signer, self._drop)
        self._room = -1
        self._started = False
        self._refuses = ""
        self._dropped = self._reported = 0
        self._next_report = 0.0
        self._lock = threading.RLock()
        _ALL.add(self)

    def __repr__(self) -> str:
        return f"<Trail {self._mode}, {self._dropped} dropped>"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def mode(self) -> str:
        """How sure it must be that a decision is recorded: best_effort or required."""
        return str(self._mode)

    @property
    def dropped(self) -> int:
        """How many records were dropped in `best_effort`."""
        return self._dropped

    def record(self, event: Event) -> Future[None] | None:
        """
        Record a decision.

        Args:
            event: The decision.

        Returns:
            In `required`, what to wait for: it raises `AuditFailure` when the record cannot be stored.
        """
        queue = self._queue
        if len(queue) >= self._room or self._required:
            return self._record_with_care(event)
        queue.append(event)
        if self._drain.sleeps:
            self._drain.wake()
        return None

    def start(self) -> None:
        """
        Open the sinks and start the thread now, so that what is wrong with them is found before the first record.

        Raises:
            AuditFailure: A sink cannot be opened, or the trail is closed.
            OSError: A file cannot be written.
        """
        if self._refuses:
            raise AuditFailure(self._refuses)
        if not self._started:
            self._drain.open()
            self._begin()

    def flush(self, timeout: float = 5.0) -> bool:
        """
        Wait until all that was recorded before is dealt with.

        Args:
            timeout: How many seconds to wait at most.

        Returns:
            Whether it is.
        """
        if not self._started or self._refuses:
            return not self._queue
        milestone = Milestone(threading.Event())
        self._queue.append(milestone)
        self._drain.hurry()
        return milestone.reached.wait(timeout)

    def close(self, timeout: float = 5.0) -> bool:
        """
        Store what waits, and take no more; what cannot be stored in time is dropped, or its future fails.

        Args:
            timeout: How many seconds to wait at most.

        Returns:
            Whether all ended in time.
        """
        with self._lock:
            if self._refuses:
                return self._refuses == CLOSED
            self._refuses, self._room = CLOSED, -1
            started = self._started
        _ALL.discard(self)
        ended = self._drain.close(timeout) if started else True
        self._report(time.monotonic(), last=True)
        return ended

    def _record_with_care(self, event: Event) -> Future[None] | None:
        """Record while something is not as usual: the trail has not started, is full, refuses, or must be sure."""
        try:
            why = self._refuses or self._begin()
        except Exception as error:
            why = f"the audit trail cannot start: {type(error).__name__}"
        if not why and len(self._queue) >= self._capacity:
            why = FULL
        if self._required:
            return self._promise(event, why)
        if why:
            self._drop(1, why)
            return None
        self._queue.append(event)
        self._after_adding()
        return None

    def _promise(self, event: Event, why: str) -> Future[None]:
        future: Future[None] = Future()
        if why:
            keep(future, AuditFailure(why))
            return future
        self._queue.append(Promise(event, future, time.monotonic() + self._patience))
        self._after_adding()
        return future

    def _after_adding(self) -> None:
        if self._drain.sleeps:
            self._drain.wake()
        if self._refuses:
            self._drain.sweep()

    def _begin(self) -> str:
        """Start at the first record; tell why that cannot be."""
        with self._lock:
            if not self._started and not self._refuses:
                self._drain.start()
                self._started, self._room = True, self._capacity
            return self._refuses

    def _drop(self, count: int, why: str = "the sinks cannot store them") -> None:
        with self._lock:
            self._dropped += count
        now = time.monotonic()
        if now >= self._next_report:
            self._report(now, why)

    def _report(self, now: float, why: str = CLOSED, *, last: bool = False) -> None:
        with self._lock:
            count, self._reported = self._dropped - self._reported, self._dropped
            self._next_report = now + REPORT_EVERY
        if count:
            since = "by the time it closed" if last else "since the last report"
            log.error("%d audit records dropped %s, %d in all: %s", count, since, self._dropped, why)

    def _forked(self) -> None:
        """Refuse, in a forked process, what belongs to the thread of the process that it comes from."""
        self._lock = threading.RLock()
        self._dropped = self._reported = 0
        self._next_report = 0.0
        if self._started:
            self._refuses, self._room = FORKED, -1
            self._queue.clear()


_ALL: Final[weakref.WeakSet[Trail]] = weakref.WeakSet()


def _check(sinks: tuple[Sink, ...], capacity: object, signer: object, patience: object) -> None:
    if not sinks:
        raise InvalidInput("sinks", "a trail needs a sink to store records in")
    for sink in sinks:
        if isinstance(sink, type) or not all(hasattr(sink, name) for name in ("open", "write", "close")):
            raise InvalidInput(
                "sinks", f"expected objects with `open`, `write` and `close`, not a {type(sink).__name__}"
            )
    if type(capacity) is not int or capacity < 1:
        raise InvalidInput("capacity", "expected a whole number of records, from 1")
    if signer is not None and not isinstance(signer, Signer):
        raise InvalidInput("signer", f"expected a Signer, not a {type(signer).__name__}")
    if isinstance(patience, bool) or not isinstance(patience, int | float) or not patience > 0:
        raise InvalidInput("patience", "expected a positive number of seconds")


def _close_all() -> None:
    for trail in list(_ALL):
        trail.close()


def _forked_all() -> None:
    for trail in list(_ALL):
        trail._forked()  # noqa: SLF001 - the trails of this module


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked_all)
