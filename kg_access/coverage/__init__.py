"""How much of a policy its cases exercise: rules, rows, conditions and points of the space of facts."""

from kg_access.coverage.measure import Condition, Coverage, RuleCoverage, Share, measure

__all__ = ["Condition", "Coverage", "RuleCoverage", "Share", "measure"]
