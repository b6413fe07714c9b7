"""The policy as data: read strictly from `models/` and `policies/` into one immutable record."""

from kg_access.policy.record import Clause, Label, Policy, ReasonText, Row, Table, Vocabulary

__all__ = ["Clause", "Label", "Policy", "ReasonText", "Row", "Table", "Vocabulary"]
