"""The policy and the models travel with the library, and nothing else is ever taken for them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pytest

from kg_access import Guard, PolicyDataMissing, load_policy
from kg_access import _shipped as shipped_module
from kg_access._shipped import shipped
from tests.conftest import PROJECT

FOLDERS = {"models": "models", "policies": "policies", "examples": "docs/examples"}
A_FILE = {"models": "need.conf", "policies": "policy.toml", "examples": "backend/app.py"}


@pytest.fixture
def build() -> dict[str, Any]:
    """Read the build targets of the project."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    targets: dict[str, Any] = settings["tool"]["hatch"]["build"]["targets"]
    return targets


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an empty folder in the place of the installed package."""
    root = tmp_path / "site-packages" / "kg_access"
    root.mkdir(parents=True)
    monkeypatch.setattr(shipped_module, "files", lambda _: root)
    return root


def leaves(folder: Traversable, path: str = "") -> Iterator[tuple[str, bytes]]:
    """Give every file of a folder by its path."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from leaves(entry, f"{path}{entry.name}/")
        else:
            yield f"{path}{entry.name}", entry.read_bytes()


def put(folder: Path, kind: str) -> Path:
    """Make a folder with one file in it."""
    (folder / kind).mkdir(parents=True)
    (folder / kind / "note.txt").write_text("here", encoding="utf-8")
    return folder / kind


def test_the_wheel_holds_policies_models_and_examples(build: dict[str, Any]) -> None:
    """The build maps the folders into the package, to the place where they are looked for first."""
    assert build["wheel"]["force-include"] == {
        **{folder: f"kg_access/_data/{kind}" for kind, folder in FOLDERS.items()},
        "kg_access/testing/entry.py": "pytest_kg_access.py",
    }
    assert build["wheel"]["packages"] == ["kg_access"]


def test_the_source_archive_can_be_built_from(build: dict[str, Any]) -> None:
    """The source archive holds both folders too, so that a wheel can be built from it."""
    assert {"/models", "/policies", "/docs", "/kg_access"} <= set(build["sdist"]["include"])


def test_no_folder_of_the_checkout_stands_in_for_the_wheel() -> None:
    """The package of the checkout has no data of its own, which would go stale beside the real folders."""
    assert not (PROJECT / "kg_access" / "_data").exists()


@pytest.mark.parametrize("kind", FOLDERS)
def test_every_file_is_readable_through_the_package(kind: str) -> None:
    """What is shipped is what stands in the folder of the project, file by file and byte by byte."""
    expected = dict(leaves(PROJECT / FOLDERS[kind]))

    assert dict(leaves(shipped(kind))) == expected
    assert A_FILE[kind] in expected


def test_the_installed_data_come_first(package: Path) -> None:
    """Data inside the package are used even if a project with the same folders lies around it."""
    inside = put(package / "_data", "policies")
    put(package.parent, "policies")
    (package.parent / "pyproject.toml").write_text("", encoding="utf-8")

    assert shipped("policies") == inside


def test_a_checkout_is_read_beside_the_package(package: Path) -> None:
    """Without data inside, the folder beside the package counts if the project's settings lie there too."""
    beside = put(package.parent, "policies")
    (package.parent / "pyproject.toml").write_text("", encoding="utf-8")

    assert shipped("policies") == beside


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_of_somebody_else_is_not_read(package: Path, kind: str) -> None:
    """A folder of the same name that another distribution left beside the package is never taken for ours."""
    put(package.parent, kind)

    with pytest.raises(PolicyDataMissing):
        shipped(kind)


def test_missing_data_name_the_places_looked_in(package: Path) -> None:
    """Without any data the error names both places, also in its message."""
    with pytest.raises(PolicyDataMissing) as missing:
        Guard.shipped()

    assert missing.value.looked_in == (
        str(package / "_data" / "policies"),
        str(package.parent / "policies"),
    )
    assert all(place in str(missing.value) for place in missing.value.looked_in)
    assert "no folder `policies` here" in str(missing.value)


def test_missing_models_are_told_apart(package: Path) -> None:
    """With the policy there but not the models, the error is about the models."""
    put(package / "_data", "policies")

    with pytest.raises(PolicyDataMissing, match="no folder `models` here"):
        Guard.shipped()


def test_a_copied_policy_has_the_digest_of_the_shipped_one(folder: Path) -> None:
    """The digest depends on the content of the files and not on where they lie."""
    copy = load_policy(folder / "policies", models=folder / "models")

    assert copy.digest == Guard.shipped().policy.digest
    assert copy.source == str(folder / "policies")
