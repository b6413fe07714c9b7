"""Where the shipped policy lies: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from kg_access.errors import PolicyDataMissing


def shipped(kind: str) -> Traversable:
    """
    Find a folder that comes with the library.

    Args:
        kind: policies or models.

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
    if (checkout / "pyproject.toml").is_file() and (checkout / kind).is_dir():
        return checkout / kind
    raise PolicyDataMissing(kind, [str(installed), str(checkout / kind)])
