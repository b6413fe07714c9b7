"""Scenario tests: decided cases in YAML, run against a policy."""

from kg_access.scenarios.case import Case, Expectation, read_moment
from kg_access.scenarios.draft import draft
from kg_access.scenarios.organisation import Organisation, read_organisation
from kg_access.scenarios.product import Product
from kg_access.scenarios.report import failed_lines
from kg_access.scenarios.run import Result, Runner, ask, run
from kg_access.scenarios.suite import Suite, find_scenarios, holds_scenarios, read_suite, read_suites

__all__ = [
    "Case",
    "Expectation",
    "Organisation",
    "Product",
    "Result",
    "Runner",
    "Suite",
    "ask",
    "draft",
    "failed_lines",
    "find_scenarios",
    "holds_scenarios",
    "read_moment",
    "read_organisation",
    "read_suite",
    "read_suites",
    "run",
]
