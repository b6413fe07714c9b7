"""What lint finds, and the codes that it has for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from kg_access.errors import Finding

CODES: Final[Mapping[str, str]] = {
    "KGL001": "a rule that other rules leave nothing to decide",
    "KGL002": "a rule that no request can reach",
    "KGL003": "two rules that mean the same",
    "KGL004": "a clause that decides, without an invariant or a case",
    "KGL005": "a rule that decides no case",
    "KGL006": "a case that cites an unknown clause",
    "KGL007": "a list that holds more people than its limit",
    "KGL008": "an authorisation that has lapsed or is about to",
    "KGL009": "an entry of a register that has lapsed or is about to",
    "KGL010": "a role to which nothing can be permitted",
    "KGL011": "data of special concern for a role that is not designated",
    "KGL012": "a designation that no rule makes use of",
    "KGL013": "an acceptance that nothing needs",
}
"""Every code with what it finds; each has a heading in `docs/reference/lint.md`."""


@attrs.frozen
class Diagnostic:
    """
    One thing that lint found.

    Attributes:
        code: Its code, such as `KGL001`.
        about: The word that an acceptance names it by: a rule, clause, role, standing, case or entry.
        finding: Where it stands, what is wrong, and in one sentence what would be right.
        due: Whether it counts now; an agreement that ends far in the future does not yet.
        accepted: Why it is as it should be, when somebody accepted it.
    """

    code: str
    about: str
    finding: Finding
    due: bool = True
    accepted: str | None = None
