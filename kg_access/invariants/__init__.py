"""Invariants: what must hold of every version of a policy, and its proof."""

from kg_access.invariants.prove import Prover
from kg_access.invariants.read import read_invariants
from kg_access.invariants.record import Counterexample, Invariant, Proof

__all__ = ["Counterexample", "Invariant", "Proof", "Prover", "read_invariants"]
