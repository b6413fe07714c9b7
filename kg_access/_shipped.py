"""Where the shipped policy and example lie: in the installed package, or beside it in a checkout; reading a policy."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from kg_access.errors import PolicyDataMissing
from kg_access.policy import Policy

PLACES: Final = {"examples": "docs/examples"}
"""Where a folder lies in a checkout, if not at its top under its own name."""


def shipped(kind: str) -> Traversable:
    """
    Find a folder that comes with the library.

    Args:
        kind: policies, models or examples.

    Returns:
        The folder in the installed package; failing that, the one beside the package in a checkout of the project,
        which is recognised by its `pyproject.toml`, so that a folder of another distribution is never read.

    Raises:
        PolicyDataMissing: It is in neither place.
    """
    package = files("kg_access")
    installed = package / "_data" / kind
    if installed.is_dir():
        return installed
    checkout = Path(str(package)).parent
    beside = checkout / PLACES.get(kind, kind)
    if (checkout / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    raise PolicyDataMissing(kind, [str(installed), str(beside)])


def load_policy(policies: str | Path, *, models: str | Path | None = None) -> Policy:
    """
    Read and check a policy.

    Args:
        policies: The folder with `policy.toml`, vocabulary, registers and rules.
        models: The folder with the Casbin models; those that come with the library when left out.

    Raises:
        PolicyDataMissing: A folder is not there.
        PolicyError: Something in the files is wrong; it lists every finding.
    """
    return read(Path(policies), shipped("models") if models is None else Path(models))


def read(policies: Traversable | Path, models: Traversable | Path) -> Policy:
    """
    Read and check a policy from folders, of the installed package or of the file system.

    Args:
        policies: The folder with `policy.toml`, vocabulary, registers and rules.
        models: The folder with the Casbin models.

    Raises:
        PolicyDataMissing: A folder is not there.
        PolicyError: Something in the files is wrong; it lists every finding.
    """
    from kg_access.policy.load import load_policy as strictly  # noqa: PLC0415 - YAML and pydantic take time to import

    return strictly(policies, models)
