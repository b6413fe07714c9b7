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
from kg_access.redaction import redact_to

WITHOUT_BODY: Final = frozenset({204, 205, 304})
JSON: Final = ("application/json", "+json")
PROBLEM: Final = "application/problem+json"
PROBLEM_MEMBERS: Final = frozenset({"type", "title", "status", "detail", "instance"})
INVALIDITY_MEMBERS: Final = frozenset({"type", "loc", "msg", "input", "ctx", "url"})
UNREDACTED: Final = "an endpoint answered without redacting; use `Access.redact`, or give its mark a `shape`"

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
    Tell whether a response must be held back until it is whole, to see what of it may leave.

    Args:
        access: The access of the request.
        status: The status code of the response.
        content_type: Its content type.
    """
    if access is None or access.refusal is not None or status in WITHOUT_BODY:
        return False
    withholds = access.shape is not None or access.owes_redaction
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        return withholds or access.lacks_permit
    return withholds and _is_json(content_type)


def redacted_body(access: Access[Any], status: int, content_type: str, body: bytes) -> tuple[str, bytes]:
    """
    Leave out of a response what is not permitted.

    An error that cannot be redacted becomes a problem document that says nothing but its status, a redirect loses its
    body.

    Args:
        access: The access of the request.
        status: The status code of the response.
        content_type: Its content type.
        body: Its body.

    Returns:
        The content type and the body that may leave; the type is empty when there is no body left to describe.

    Raises:
        ValueError: The body is no JSON, or nothing says what is to be left out of it.
    """
    if not body:
        return content_type, body
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return content_type, _redacted(access, json.loads(body), body)
    if not _is_json(content_type):
        return (content_type, body) if access.has_redacted and not access.lacks_permit else _bare(status)
    try:
        content = json.loads(body)
        if _is_error(content_type, content):
            return content_type, body
        return _bare(status) if access.lacks_permit else (content_type, _redacted(access, content, body))
    except Exception:  # whatever is wrong with it, it need not leave
        return _bare(status)


def unredacted(access: Access[Any] | None, status: int, *, empty: bool) -> str | None:
    """
    Say what is wrong with a response from which something had to be left out, and that is not to be redacted here.

    Args:
        access: The access of the request.
        status: The status code of the response.
        empty: Whether the response is known to have no body.
    """
    if access is None or empty or status >= HTTPStatus.MULTIPLE_CHOICES or status in WITHOUT_BODY:
        return None
    if access.owes_redaction:
        return UNREDACTED
    if access.shape is not None and not access.has_redacted:
        return "an endpoint with a `shape` answered with something else than JSON; use `Access.redact`"
    return None


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower().endswith(JSON)


def _redacted(access: Access[Any], content: Any, body: bytes) -> bytes:
    covering = access.covering
    if access.shape is None or covering is None:
        if content not in (None, [], {}) and access.owes_redaction:
            raise ValueError(UNREDACTED)
        return body
    shown = redact_to(covering, content, shape=access.shape)
    access.redacted = True
    for one in access.permitted:
        one.redacted = True
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


def _is_error(content_type: str, content: Any) -> bool:
    """Tell whether a body is an error as frameworks write it, without records in it."""
    if not isinstance(content, dict):
        return False
    if content_type.partition(";")[0].strip().lower() == PROBLEM:
        return content.keys() <= PROBLEM_MEMBERS and all(isinstance(one, str | int) for one in content.values())
    if content.keys() != {"detail"}:
        return False
    detail = content["detail"]
    return isinstance(detail, str) or (isinstance(detail, list) and all(map(_is_invalidity, detail)))


def _is_invalidity(content: Any) -> bool:
    """Tell whether this is what FastAPI says about one thing in a request that is not valid."""
    return isinstance(content, dict) and {"type", "loc", "msg"} <= content.keys() <= INVALIDITY_MEMBERS


def _bare(status: int) -> tuple[str, bytes]:
    if status < HTTPStatus.BAD_REQUEST:
        return "", b""
    return PROBLEM, problem(HTTPStatus(status)).body
