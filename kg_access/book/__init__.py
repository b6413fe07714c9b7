"""The policy book: one page for people who read a policy, and change no code."""

from kg_access.book.page import write_book
from kg_access.book.record import Claim, Contents, Trial, Version

__all__ = ["Claim", "Contents", "Trial", "Version", "write_book"]
