"""A real PostgreSQL for tests: a server of this machine's own, on a socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest


@attrs.frozen
class Server:
    """
    A running server.

    Attributes:
        folder: The folder of its socket and data.
        programs: The folder of its programs.
        user: The ids of the user and group that run it; `None` for the own ones.
    """

    folder: Path
    programs: Path
    user: tuple[int, int] | None

    @property
    def url(self) -> str:
        """The address of its database, as SQLAlchemy takes it."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off"
        log = str(self.folder / "server.log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once, as if it had crashed."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def make(self) -> None:
        """Make its data."""
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if self.user is not None:
            command = ["setpriv", f"--reuid={self.user[0]}", f"--regid={self.user[1]}", "--clear-groups", *command]
        subprocess.run(command, check=True, capture_output=True, cwd="/")  # noqa: S603 - our own command


def programs() -> Path | None:
    """Find the folder of the server's programs."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found).parent
    program = shutil.which("initdb")
    return None if program is None else Path(program).parent


@contextmanager
def postgres() -> Iterator[Server]:
    """Run a server; without one on this machine the test is skipped, and fails in CI."""
    folder = programs()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail("there is no PostgreSQL on this machine, and CI needs one")
        pytest.skip("there is no PostgreSQL on this machine")
    with tempfile.TemporaryDirectory(prefix="kgpg") as name:
        nobody = pwd.getpwnam("nobody")
        user = (nobody.pw_uid, nobody.pw_gid) if os.geteuid() == 0 else None
        if user is not None:
            os.chown(name, *user)
        server = Server(Path(name), folder, user)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
