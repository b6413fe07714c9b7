"""Scenario tests: decided cases in YAML, run against a policy."""

from kg_access.scenarios.draft import draft
from kg_access.scenarios.organisation import Organisation, read_organisation
from kg_access.scenarios.run import Result, ask, run
from kg_access.scenarios.suite import Case, Expectation, Suite, find_scenarios, read_moment, read_suite

__all__ = [
    "Case",
    "Expectation",
    "Organisation",
    "Result",
    "Suite",
    "ask",
    "draft",
    "find_scenarios",
    "read_moment",
    "read_organisation",
    "read_suite",
    "run",
]
