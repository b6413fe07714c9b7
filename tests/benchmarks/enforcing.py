"""What enforcement adds to a request of an empty endpoint, under wrk against uvicorn, beside Casbin wired in by hand."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from tests.benchmarks import served
from tests.benchmarks.figures import MICRO, Figure, Scale, plain, within

APPS: Final = ("plain", "enforced", "by_hand")
SCOPE: Final = {
    "type": "http", "method": "GET", "path": "/dossiers/D1", "raw_path": b"/dossiers/D1", "root_path": "",
    "query_string": b"", "headers": [(b"host", b"localhost"), (b"user-agent", b"wrk")], "http_version": "1.1",
    "scheme": "http", "server": ("localhost", 80), "client": ("localhost", 1),
}  # fmt: skip


def measure(scale: Scale) -> list[Figure]:
    """Measure in process, and under wrk where it is at hand."""
    figures = [plain("enforcing: added to a request in process", max(_in_process(scale), 0.0) * MICRO, "µs")]
    if scale.load_seconds and shutil.which("wrk") is not None:
        figures += _under_load(scale)
    return figures


def _in_process(scale: Scale) -> float:
    """Tell how many seconds enforcement adds to a request that meets no network."""
    best = dict.fromkeys(APPS[:2], float("inf"))
    apps = {name: getattr(served, name)() for name in best}

    async def seconds(app: Any) -> float:
        start = time.perf_counter()
        for _ in range(scale.calls):
            await app(dict(SCOPE), _receive, _send)
        return (time.perf_counter() - start) / scale.calls

    for _ in range(scale.rounds):
        for name, app in apps.items():
            best[name] = min(best[name], asyncio.run(seconds(app)))
    return best["enforced"] - best["plain"]


def _under_load(scale: Scale) -> list[Figure]:
    best = dict.fromkeys(APPS, float("inf"))
    with ExitStack() as stack:
        ports = {name: stack.enter_context(_server(name)) for name in APPS}
        for _ in range(scale.rounds):
            for name, port in ports.items():
                best[name] = min(best[name], _seconds_per_request(port, scale.load_seconds))
    bare, ours, theirs = (best[name] * MICRO for name in APPS)
    return [
        within("enforcing: a request under wrk", ours, bare, "µs", "the same endpoint without enforcement", 1.1),
        within(
            "enforcing: added to a request under wrk", ours - bare, theirs - bare, "µs", "stock Casbin by hand", 0.1
        ),
    ]


@contextmanager
def _server(name: str) -> Iterator[int]:
    """Run an application under uvicorn on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", f"tests.benchmarks.served:{name}", "--factory", "--port", str(port)]
    with subprocess.Popen([*command, "--log-level", "error"]) as process:  # noqa: S603 - our own command
        try:
            _await_port(port)
            yield port
        finally:
            process.terminate()


def _await_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server did not start")


def _seconds_per_request(port: int, seconds: int) -> float:
    command = ["wrk", "-t1", "-c8", f"-d{seconds}", f"http://127.0.0.1:{port}/dossiers/D1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    assert "Non-2xx" not in done.stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert rate is not None
    return 1 / float(rate[1])


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: Any) -> None:
    del message
