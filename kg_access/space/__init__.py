"""The finite space of facts: what a policy permits in it, and requests that lead to its points."""

from kg_access.space.boxes import (
    Box,
    Domains,
    Words,
    apart,
    contains,
    exactly,
    inside,
    outside,
    remainder,
    size,
    without,
)
from kg_access.space.regions import Region, Space
from kg_access.space.witness import astray, smallest, telling, witness

__all__ = [
    "Box",
    "Domains",
    "Region",
    "Space",
    "Words",
    "apart",
    "astray",
    "contains",
    "exactly",
    "inside",
    "outside",
    "remainder",
    "size",
    "smallest",
    "telling",
    "without",
    "witness",
]
