"""
The login stub: a signed cookie that says who somebody chose to be.

A real backend verifies who logs in, with a password or better at its identity provider. What follows from that, a cookie
that nobody can forge and that no script and no other site can use, is the same here.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from time import time
from typing import Final

from fastapi.requests import HTTPConnection
from fastapi.responses import Response

COOKIE: Final = "kg_access_demo"
HOURS: Final = 8
SEPARATOR: Final = "."


class Sessions:
    """
    Gives out and reads session cookies.

    Args:
        key_file: The file with the key; it is made when it is not there.
    """

    def __init__(self, key_file: Path) -> None:
        if not key_file.exists():
            key_file.touch(mode=0o600)
            key_file.write_text(secrets.token_hex(32), "ascii")
        self._key = key_file.read_bytes()

    def begin(self, response: Response, person: str) -> None:
        """
        Log somebody in.

        Args:
            response: The response that brings the cookie.
            person: The id of the person.
        """
        claim = f"{person.encode().hex()}{SEPARATOR}{int(time()) + HOURS * 3600}"
        value = f"{claim}{SEPARATOR}{self._signature(claim)}"
        response.set_cookie(COOKIE, value, max_age=HOURS * 3600, httponly=True, samesite="lax")

    def end(self, response: Response) -> None:
        """
        Log out.

        Args:
            response: The response that takes the cookie away.
        """
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

    def person(self, connection: HTTPConnection) -> str | None:
        """
        Tell who sent a request; `None` for a cookie that is missing, too old, or not ours.

        Args:
            connection: The request.
        """
        claim, _, signature = connection.cookies.get(COOKIE, "").rpartition(SEPARATOR)
        if not hmac.compare_digest(signature.encode(), self._signature(claim).encode()):
            return None
        person, _, until = claim.partition(SEPARATOR)
        return bytes.fromhex(person).decode() if int(until) > time() else None

    def _signature(self, claim: str) -> str:
        return hmac.new(self._key, claim.encode(), hashlib.sha256).hexdigest()
