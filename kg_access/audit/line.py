"""
One line of a log: a JSON object that carries its own hash and that of the line before.

    {"hash":"…","previous":"…","record":{…}}

The hash is the SHA-256 of the line without its first member. What a line holds is one of: `start`, which opens a log;
`record`; `tree_head`, a checkpoint; and `repair`, which tells that a torn line was moved elsewhere.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final, NamedTuple

from kg_access.vocabulary import Term

FORMAT: Final = 1
NO_LINE: Final = "0" * 64
"""What the first line has for the hash of the line before."""

_SHAPE: Final = re.compile(
    rb'\{"hash":"([0-9a-f]{64})",("previous":"([0-9a-f]{64})","(record|repair|start|tree_head)":(\{.*\})\})\n',
    re.DOTALL,
)


class Holds(Term):
    """What a line can hold."""

    RECORD = "record"
    REPAIR = "repair"
    START = "start"
    TREE_HEAD = "tree_head"


class Line(NamedTuple):
    """
    A line that is as it was written, as far as its own hash tells.

    Attributes:
        holds: What it holds.
        content: That, as JSON in its one form.
        previous: The hash of the line before.
        hash: Its own hash.
    """

    holds: Holds
    content: bytes
    previous: str
    hash: str

    @classmethod
    def of(cls, holds: Holds, content: bytes, previous: str) -> Line:
        """
        Make a line.

        Args:
            holds: What it holds.
            content: That, as JSON in its one form.
            previous: The hash of the line before.
        """
        return cls(holds, content, previous, sha256(_body(holds, content, previous)).hexdigest())

    def written(self) -> bytes:
        """Give the line as it stands in a file, with its line feed."""
        return b'{"hash":"%s",%s\n' % (self.hash.encode(), _body(self.holds, self.content, self.previous)[1:])


def read_line(raw: bytes) -> Line | None:
    """
    Read a line, and check its hash.

    Args:
        raw: The line as it stands in a file, with its line feed.

    Returns:
        The line; `None` when it is not as it was written.
    """
    found = _SHAPE.fullmatch(raw)
    if found is None or sha256(b"{" + found[2]).hexdigest() != found[1].decode():
        return None
    return Line(Holds(found[4].decode()), found[5], found[3].decode(), found[1].decode())


def _body(holds: Holds, content: bytes, previous: str) -> bytes:
    return b'{"previous":"%s","%s":%s}' % (previous.encode(), str(holds).encode(), content)
