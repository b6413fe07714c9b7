"""A checkpoint: what a log amounts to at one moment, short enough to keep elsewhere, and signed if there is a key."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from kg_access.audit.canonical import canonical
from kg_access.audit.failure import AuditFailure

HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
SIGNATURE: Final = re.compile(r"[0-9a-f]{128}", re.ASCII)
CONTEXT: Final = b"kg_access audit checkpoint, version 1\n"
"""Comes before what is signed, so that a signature cannot be used for anything else."""


@attrs.frozen
class Checkpoint:
    """
    The state of a log (a signed tree head in the words of RFC 9162).

    Attributes:
        log: The id of the log.
        size: How many records it held.
        root: The hash of the Merkle tree over them, in hexadecimal digits.
        head: The hash of the last line, in hexadecimal digits.
        moment: When that was, RFC 3339 in UTC.
        key: The id of the key that signed it; `None` when nobody did.
        signature: The Ed25519 signature, in hexadecimal digits; `None` when nobody signed.
    """

    log: str
    size: int
    root: str
    head: str
    moment: str
    key: str | None = None
    signature: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give the checkpoint as a plain dict, for JSON."""
        return attrs.asdict(self)

    def signed_part(self) -> bytes:
        """Give the bytes of which the signature is made: all but the signature."""
        content = self.as_dict()
        del content["signature"]
        return CONTEXT + canonical(content)

    @classmethod
    def from_dict(cls, content: object) -> Checkpoint:
        """
        Read a checkpoint, as `as_dict` gives it.

        Args:
            content: The checkpoint as a plain dict.

        Raises:
            AuditFailure: A field is missing, unknown or malformed.
        """
        names = [field.name for field in attrs.fields(cls)]
        if not isinstance(content, dict) or set(content) != set(names):
            raise AuditFailure(f"a checkpoint has the fields {', '.join(names)}, and no others")
        checkpoint = cls(**content)
        checks = {
            "log": _is_text(checkpoint.log),
            "size": type(checkpoint.size) is int and checkpoint.size >= 0,
            "root": _matches(HASH, checkpoint.root),
            "head": _matches(HASH, checkpoint.head),
            "moment": _is_text(checkpoint.moment),
            "key": checkpoint.key is None or _is_text(checkpoint.key),
            "signature": checkpoint.signature is None or _matches(SIGNATURE, checkpoint.signature),
        }
        for name, well in checks.items():
            if not well:
                raise AuditFailure(f"the field `{name}` of a checkpoint is malformed")
        return checkpoint


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
