"""
The pytest plugin: which files are scenario files, and the fixtures.

It is installed as the module `pytest_kg_access`, beside the package and not in it, since pytest imports the plugins of
all distributions: a run without scenario files never imports `kg_access`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kg_access.guard import Guard
    from kg_access.scenarios import Organisation

PLACES = pytest.StashKey[tuple[Path, ...]]()
SETTINGS = {
    "kg_access_scenarios": "scenario files of kg_access, and folders with them",
    "kg_access_policies": "the folder of the policy under test; the shipped one when left out",
    "kg_access_models": "the folder of its Casbin models; the shipped ones when left out",
    "kg_access_organisation": "the file of people and dossiers for the fixture kg_organisation",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the settings."""
    parser.getgroup("kg-access", "scenario files of kg_access").addoption(
        "--kg-access",
        action="append",
        default=[],
        metavar="PATH",
        help="run this scenario file, or those in this folder, too; may be given several times",
    )
    for name, text in SETTINGS.items():
        parser.addini(name, text, type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Find out which paths hold scenario files; those of the settings are run with the test paths, not with others."""
    named = [config.invocation_params.dir / path for path in config.option.kg_access]
    listed: Sequence[Path] = config.getini("kg_access_scenarios")
    for path in (*named, *listed):
        if not path.exists():
            raise pytest.UsageError(f"kg_access: there is no file or folder `{path}`")
    config.stash[PLACES] = tuple(path.resolve() for path in (*named, *listed))
    whole = config.args_source is config.ArgsSource.TESTPATHS
    asked = [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]
    for path in (*named, *(listed if whole else ())):
        _refuse_without_scenarios(path)
        if not any(_overlap(path.resolve(), place) for place in asked):
            config.args.append(str(path))


def _refuse_without_scenarios(path: Path) -> None:
    """Refuse a folder that holds no scenario file, since a run without them would look as if they had passed."""
    if path.is_dir():
        from kg_access.testing.collection import holds_scenarios  # noqa: PLC0415 - only when it is needed

        if not any(map(holds_scenarios, path.rglob("*.yaml"))):
            raise pytest.UsageError(f"kg_access: there is no YAML file with `cases` or `products` in `{path}`")


def _overlap(path: Path, other: Path) -> bool:
    return path.is_relative_to(other) or other.is_relative_to(path)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a file that the settings or the option call a scenario file, and no other."""
    places = parent.config.stash.get(PLACES, ())
    path = file_path.resolve() if places else file_path
    listed = path in places
    if not listed and (path.suffix != ".yaml" or not any(path.is_relative_to(place) for place in places)):
        return None
    from kg_access.testing.collection import ScenarioFile, holds_scenarios  # noqa: PLC0415 - only when it is needed

    if not listed and not holds_scenarios(file_path):
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


@pytest.fixture(scope="session")
def kg_guard(pytestconfig: pytest.Config) -> Guard:
    """Give a guard with the policy under test, which takes every obligation as fulfilled."""
    from kg_access.testing.collection import guard  # noqa: PLC0415 - only when it is needed

    return guard(pytestconfig)


@pytest.fixture(scope="session")
def kg_organisation(pytestconfig: pytest.Config) -> Organisation:
    """Give the people and dossiers of the file that the settings name, or of the shipped one."""
    from kg_access.testing.collection import organisation  # noqa: PLC0415 - only when it is needed

    return organisation(pytestconfig)
