"""The other end of the queue: one thread that takes what is recorded, in batches, to every sink."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import Final, NamedTuple, TypeAlias

from kg_access.audit.event import Event
from kg_access.audit.failure import AuditFailure, described
from kg_access.audit.outlet import Outlet
from kg_access.audit.record import AuditRecord
from kg_access.audit.signing import Signer
from kg_access.audit.sinks.sink import Sink

AT_A_TIME: Final = 500
LINGER: Final = 0.05
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0

log = logging.getLogger("kg_access.audit")


class Promise(NamedTuple):
    """
    An event for whose record somebody waits.

    Attributes:
        event: The event.
        future: What they wait for.
        until: How long it may take, on the clock of `time.monotonic`.
    """

    event: Event
    future: Future[None]
    until: float


class Milestone(NamedTuple):
    """
    A place in the queue that somebody waits for.

    Attributes:
        reached: Set when all before it has been dealt with.
    """

    reached: threading.Event


Entry: TypeAlias = Event | Promise | Milestone


def keep(future: Future[None], failure: AuditFailure | None = None) -> None:
    """
    Keep a promise, or break it, unless that has been done.

    Args:
        future: What somebody waits for.
        failure: Why the record is not stored; `None` when it is.
    """
    try:
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(failure)
    except InvalidStateError:
        pass


class Drain:
    """
    Takes entries from a queue to sinks, in the order in which they came.

    A batch that one sink cannot store is tried again there, not at the others. Promises are broken when time is up;
    events without a promise wait until they are stored or the trail closes.

    Args:
        queue: The queue.
        sinks: The sinks.
        signer: What signs checkpoints.
        lost: Called with a number when events without a promise are lost.

    Attributes:
        sleeps: Whether the thread waits to be woken.
    """

    def __init__(
        self, queue: deque[Entry], sinks: Sequence[Sink], signer: Signer | None, lost: Callable[[int], None]
    ) -> None:
        self.sleeps = False
        self._queue = queue
        self._outlets = [Outlet(sink) for sink in sinks]
        self._signer = signer
        self._lost = lost
        self._awake = threading.Event()
        self._hurry = threading.Event()
        self._closing: float | None = None
        self._number = 0
        self._in_hand: list[Entry] = []
        self._until: float | None = None
        self._thread = threading.Thread(target=self._run, name="kg_access.audit", daemon=True)

    def open(self) -> None:
        """Open every sink."""
        for outlet in self._outlets:
            outlet.open(self._signer)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Wake the thread."""
        self.sleeps = False
        self._awake.set()

    def hurry(self) -> None:
        """Wake the thread, and let it gather no more before it writes."""
        self._hurry.set()
        self.wake()

    def close(self, timeout: float) -> bool:
        """
        Store what is left, and close the sinks.

        Args:
            timeout: How many seconds that may take.

        Returns:
            Whether the thread has ended; one that hangs in a sink is left behind, with its sinks open.
        """
        self._closing = time.monotonic() + timeout
        self.hurry()
        self._thread.join(timeout + LINGER)
        ended = not self._thread.is_alive()
        self.abandon([*([] if ended else self._in_hand), *self._rest()], "the audit trail was closed")
        if ended:
            for outlet in self._outlets:
                outlet.close()
        return ended

    def abandon(self, entries: Sequence[Entry], why: str) -> None:
        """
        Give up entries: promises are broken, the rest is counted as lost.

        Args:
            entries: The entries.
            why: Why they are given up.
        """
        lost = 0
        for entry in entries:
            if isinstance(entry, Promise):
                keep(entry.future, AuditFailure(why))
            elif isinstance(entry, Milestone):
                entry.reached.set()
            else:
                lost += 1
        if lost:
            self._lost(lost)

    def sweep(self) -> None:
        """Give up what came into the queue after it was closed."""
        if self._closing is not None and not self._thread.is_alive():
            self.abandon(self._rest(), "the audit trail is closed")

    def _rest(self) -> list[Entry]:
        left: list[Entry] = []
        while True:
            try:
                left.append(self._queue.popleft())
            except IndexError:
                return left

    def _run(self) -> None:
        while True:
            self._gather()
            self._in_hand = self._take()
            if self._in_hand:
                self._deal_with(self._in_hand)
            elif self._closing is not None:
                return
            else:
                self._sleep()

    def _sleep(self) -> None:
        self._awake.clear()
        self.sleeps = True
        if not self._queue and self._closing is None:
            self._awake.wait()
        self.sleeps = False

    def _gather(self) -> None:
        """Let events that nobody waits for gather a little, so that a batch is worth its while."""
        queue = self._queue
        if queue and type(queue[0]) is Event and len(queue) < AT_A_TIME and self._closing is None:
            self._hurry.wait(LINGER)
        self._hurry.clear()

    def _take(self) -> list[Entry]:
        taken: list[Entry] = []
        while len(taken) < AT_A_TIME:
            try:
                taken.append(self._queue.popleft())
            except IndexError:
                break
        return taken

    def _deal_with(self, entries: list[Entry]) -> None:
        try:
            written = self._written(entries)
            why = self._store([record for _, record in written]) if written else ""
            if why:
                self.abandon([entry for entry, _ in written], why)
            for entry in entries:
                if isinstance(entry, Promise):
                    keep(entry.future)
        except Exception as error:
            log.critical("a batch of audit records is lost: %s", described(error))
            self.abandon(entries, f"a fault of the audit trail: {described(error)}")
        for entry in entries:
            if isinstance(entry, Milestone):
                entry.reached.set()

    def _written(self, entries: Sequence[Entry]) -> list[tuple[Event | Promise, AuditRecord]]:
        """Make the record of each event; an event that cannot be written down is given up for itself."""
        written: list[tuple[Event | Promise, AuditRecord]] = []
        self._until = None
        for entry in entries:
            if isinstance(entry, Milestone):
                continue
            if isinstance(entry, Promise):
                entry.future.set_running_or_notify_cancel()
                self._until = entry.until if self._until is None else min(self._until, entry.until)
            try:
                event = entry.event if isinstance(entry, Promise) else entry
                written.append((entry, AuditRecord.of(self._number, event)))
                self._number += 1
            except Exception as error:
                log.error("a decision cannot be recorded: %s", described(error))  # noqa: TRY400 - no values
                self.abandon([entry], f"the decision cannot be recorded: {described(error)}")
        return written

    def _store(self, records: Sequence[AuditRecord]) -> str:
        """Store a batch in every sink; tell what is wrong when that does not work in time."""
        failing, pause = self._outlets, FIRST_PAUSE
        while True:
            failing = [outlet for outlet in failing if not outlet.stores(records, self._signer)]
            if not failing:
                return ""
            limits = [limit for limit in (self._until, self._closing) if limit is not None]
            left = min(limits, default=float("inf")) - time.monotonic()
            if left <= 0:
                return "; ".join(outlet.fault for outlet in failing)
            self._hurry.wait(min(pause, left))
            self._hurry.clear()
            pause = min(pause * 2, LONGEST_PAUSE)
