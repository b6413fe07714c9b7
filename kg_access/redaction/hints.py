"""What the annotations of a class mean, each by itself, so that one that cannot be resolved spoils no other."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any, get_type_hints

import attrs


@attrs.frozen
class Unresolved:
    """
    An annotation whose names cannot be found.

    Attributes:
        text: The annotation, as it is written.
    """

    text: str


def loaded(module: str, name: str) -> Any:
    """
    Give something of a module if that has been imported, and `None` otherwise: nothing can be an instance of it then.

    Args:
        module: The full name of the module.
        name: The name in it.
    """
    return getattr(sys.modules.get(module), name, None)


def hints_of(kind: type, names: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """
    Resolve the annotations of a class and its bases.

    Args:
        kind: The class.
        names: More names that annotations may use, beside those of their module and class.

    Returns:
        What each name is annotated with, `Annotated` included; `Unresolved` where that cannot be found out.
    """
    found: dict[str, Any] = {}
    for owner in reversed(kind.__mro__):
        for name, annotation in own_annotations(owner).items():
            found[name] = resolved(annotation, owner, names)
    return found


def own_annotations(owner: type) -> dict[str, Any]:
    """
    Give the annotations that a class itself has, as they are written.

    Args:
        owner: The class.
    """
    try:
        return inspect.get_annotations(owner)
    except Exception:  # annotations may be anything; a class that hides them has none
        return {}


def resolved(annotation: Any, owner: type, names: Mapping[str, Any] | None = None) -> Any:
    """
    Resolve one annotation of a class.

    Args:
        annotation: The annotation.
        owner: The class where it stands.
        names: More names that it may use.

    Returns:
        What it means, or `Unresolved`.
    """
    outer = {**(names or {}), **vars(owner), owner.__name__: owner}
    outer |= {parameter.__name__: parameter for parameter in getattr(owner, "__type_params__", ())}
    return _evaluated(annotation, outer, getattr(sys.modules.get(owner.__module__), "__dict__", {}))


def resolved_return(function: Any) -> Any:
    """
    Resolve what a function returns.

    Args:
        function: The function.

    Returns:
        What its annotation means, `Unresolved`, or `None` when it has none.
    """
    annotation = getattr(function, "__annotations__", {}).get("return")
    return None if annotation is None else _evaluated(annotation, {}, getattr(function, "__globals__", {}))


def _evaluated(annotation: Any, outer: dict[str, Any], inner: dict[str, Any]) -> Any:
    """Evaluate on a class made for it, since only annotations of a class may be qualified with `Final` and the like."""
    try:
        stand_in = type("StandIn", (), {"__annotations__": {"it": annotation}})
        return get_type_hints(stand_in, outer, inner, include_extras=True)["it"]
    except Exception:  # evaluating what somebody wrote can raise anything
        return Unresolved(annotation if isinstance(annotation, str) else repr(annotation))
