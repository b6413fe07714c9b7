"""What a change of policy does: who gains and who loses what, and what else is answered differently."""

from kg_access.difference.compare import compare
from kg_access.difference.record import Change, Difference, Example, Verdict
from kg_access.difference.sides import read_sides

__all__ = ["Change", "Difference", "Example", "Verdict", "compare", "read_sides"]
