"""What goes wrong with an audit trail, in words that hold nothing personal."""

from __future__ import annotations

import os
from typing import Final

from kg_access.errors import AccessError

OWN_WORDS: Final = (AccessError, ImportError)


class AuditFailure(AccessError):  # noqa: N818 - says what happened, like `EngineFailure`
    """Raised, or given by a future, when a decision could not be recorded, or a log cannot be read or written."""


def described(error: BaseException) -> str:
    """
    Say what went wrong without the values that the messages of databases and files hold.

    Args:
        error: What was raised.
    """
    if isinstance(error, OWN_WORDS):
        return str(error)
    name = type(error).__name__
    return f"{name}: {os.strerror(error.errno)}" if isinstance(error, OSError) and error.errno else name
