"""
Headers that say who asks: one that comes twice says two things, and then nobody is believed.

Cookies are the exception, since HTTP/2 may spread them over several headers: there a name that comes twice does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

COOKIE: Final = b"cookie"
WITHOUT_COMMA: Final = ("bearer", "basic")


def repeated(headers: Iterable[tuple[bytes, bytes]], names: frozenset[bytes]) -> bool:
    """
    Tell whether a header that says who asks comes more than once, among headers that come as a list (ASGI).

    Args:
        headers: The headers, with names in lower case.
        names: The headers that say who asks, in lower case.
    """
    seen = [name for name, _ in headers if name in names and name != COOKIE]
    if len(seen) > len(set(seen)):
        return True
    return COOKIE in names and _doubled(b";".join(value for name, value in headers if name == COOKIE).decode("latin-1"))


def joined(environ: Mapping[str, object], names: Iterable[bytes]) -> bool:
    """
    Tell whether a header that says who asks comes more than once, where a server has joined them (WSGI).

    Args:
        environ: The environment of the request.
        names: The headers that say who asks, in lower case.
    """
    for name in map(bytes.decode, names):
        value = str(environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))
        if name == COOKIE.decode():
            if _doubled(value.replace(",", ";")):
                return True
        elif "," in value and (name != "authorization" or value.lower().startswith(WITHOUT_COMMA)):
            return True
    return False


def _doubled(cookies: str) -> bool:
    """Tell whether a cookie comes twice with different values."""
    found: dict[str, str] = {}
    for cookie in cookies.split(";"):
        name, _, value = cookie.strip().partition("=")
        if found.setdefault(name, value) != value:
            return True
    return False
