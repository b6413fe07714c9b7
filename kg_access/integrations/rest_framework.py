"""
Django REST framework: a permission that asks the enforcement point, a filter for lists, and redaction of responses.

`AccessMiddleware` is needed too. A view with `AccessPermission` is decided about once the framework has authenticated
the person; resolvers get its `Request`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kg_access.dossier import Dossier
from kg_access.enforcement.access import Access
from kg_access.enforcement.marks import Requirement
from kg_access.errors import quoted
from kg_access.integrations.django_marks import unmarked
from kg_access.integrations.django_requests import access_of, ask, dossier_of, log, refuse
from kg_access.redaction import is_annotated, redact_to

try:
    from django.db.models import Model, QuerySet
    from django.http import Http404
    from rest_framework.filters import BaseFilterBackend
    from rest_framework.generics import get_object_or_404
    from rest_framework.permissions import BasePermission
    from rest_framework.utils.serializer_helpers import ReturnDict
except ImportError as error:
    raise ImportError("Django REST framework is not there; install `kg-access[restframework]`") from error

__all__ = ["AccessFilter", "AccessPermission", "access_of", "unmarked"]


class AccessPermission(BasePermission):
    """
    Lets a view run only when the enforcement point permits, and show only objects that it permits.

    Name it by itself in `permission_classes`. A view marked with `requires` is decided about by its path; an object
    of another dossier is not found there. A view marked with `requires_each` is decided about for each object.
    The view tells the dossier of an object with `get_dossier`, or the object with `as_dossier`; an object of which
    neither tells it is refused.
    """

    asks_the_enforcement_point = True

    def has_permission(self, request: Any, view: Any) -> bool:
        """
        Ask for the view.

        Args:
            request: The request.
            view: The view.
        """
        access = access_of(request._request)  # noqa: SLF001 - the documented way to Django's request
        if request.method != request._request.method:  # noqa: SLF001 - a page asks what else it could offer
            return False
        if access.refusal is None and access.subject is None:
            access.request = request
            access.point.enforce(access, view.kwargs)
        refuse(access)
        return True

    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        """
        Ask for an object.

        Args:
            request: The request.
            view: The view.
            obj: The object.
        """
        access = access_of(request._request)  # noqa: SLF001 - as above
        if not isinstance(access.mark, Requirement):
            return True
        tells = _teller(view)
        if access.mark.dossier is None:
            try:
                ask(access, lambda _: tells(obj))
            except Http404:
                _not_found(obj)
        elif not _is_of(access, tells, obj):
            _not_found(obj)
        return True


class AccessFilter(BaseFilterBackend):
    """
    Keeps the rows whose dossier is permitted; it stands last in `filter_backends`, since it looks at every row.

    In a view marked with `requires`, these are the rows of the dossier of the path. A view of one object is left to
    `AccessPermission`.
    """

    def filter_queryset(self, request: Any, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """
        Keep what is permitted.

        Args:
            request: The request.
            queryset: The rows.
            view: The view, which may tell the dossier of a row with `get_dossier`.
        """
        access = access_of(request._request)  # noqa: SLF001 - the documented way to Django's request
        if not isinstance(access.mark, Requirement):
            return queryset
        if access.mark.dossier is None and (view.lookup_url_kwarg or view.lookup_field) in view.kwargs:
            return queryset
        tells = _teller(view)
        belonging = [(row.pk, tells(row)) for row in queryset]
        if access.mark.dossier is None:
            dossiers = {dossier.id: dossier for _, dossier in belonging}
            permitted = {one.dossier.id for one in access.select(dossiers.values())}
        else:
            permitted = set() if access.dossier is None else {access.dossier.id}
        return queryset.filter(pk__in=[key for key, dossier in belonging if dossier.id in permitted])


def redact_data(access: Access[Any], response: Any) -> None:
    """
    Leave out of the data of a response what is not permitted, before they are rendered.

    They are redacted by the record type that the mark names as `shape`, else by their serializer when its fields are
    annotated. In a page of results, these are.

    Args:
        access: The access of the request.
        response: A response of Django REST framework.
    """
    data = response.data
    page = (
        isinstance(data, dict) and not isinstance(data, ReturnDict) and {"next", "previous", "results"} <= data.keys()
    )
    records = data["results"] if page else data
    shape = access.shape or _shape_of(records)
    covering = access.covering
    if shape is None or covering is None or records is None:
        return
    shown = redact_to(covering, records, shape=shape)
    response.data = {**data, "results": shown} if page else shown
    access.redacted, access.shape = True, None
    for one in access.permitted:
        one.redacted = True


def _shape_of(records: Any) -> type | None:
    serializer = getattr(records, "serializer", None)
    kind = type(getattr(serializer, "child", serializer))
    return kind if is_annotated(kind) else None


def _teller(view: Any) -> Callable[[Any], Dossier]:
    """Give what tells the dossier of a row."""
    told: Callable[[Any], Dossier] = getattr(view, "get_dossier", dossier_of)
    return told


def _is_of(access: Access[Any], tells: Callable[[Any], Dossier], obj: Any) -> bool:
    if access.dossier is None:
        return False
    try:
        return tells(obj).id == access.dossier.id
    except LookupError:
        log.error("an object is refused, since nothing tells its dossier; it is a %s", quoted(type(obj).__name__))
        return False


def _not_found(obj: Any) -> None:
    """Leave as the framework does for an object that does not exist, down to the words."""
    if isinstance(obj, Model):
        get_object_or_404(type(obj)._default_manager.none())  # noqa: SLF001 - as Django's own shortcuts do
    raise Http404
