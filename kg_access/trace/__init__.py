"""Traceability: from a clause of the statement to its rules, invariants and cases, and back."""

from __future__ import annotations

from kg_access.trace.chain import Entry, Trace, trace

__all__ = ["Entry", "Trace", "trace"]
