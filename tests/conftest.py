"""Fixtures that several test modules share."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kg_access import load_policy
from kg_access.errors import Finding, PolicyError

PROJECT = Path(__file__).resolve().parent.parent

Change = Callable[[bytes], bytes]
Broken = Callable[[str, Change], tuple[Finding, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of `policies/` and `models/` that a test may spoil."""
    for name in ("policies", "models"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    return tmp_path


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
