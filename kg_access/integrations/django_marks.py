"""The marks of Django's views: of functions, of classes and their methods, and of those of Django REST framework."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from kg_access.enforcement.marks import Mark, mark_of

try:
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.urls import URLPattern, URLResolver, get_resolver
except ImportError as error:
    raise ImportError("Django is not there; install `kg-access[django]`") from error

WRITTEN_AS_FUNCTION: Final = "api_view.<locals>.decorator.<locals>.handler"
PERMITTING: Final = ("dispatch", "initial", "get_permissions", "check_permissions")
NOT_SERVED: Final = frozenset({"head", "options"})


def mark_for(view: Any, method: str) -> Mark | None:
    """
    Find the mark of a view for a method: that of the view, else of the function behind the method, else of its class.

    Args:
        view: What the URL configuration names.
        method: The HTTP method; HEAD counts as GET where there is no function for it.
    """
    return mark_of(view) or mark_of(function_for(view, method)) or mark_of(class_of(view))


def carrier_of(view: Any, method: str) -> Any:
    """
    Give what should carry the mark of a view: the function as it was written, or the class.

    Args:
        view: What the URL configuration names.
        method: The HTTP method.
    """
    written = function_for(view, method)
    return written if inspect.isfunction(written) and "." not in written.__qualname__ else class_of(view) or view


def function_for(view: Any, method: str) -> Any:
    """
    Give the function behind a method of a class-based view; `None` when there is none.

    Args:
        view: What the URL configuration names.
        method: The HTTP method.
    """
    kind, actions = class_of(view), getattr(view, "actions", None) or {}
    names = [method.lower(), *(["get"] if method == "HEAD" else ())]
    handlers = (getattr(kind, actions.get(name, name), None) for name in names)
    handler = next((handler for handler in handlers if handler is not None), None)
    if getattr(handler, "__qualname__", "") != WRITTEN_AS_FUNCTION:
        return handler
    return handler.__closure__[handler.__code__.co_freevars.index("func")].cell_contents  # type: ignore[union-attr]


def class_of(view: Any) -> type | None:
    """
    Give the class of a class-based view; `None` for a function.

    Args:
        view: What the URL configuration names.
    """
    kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return kind if isinstance(kind, type) else None


def decides_itself(view: Any) -> bool:
    """
    Tell whether a view of Django REST framework will ask the enforcement point through its permission classes.

    Those that change how permissions are found or checked, or what comes before, are not trusted to do so.

    Args:
        view: What the URL configuration names.
    """
    kind, framework = class_of(view), sys.modules.get("rest_framework.views")
    if framework is None or any(
        getattr(kind, name, None) is not getattr(framework.APIView, name) for name in PERMITTING
    ):
        return False
    chosen = getattr(view, "initkwargs", {}).get("permission_classes", getattr(kind, "permission_classes", ()))
    return any(getattr(permission, "asks_the_enforcement_point", False) for permission in chosen)


def exemptions() -> dict[str, str]:
    """
    Read which apps answer without a decision, and why, from the setting `KG_ACCESS_EXEMPT`.

    Raises:
        ImproperlyConfigured: It is no mapping from the name of an app to a reason.
    """
    stated: Any = getattr(settings, "KG_ACCESS_EXEMPT", {})
    if not isinstance(stated, Mapping) or not all(_is_text(text) for pair in stated.items() for text in pair):
        raise ImproperlyConfigured(
            "`KG_ACCESS_EXEMPT` names apps and says for each why it needs no decision, "
            'such as {"admin": "shows no dossier"}'
        )
    return dict(stated)


def unmarked(urlconf: Any = None) -> list[str]:
    """
    List the routes that carry no mark and are therefore denied, to be asserted empty in a test.

    Args:
        urlconf: The URL configuration; that of the settings when left out.

    Raises:
        LookupError: There is no route at all, so that the list would say nothing.
    """
    exempt = exemptions()
    routes = list(_routes(get_resolver(urlconf).url_patterns, "", exempt))
    if not routes:
        raise LookupError("the URL configuration has no route, so nothing was inspected")
    return sorted({path for path, view in routes if None in _marks(view)})


def _routes(patterns: Iterable[Any], prefix: str, exempt: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield path, pattern.callback
        elif isinstance(pattern, URLResolver) and pattern.app_name not in exempt:
            yield from _routes(pattern.url_patterns, path, exempt)


def _marks(view: Any) -> list[Mark | None]:
    kind = class_of(view)
    if kind is None:
        return [mark_of(view)]
    actions = getattr(view, "actions", None)
    served = actions or [name for name in getattr(kind, "http_method_names", ()) if hasattr(kind, name)]
    return [mark_for(view, name.upper()) for name in served if name not in NOT_SERVED] or [mark_for(view, "")]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
