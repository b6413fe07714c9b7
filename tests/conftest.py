"""Fixtures that several test modules share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from kg_access import load_policy
from kg_access.cli import main
from kg_access.documents import Document, read_yaml
from kg_access.errors import Finding, PolicyError

PROJECT = Path(__file__).resolve().parent.parent

Change = Callable[[bytes], bytes]
Broken = Callable[[str, Change], tuple[Finding, ...]]


class Said(NamedTuple):
    """The exit code of a command, and what it printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@cache
def _shipped() -> Mapping[Path, bytes]:
    """Read `policies/` and `models/` once, since hundreds of tests copy them."""
    files = [path for name in ("policies", "models") for path in (PROJECT / name).rglob("*") if path.is_file()]
    return {path.relative_to(PROJECT): path.read_bytes() for path in files}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of `policies/` and `models/` that a test may spoil."""
    for parent in {path.parent for path in _shipped()}:
        (tmp_path / parent).mkdir(parents=True, exist_ok=True)
    for path, data in _shipped().items():
        (tmp_path / path).write_bytes(data)
    return tmp_path


@pytest.fixture(scope="module")
def shipped_yaml_read_once() -> Iterator[None]:
    """
    Read each YAML file as it is shipped only once in a module; one that a test has changed is read every time.

    Most of the time that a policy takes to load goes to YAML, and a test changes one file of some thirty.
    """
    remembered: dict[tuple[str, bytes], Document] = {}
    for file in sorted((PROJECT / "policies").rglob("*.yaml")):
        path, data = file.relative_to(PROJECT / "policies").as_posix(), file.read_bytes()
        document = read_yaml(path, data, [])
        if document is not None:
            remembered[path, data] = document

    def read(path: str, data: bytes, findings: list[Finding]) -> Document | None:
        return remembered.get((path, data)) or read_yaml(path, data, findings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kg_access.policy.load.read_yaml", read)
        yield
    for (path, data), document in remembered.items():
        assert read_yaml(path, data, []) == document, "a test has changed what others share"


@pytest.fixture
def broken(folder: Path) -> Broken:
    """Change one file of the copy and give the findings of the refusal; `models/...` is a model."""

    def findings(path: str, change: Change) -> tuple[Finding, ...]:
        file = folder / path if path.startswith("models/") else folder / "policies" / path
        old = file.read_bytes() if file.is_file() else b""
        new = change(old)
        assert new != old, "the change changes nothing, so the test would prove nothing"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(new)
        with pytest.raises(PolicyError) as refusal:
            load_policy(folder / "policies", models=folder / "models")
        assert refusal.value.findings
        return refusal.value.findings

    return findings


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process."""

    def run(*arguments: str) -> Said:
        try:
            code = main(arguments)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        return Said(code, *capsys.readouterr())

    return run
