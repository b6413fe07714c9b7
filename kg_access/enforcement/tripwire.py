"""
The tripwire: what must be true of a response before it leaves, whoever forgot what.

It finds mistakes, it does not undo them: an endpoint that changes something has done so by then.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from kg_access.enforcement.access import Access
from kg_access.enforcement.answers import problem
from kg_access.redaction import redact

WITHOUT_BODY: Final = frozenset({204, 205, 304})
JSON: Final = ("application/json", "+json")

TRIPPED: Final = problem(HTTPStatus.INTERNAL_SERVER_ERROR)
"""What the client gets instead of a response that tripped the wire."""


def objection(access: Access[Any] | None, status: int, *, matched: bool) -> str | None:
    """
    Say what is wrong with sending a response. Without a decision, only errors may leave, and redirects by a router.

    Args:
        access: The access of the request; `None` when the enforcement point was never asked.
        status: The status code of the response.
        matched: Whether the framework found an endpoint for the request.

    Returns:
        What is wrong, or `None`.
    """
    if access is None:
        most = HTTPStatus.BAD_REQUEST if matched else HTTPStatus.MULTIPLE_CHOICES
        return "an endpoint answered without a decision" if status < most else None
    if access.refusal is not None:
        return "an endpoint answered although access was refused" if status < HTTPStatus.MULTIPLE_CHOICES else None
    if not access.settled:
        return "an endpoint answered without asking for its dossiers" if status < HTTPStatus.BAD_REQUEST else None
    return None


def needs_redaction(access: Access[Any] | None, status: int, content_type: str) -> bool:
    """
    Tell whether the body of a response has to be redacted by its record type.

    Args:
        access: The access of the request.
        status: The status code of the response.
        content_type: Its content type.
    """
    if access is None or access.shape is None or status >= HTTPStatus.MULTIPLE_CHOICES or status in WITHOUT_BODY:
        return False
    kind = content_type.partition(";")[0].strip().lower()
    return kind.endswith(JSON) and access.covering is not None


def redacted_body(access: Access[Any], body: bytes) -> bytes:
    """
    Leave out of a JSON body what is not permitted.

    Args:
        access: The access of the request.
        body: The body.

    Raises:
        ValueError: The body is no JSON.
    """
    covering = access.covering
    if covering is None or not body:
        return body
    shown = redact(covering, json.loads(body), shape=access.shape)
    access.redacted = True
    for one in access.permitted:
        one.redacted = True
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


def unredacted(access: Access[Any] | None, status: int) -> str | None:
    """
    Say what is wrong with a response from which something had to be left out.

    Args:
        access: The access of the request.
        status: The status code of the response.
    """
    if access is None or status >= HTTPStatus.MULTIPLE_CHOICES or status in WITHOUT_BODY or not access.owes_redaction:
        return None
    return "an endpoint answered without redacting; use `Access.redact`, or give its mark a `shape`"
