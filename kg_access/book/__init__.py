"""The policy book: one page for people who read a policy, and change no code."""

from kg_access.book.page import write_book
from kg_access.book.record import Change, Claim, Contents, Effect, Trial

__all__ = ["Change", "Claim", "Contents", "Effect", "Trial", "write_book"]
