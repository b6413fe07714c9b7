"""Scenario files as tests of pytest: one test for each case and for each product."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg_access._shipped import load_policy, shipped
from kg_access.errors import AccessError, Finding, ScenarioError
from kg_access.guard import Guard
from kg_access.policy import Policy
from kg_access.scenarios import (
    Organisation,
    Runner,
    Suite,
    failed_lines,
    holds_scenarios,
    read_organisation,
    read_suite,
)
from kg_access.vocabulary import Obligation

__all__ = ["ScenarioFile", "guard", "holds_scenarios", "organisation"]

RUNNER = pytest.StashKey[Runner]()


class ScenarioFile(pytest.File):
    """A scenario file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give a test for each case and for each product."""
        try:
            suite = read_suite(self.path)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None
        for case in suite.cases:
            yield self._test(Suite(self.path, (case,)), case.id, case.title, case.place)
        for product in suite.products:
            yield self._test(Suite(self.path, (), (product,)), product.id, product.title, product.place)

    def _test(self, suite: Suite, name: str, title: str, place: Finding) -> pytest.Item:
        return ScenarioItem.from_parent(self, name=name, suite=suite, title=title, line=place.line)

    def setup(self) -> None:
        """Read the policy under test once."""
        if RUNNER not in self.config.stash:
            self.config.stash[RUNNER] = Runner(_policy(self.config))


class ScenarioItem(pytest.Item):
    """A case, or all cells of a product."""

    def __init__(self, *, suite: Suite, title: str, line: int, **node: Any) -> None:
        super().__init__(**node)
        self.suite = suite
        self.title = title
        self.line = line
        self.user_properties.append(("title", title))

    def runtest(self) -> None:
        """Decide, and fail with what differs."""
        try:
            results = self.config.stash[RUNNER].run([self.suite])
        except ScenarioError as error:
            pytest.fail(str(error), pytrace=False)
        lines = list(failed_lines(results))
        if lines:
            pytest.fail("\n".join(lines), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Tell where the case stands and what it is about."""
        return self.path, self.line - 1, f"{self.name}: {self.title}"


def guard(config: pytest.Config) -> Guard:
    """
    Make a guard with the policy under test.

    Args:
        config: The settings of pytest.
    """
    return Guard(_policy(config), fulfils=Obligation)


def organisation(config: pytest.Config) -> Organisation:
    """
    Read the people and dossiers that the settings name.

    Args:
        config: The settings of pytest.
    """
    own = _path(config, "kg_access_organisation")
    try:
        return read_organisation(own or Path(str(shipped("policies") / "scenarios" / "organisation.yaml")))
    except AccessError as error:
        pytest.fail(str(error), pytrace=False)


def _policy(config: pytest.Config) -> Policy:
    policies, models = _path(config, "kg_access_policies"), _path(config, "kg_access_models")
    try:
        return load_policy(policies or Path(str(shipped("policies"))), models=models)
    except AccessError as error:
        pytest.fail(str(error), pytrace=False)


def _path(config: pytest.Config, name: str) -> Path | None:
    paths: list[Path] = config.getini(name)
    if len(paths) > 1:
        pytest.fail(f"{name} is one path", pytrace=False)
    return paths[0] if paths else None
