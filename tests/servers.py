"""ASGI servers on a free port of the loopback interface, each in a thread of the tests, stopped before the tests go on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, Final

import hypercorn.asyncio
import hypercorn.config
import uvicorn

PATIENCE: Final = 10.0

Started = Callable[[], None]


class _Uvicorn(uvicorn.Server):
    """Tells when it has started, and stops when it is told to."""

    def __init__(self, config: uvicorn.Config, stop: Event, started: Started) -> None:
        super().__init__(config)
        self._stop = stop
        self._started = started

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self._started()
        await asyncio.to_thread(self._stop.wait)
        self.should_exit = True


def _uvicorn(app: Any, listening: socket.socket, stop: Event, started: Started) -> None:
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=1)
    _Uvicorn(config, stop, started).run(sockets=[listening])


def _hypercorn(app: Any, listening: socket.socket, stop: Event, started: Started) -> None:
    config = hypercorn.config.Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.errorlog = config.accesslog = None
    config.graceful_timeout = 1

    async def until_stopped() -> None:
        started()
        await asyncio.to_thread(stop.wait)

    asyncio.run(hypercorn.asyncio.serve(app, config, shutdown_trigger=until_stopped, mode="asgi"))


SERVERS: Final[Mapping[str, Callable[[Any, socket.socket, Event, Started], None]]] = {
    "uvicorn": _uvicorn,
    "hypercorn": _hypercorn,
}


@contextmanager
def served(server: str, app: Any) -> Iterator[int]:
    """
    Serve an application over HTTP.

    Args:
        server: Which server: uvicorn or hypercorn.
        app: The ASGI application.

    Yields:
        The port.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    port: int = listening.getsockname()[1]
    stop, begun = Event(), Event()
    thread = Thread(target=SERVERS[server], args=(app, listening, stop, begun.set))
    thread.start()
    try:
        assert begun.wait(PATIENCE), f"{server} did not start"
        yield port
    finally:
        stop.set()
        thread.join(PATIENCE)
        listening.close()
    assert not thread.is_alive(), f"{server} did not stop"


def answer(port: int, method: str, target: str, *headers: str) -> bytes:
    """
    Send a request over a connection of its own, and give all that comes back, byte for byte, but for the date.

    Args:
        port: The port of the server.
        method: The method.
        target: What is asked for, as it goes over the line.
        headers: Lines of headers.
    """
    lines = [f"{method} {target} HTTP/1.1", "Host: test", "Connection: close", *headers, "", ""]
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall("\r\n".join(lines).encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"date:")]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body
