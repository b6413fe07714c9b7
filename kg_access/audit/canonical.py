"""JSON in one form only, so that equal content has equal bytes: sorted keys, no spaces, UTF-8 (as RFC 8785 does)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def canonical(content: Mapping[str, Any]) -> bytes:
    """
    Write content as JSON in its one form; a surrogate that stands alone, which UTF-8 lacks, is written as an escape.

    Args:
        content: Dicts, lists, texts, whole numbers, booleans and `None`.
    """
    return _ENCODER.encode(content).encode("utf-8", "backslashreplace")


def parsed(data: bytes) -> dict[str, Any] | None:
    """
    Read a JSON object that is in its one form.

    Args:
        data: The bytes.

    Returns:
        The object; `None` when the bytes are something else, or the same content in another form.
    """
    try:
        content = json.loads(data)
        return content if isinstance(content, dict) and canonical(content) == data else None
    except (ValueError, RecursionError):
        return None
