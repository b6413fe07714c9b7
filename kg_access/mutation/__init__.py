"""Whether cases notice mistakes: every rule is changed a little, and some case must fail."""

from kg_access.mutation.acceptance import PLACE, Acceptance, read_acceptances
from kg_access.mutation.mutants import Mutant, mutants
from kg_access.mutation.survey import Mutation, Survivor, mutate

__all__ = ["PLACE", "Acceptance", "Mutant", "Mutation", "Survivor", "mutants", "mutate", "read_acceptances"]
