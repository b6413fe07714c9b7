"""Scenario tests: decided cases in YAML, run against a policy."""

from kg_access.scenarios.case import Case, Expectation, read_moment
from kg_access.scenarios.draft import draft
from kg_access.scenarios.organisation import Organisation, read_organisation
from kg_access.scenarios.product import Product
from kg_access.scenarios.report import failed_lines
from kg_access.scenarios.run import Result, Runner, ask, failures, run
from kg_access.scenarios.suite import Suite, find_scenarios, holds_scenarios, read_suite, read_suites
from kg_access.scenarios.trials import Asked, Tried, tried
from kg_access.scenarios.witnessed import Witnessed, Witnesses

__all__ = [
    "Asked",
    "Case",
    "Expectation",
    "Organisation",
    "Product",
    "Result",
    "Runner",
    "Suite",
    "Tried",
    "Witnessed",
    "Witnesses",
    "ask",
    "draft",
    "failed_lines",
    "failures",
    "find_scenarios",
    "holds_scenarios",
    "read_moment",
    "read_organisation",
    "read_suite",
    "read_suites",
    "run",
    "tried",
]
