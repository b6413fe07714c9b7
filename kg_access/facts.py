"""
The finite description of a situation on which every decision rests.

`Facts` holds closed words only: no id, no date, no free text. Two requests with equal facts get the same decision.
Each question to Casbin is asked about a point: the facts that one table speaks of, for one standing and one category.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from kg_access.subject import ELSEWHERE, NOBODY, Standing
from kg_access.vocabulary import Erasure, Kind, Objection, Phase

MISSING: Final = "missing"
NONE: Final = "none"
UNLISTED: Final = "unlisted"

_GIVEN: Final = ("given", MISSING)
_YES_NO: Final = ("yes", "no")
_VERIFIED: Final = ("verified", "unverified")

COMPUTED: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": tuple(Kind),
    "link": ("team", "task", NONE),
    "deputy": _YES_NO,
    "phase": tuple(Phase),
    "relevance": _GIVEN,
    "break_glass": (NONE, "not_enabled", "invoked"),
    "regulation": _GIVEN,
    "rights_case": _GIVEN,
    "identity": _VERIFIED,
    "caller": _VERIFIED,
    "authorisation": ("valid", NONE),
    "controller": ("own", "other"),
    "service_in_force": _YES_NO,
    "published": _YES_NO,
    "related": _YES_NO,
    "reserved": ("open", "named", "not_named"),
    "objection": (NONE, *Objection),
    "erasure": (NONE, *Erasure),
    "channel": (NONE, "ordinary", "office365", "social_media"),
    "encrypted": _YES_NO,
    "key_holder": ("unknown", "microsoft", "other"),
    "exceptional_case": _GIVEN,
    "destination": (NONE, "inside_eea", "country_of_origin", "outside_eea"),
    "access_country": ("inside_eea", "outside_eea", "unknown"),
    "legal_basis": _GIVEN,
    "second_approver": (NONE, "requester", "another"),
}
"""The facts whose values are computed, with these values."""

WORDED: Final[Mapping[str, tuple[str, ...]]] = {
    "standing": (),
    "role": (ELSEWHERE, NOBODY),
    "organisation": (UNLISTED, NONE),
    "service": (),
    "action": (),
    "purpose": (MISSING,),
    "category": (MISSING,),
    "group": (MISSING,),
    "recipient_type": (NONE,),
}
"""The facts whose values are words of the policy, with the special words beside them."""


@attrs.frozen
class Facts:
    """
    What is true of a request, in closed words; the meaning of each word stands in `policies/vocabulary/facts.yaml`.

    Attributes:
        standings: What each current assignment in the dossier's service proves, each for itself.
        categories: The categories asked for; empty when not stated.
        authorised: Those of them that a valid authorisation of the recipient covers.
    """

    kind: str
    organisation: str
    standings: tuple[Standing, ...]
    related: str
    reserved: str
    service: str
    phase: str
    service_in_force: str
    controller: str
    objection: str
    erasure: str
    action: str
    group: str
    purpose: str
    categories: frozenset[str]
    authorised: frozenset[str]
    mode: str
    relevance: str
    break_glass: str
    regulation: str
    rights_case: str
    identity: str
    caller: str
    channel: str
    encrypted: str
    key_holder: str
    exceptional_case: str
    destination: str
    recipient_type: str
    access_country: str
    legal_basis: str
    second_approver: str
    published: str

    def asked(self) -> tuple[str, ...]:
        """List the categories in order, or the one word that says that none was stated."""
        return tuple(sorted(self.categories)) or (MISSING,)


PER_STANDING: Final = frozenset({"standing", "role", "link", "deputy"})
"""The facts that belong to one standing."""

PER_CATEGORY: Final = frozenset({"category", "authorisation"})
"""The facts that belong to one category."""

SHARED: Final = tuple(
    field.name for field in attrs.fields(Facts) if field.name not in {"standings", "categories", "authorised", "mode"}
)
"""The facts that are the same for every standing and category of one request."""

COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "scope": frozenset(SHARED) | PER_CATEGORY,
    "need": frozenset(SHARED) | PER_CATEGORY | PER_STANDING,
    "limits": frozenset(SHARED) | PER_STANDING,
}
"""What each table can speak of: scope is asked once a category, limits once a standing, need once for both."""
