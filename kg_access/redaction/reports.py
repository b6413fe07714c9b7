"""What is withheld without a category being at fault is told to the log, once for each class and field, without values."""

from __future__ import annotations

import logging
from typing import Final

from kg_access.redaction.memory import Memory

MOST_REPORTS: Final = 16_384

log = logging.getLogger("kg_access.redaction")
told: Memory[tuple[str, str, str], bool] = Memory(MOST_REPORTS)


def withholding(kind: type, field: str, why: str) -> None:
    """
    Tell that a field is withheld, unless that was told before.

    Args:
        kind: The class.
        field: The name of the field; empty for data that belong to no field.
        why: Why, in words that follow `is withheld:`.
    """
    key = (kind.__module__, kind.__qualname__, field)
    if told.get(key) is None:
        told.keep(key, True)
        place = f"{kind.__qualname__}.{field}" if field else kind.__qualname__
        log.warning("`%s` is withheld: %s", place, why)
