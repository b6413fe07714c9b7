"""Headers that say who asks: one that comes twice says two things, and then nobody is believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

WITHOUT_COMMA: Final = ("bearer", "basic")


def repeated(headers: Iterable[tuple[bytes, bytes]], names: frozenset[bytes]) -> bool:
    """
    Tell whether a header that says who asks comes more than once, among headers that come as a list (ASGI).

    Args:
        headers: The headers, with names in lower case.
        names: The headers that say who asks, in lower case.
    """
    seen = [name for name, _ in headers if name in names]
    return len(seen) > len(set(seen))


def joined(environ: Mapping[str, object], names: Iterable[bytes]) -> bool:
    """
    Tell whether a header that says who asks comes more than once, where a server has joined them (WSGI).

    Args:
        environ: The environment of the request.
        names: The headers that say who asks, in lower case.
    """
    for name in map(bytes.decode, names):
        value = str(environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))
        if "," in value and (name != "authorization" or value.lower().startswith(WITHOUT_COMMA)):
            return True
    return False
