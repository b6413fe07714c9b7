"""`kg-access demo`: the example backend, to look at in a browser."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib import import_module
from importlib.resources import as_file
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from kg_access._shipped import shipped
from kg_access.cli.outcome import Outcome
from kg_access.errors import AccessError, InvalidInput

HOST: Final = "127.0.0.1"
PORTS: Final = range(65536)
DATABASE: Final = "KG_ACCESS_DEMO_DATABASE"
NEEDED: Final = ("cryptography", "fastapi", "jinja2", "python_multipart", "sqlalchemy", "uvicorn")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """
    Add the command.

    Args:
        commands: The commands of `kg-access`.
    """
    parser = commands.add_parser(
        "demo",
        help="run the example backend",
        description="Run a small backend with the example organisation, to look at in a browser; Ctrl-C stops it.",
        epilog=f"example: kg-access demo --folder demo; the variable {DATABASE} stands in for --database",
    )
    parser.add_argument("--port", type=int, default=8000, help="the port (8000); 0 for any that is free")
    parser.add_argument("--database", metavar="URL", help="an SQLAlchemy URL; a file of SQLite when left out")
    parser.add_argument(
        "--folder", metavar="FOLDER", help="where to keep database, audit log and keys; forgotten when left out"
    )
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> Outcome:
    """
    Run the command; it ends when it is interrupted.

    Args:
        options: The options of the command line.

    Raises:
        AccessError: The packages of the extra `demo` are not there.
        InvalidInput: The port is taken, the folder cannot be used, or the database cannot be used.
    """
    _check_packages()
    with ExitStack() as held:
        listening = held.enter_context(closing(_listening(options.port)))
        folder = _folder(options.folder, held)
        examples = held.enter_context(as_file(shipped("examples")))
        organisation = held.enter_context(as_file(shipped("policies") / "scenarios" / "organisation.yaml"))
        backend = held.enter_context(_importable(examples))
        database = options.database or os.environ.get(DATABASE) or None
        application = backend("app")
        app = application.create_app(application.Settings(folder, organisation, database))
        _say(_welcome(listening, folder, backend("people").PEOPLE, kept=options.folder is not None))
        held.enter_context(_terminated_like_interrupted())
        with suppress(KeyboardInterrupt):
            backend("server").serve(app, listening)
    return Outcome("\nthe demo has stopped")


def _check_packages() -> None:
    missing = ", ".join(f"`{name}`" for name in NEEDED if find_spec(name) is None)
    if missing:
        raise AccessError(f"the demo needs {missing}, not installed here; install `kg-access[demo]`")


def _listening(port: int) -> socket.socket:
    """Listen before anything else is done, so that a port that is taken costs no time."""
    if port not in PORTS:
        raise InvalidInput("port", f"expected a number from 0 to {PORTS[-1]}, not {port}")
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        taken = error.errno == errno.EADDRINUSE
        why = "another program uses it" if taken else (error.strerror or "unknown fault").lower()
        raise InvalidInput("port", f"cannot listen on {port}: {why}; give `--port` another one, or 0") from None
    return listening


def _folder(name: str | None, held: ExitStack) -> Path:
    if name is None:
        return Path(held.enter_context(TemporaryDirectory(prefix="kg-access-demo-")))
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput("folder", f"cannot be used: {(error.strerror or 'unknown fault').lower()}") from None
    return folder


@contextmanager
def _importable(examples: Path) -> Iterator[Any]:
    """Import modules of the example backend from where it lies, and leave no compiled files there."""
    before = sys.dont_write_bytecode
    sys.path.insert(0, str(examples))
    sys.dont_write_bytecode = True
    try:
        yield lambda name: import_module(f"backend.{name}")
    finally:
        sys.dont_write_bytecode = before
        sys.path.remove(str(examples))


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """End as cleanly when the process is told to terminate as when somebody presses Ctrl-C."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _welcome(listening: socket.socket, folder: Path, people: Any, *, kept: bool) -> str:
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    width = max(len(person.name) for person in people)
    return "\n".join(
        [
            f"The demo runs at {address} (Ctrl-C stops it).",
            f"Database, audit log and keys are in {folder}" + ("" if kept else ", which goes away afterwards") + ".",
            "",
            "Log in as",
            *(f"  {person.name:{width}}  {person.work}; try: {person.tries}" for person in people),
        ]
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
