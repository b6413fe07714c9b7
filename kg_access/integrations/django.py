"""
Django: a middleware enforces before every view, under WSGI and ASGI, and looks at every response.

It stands first in `MIDDLEWARE`. The mark is that of the view; a view without a mark is denied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from kg_access.dossier import Dossier
from kg_access.enforcement.access import Access, Permitted
from kg_access.enforcement.answers import Answer
from kg_access.enforcement.claims import joined
from kg_access.enforcement.marks import Exemption, Requirement
from kg_access.enforcement.point import EnforcementPoint
from kg_access.enforcement.tripwire import TRIPPED, needs_redaction, objection, redacted_body, unredacted
from kg_access.errors import AccessDenied, quoted
from kg_access.integrations.django_marks import carrier_of, decides_itself, exemptions, mark_for, unmarked
from kg_access.integrations.django_requests import (
    ATTRIBUTE,
    Refused,
    aask,
    access_of,
    ask,
    dossier_of,
    found,
    mark_on_djangos_thread,
    on_djangos_thread,
)
from kg_access.integrations.wsgi import DESCRIBING, STALE, preflight

try:
    from asgiref.sync import iscoroutinefunction, markcoroutinefunction
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured, PermissionDenied
    from django.http import Http404, HttpRequest, HttpResponse
    from django.utils.module_loading import import_string
except ImportError as error:
    raise ImportError("Django is not there; install `kg-access[django]`") from error

__all__ = ["AccessMiddleware", "AccessMixin", "Refused", "access_of", "dossier_of", "enforcement_point", "unmarked"]


def enforcement_point() -> EnforcementPoint[Any]:
    """
    Give the enforcement point that the setting `KG_ACCESS_POINT` names.

    Raises:
        ImproperlyConfigured: There is no such setting, or it leads to something else.
    """
    named: Any = getattr(settings, "KG_ACCESS_POINT", None)
    if isinstance(named, str):
        try:
            point = import_string(named)
        except ImportError as error:
            raise ImproperlyConfigured(f"`KG_ACCESS_POINT` leads nowhere: {error}") from error
    else:
        point = named
    if isinstance(point, EnforcementPoint):
        return point
    if named is None:
        raise ImproperlyConfigured(
            "`KG_ACCESS_POINT` is not set; name the enforcement point, as `package.module.point`"
        )
    place = f"{quoted(named)} is" if isinstance(named, str) else "it is"
    raise ImproperlyConfigured(f"`KG_ACCESS_POINT` leads to no EnforcementPoint; {place} a {type(point).__name__}")


class AccessMiddleware:
    """
    Enforces before every view, and stops responses that should not leave.

    Args:
        get_response: What answers: the other middleware, and the view.

    Raises:
        ImproperlyConfigured: The setting `KG_ACCESS_POINT` or `KG_ACCESS_EXEMPT` is wrong.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.point = enforcement_point()
        self._exempt = {app: Exemption(reason) for app, reason in exemptions().items()}
        self._asynchronous = iscoroutinefunction(get_response)
        self.process_view: Callable[..., Any] = self._aenforce if self._asynchronous else self._enforce
        if self._asynchronous:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Serve a request."""
        if self._asynchronous:
            return self._acall(request)
        response = self.get_response(request)
        access = found(request)
        if access is not None and _missed(access, request, response):
            try:
                ask(access, _nothing)
            except (Http404, Refused):
                response = _refusal_or(access, response)
        return self._checked(access, request, response)

    async def _acall(self, request: HttpRequest) -> Any:
        response = await self.get_response(request)
        access = found(request)
        if access is not None and _missed(access, request, response):
            try:
                await aask(access, _nothing)
            except (Http404, Refused):
                response = _refusal_or(access, response)
        return self._checked(access, request, response)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """
        Answer a denial that a view raised; what else is raised for want of permission says nothing to the client.

        Args:
            request: The request.
            exception: What was raised.
        """
        access = found(request)
        if isinstance(exception, AccessDenied) and access is not None:
            access.point.denied(access, exception)
        if isinstance(exception, AccessDenied | Refused) and access is not None:
            return _refusal(access)
        if isinstance(exception, PermissionDenied):
            exception.args = ()
        return None

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """
        Redact what a view of Django REST framework answers, before it is rendered.

        Args:
            request: The request.
            response: The response, not rendered yet.
        """
        access = found(request)
        if (
            access is not None
            and hasattr(response, "accepted_renderer")
            and response.status_code < HTTPStatus.MULTIPLE_CHOICES
        ):
            from kg_access.integrations.rest_framework import redact_data  # noqa: PLC0415 - it may not be installed

            try:
                redact_data(access, response)
            except Exception as error:
                self.point.alarm(f"a response could not be redacted: {type(error).__name__}")
                response.data = None
                response.add_post_render_callback(lambda _: _as_response(TRIPPED))
        return response

    def _enforce(self, request: HttpRequest, view: Any, args: Any, kwargs: Mapping[str, Any]) -> HttpResponse | None:
        del args
        access = self._opened(request, view)
        if not decides_itself(view):
            self.point.enforce(access, kwargs)
        return _refusal(access)

    async def _aenforce(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        del args
        access = self._opened(request, view)
        if not decides_itself(view):
            mark, access.mark = access.mark, mark_on_djangos_thread(access.mark)
            await on_djangos_thread(self.point).aenforce(access, kwargs)
            access.mark = mark
        return _refusal(access)

    def _opened(self, request: HttpRequest, view: Any) -> Access[Any]:
        match = request.resolver_match
        apps = () if match is None else match.app_names
        exempt = next((self._exempt[app] for app in apps if app in self._exempt), None)
        mark = exempt or mark_for(view, request.method or "")
        twice = joined(request.META, self.point.identity_headers)
        access = self.point.open(mark, request, endpoint=carrier_of(view, request.method or ""), claimed_twice=twice)
        setattr(request, ATTRIBUTE, access)
        return access

    def _checked(self, access: Access[Any] | None, request: HttpRequest, response: Any) -> Any:
        """Let a response leave, redacted where it has to be, or stop it."""
        if access is not None and access.clear:
            return response
        status, reached = response.status_code, request.resolver_match is not None
        wrong = objection(access, status, matched=reached)
        if wrong is not None and (access is not None or reached or not preflight(request.META)):
            return self._tripped(wrong, response)
        if access is not None and needs_redaction(access, status, response.get("Content-Type", "")):
            return self._redacted(access, response)
        wrong = unredacted(access, status, empty=not response.streaming and not response.content)
        return response if wrong is None else self._tripped(wrong, response)

    def _redacted(self, access: Access[Any], response: Any) -> Any:
        if response.streaming:
            return self._tripped("a stream cannot be redacted; answer with a whole response", response)
        kind = response.get("Content-Type", "")
        try:
            left, response.content = redacted_body(access, response.status_code, kind, response.content)
        except Exception as error:
            return self._tripped(f"a response could not be redacted: {type(error).__name__}", response)
        for name in STALE if left == kind else STALE | DESCRIBING:
            del response[name]
        if left and left != kind:
            response["Content-Type"] = left
        response["Content-Length"] = str(len(response.content))
        return response

    def _tripped(self, wrong: str, response: Any) -> HttpResponse:
        response.close()
        self.point.alarm(wrong)
        return _as_response(TRIPPED)


class AccessMixin:
    """
    A class-based view, marked with `requires_each`, that asks about the object that it has found.

    Attributes:
        permitted: The permit for the object, with which to redact what is shown of it.
    """

    request: HttpRequest
    permitted: Permitted

    def get_dossier(self, row: Any) -> Dossier:
        """
        Tell to which dossier a row belongs; see `dossier_of`.

        Args:
            row: The row.
        """
        return dossier_of(row)

    def get_object(self, queryset: Any = None) -> Any:
        """
        Find the object of the view, if its dossier is permitted.

        Args:
            queryset: Where to look for it.

        Raises:
            Http404: There is no such object, or its dossier must stay hidden.
            Refused: Its dossier is refused otherwise.
        """
        try:
            row = super().get_object(queryset)  # type: ignore[misc]
        except Http404:
            row = None
        self.permit(row)
        return row

    def permit(self, row: Any) -> Permitted:
        """
        Ask about a row, and go on only if its dossier is permitted.

        Args:
            row: The row; `None` for an unknown one.

        Raises:
            Http404: There is no such row, or its dossier must stay hidden.
            Refused: Its dossier is refused otherwise.
        """
        self.permitted = ask(access_of(self.request), lambda _: None if row is None else self.get_dossier(row))
        return self.permitted

    async def apermit(self, row: Any) -> Permitted:
        """
        Do what `permit` does, for asynchronous views.

        Args:
            row: The row; `None` for an unknown one.
        """
        self.permitted = await aask(access_of(self.request), lambda _: None if row is None else self.get_dossier(row))
        return self.permitted


def _missed(access: Access[Any], request: HttpRequest, response: HttpResponse) -> bool:
    """Tell whether a view did not find what the path names, and so could not ask about it."""
    mark, match = access.mark, request.resolver_match
    by_itself = isinstance(mark, Requirement) and mark.dossier is None and not access.settled and access.refusal is None
    return by_itself and response.status_code == HTTPStatus.NOT_FOUND and match is not None and bool(match.kwargs)


def _nothing(request: object) -> None:
    del request


def _refusal_or(access: Access[Any], response: HttpResponse) -> HttpResponse:
    answer = access.answer()
    return response if answer is None else _as_response(answer)


def _refusal(access: Access[Any]) -> HttpResponse | None:
    if access.refusal is None:
        return None
    answer = access.answer()
    if answer is None:
        raise Http404
    return _as_response(answer)


def _as_response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
