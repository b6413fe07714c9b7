"""Views of the Django project, of every kind."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypedDict

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views import View
from django.views.generic import DetailView

from kg_access.enforcement.marks import exempt, requires, requires_each
from kg_access.integrations.django import AccessMixin, access_of
from kg_access.redaction import Category
from tests.backends import DOSSIERS, HEALTH, NURSE
from tests.django_site.access import WORLD
from tests.django_site.models import Record

WIDE: Final[dict[str, Any]] = {**HEALTH, "categories": {"health", "financial"}, "mode": "redact"}
CHILD: Final = {"weight": "3.4 kg", "income": "EUR 2000"}


class Child(TypedDict):
    """A child, as it stands in a response."""

    weight: Annotated[str, Category("health")]
    income: Annotated[str, Category("financial")]


def seen(view: str) -> HttpResponse:
    """Note that a view ran, and answer."""
    WORLD.ran.append(view)
    return HttpResponse("seen")


@requires("read", **HEALTH)
def read(request: Any, dossier_id: str) -> HttpResponse:
    """Show a dossier."""
    assert access_of(request) is request.kg_access
    assert access_of(request).dossier_id == dossier_id
    return seen("function")


@requires("read", **HEALTH)
async def aread(request: Any, dossier_id: str) -> HttpResponse:
    """Show a dossier, asynchronously."""
    assert access_of(request).dossier_id == dossier_id
    return seen("async")


@requires("read", **{**HEALTH, "dossier": lambda request: DOSSIERS.get(request.resolver_match.kwargs["dossier_id"])})
def found(request: Any, dossier_id: str) -> HttpResponse:
    """Show a dossier that a resolver of the mark has found."""
    del request, dossier_id
    return seen("found")


class Methods(View):
    """A view with a mark for each method, but for one."""

    @requires("read", **HEALTH)
    def get(self, request: Any, dossier_id: str) -> HttpResponse:
        """Show a dossier."""
        del request, dossier_id
        return seen("get")

    @requires("delete", **HEALTH)
    def delete(self, request: Any, dossier_id: str) -> HttpResponse:
        """Delete a dossier."""
        del request, dossier_id
        return seen("delete")

    def post(self, request: Any, dossier_id: str) -> HttpResponse:
        """Do something that nobody has thought of."""
        del request, dossier_id
        return seen("post")


@requires("read", **HEALTH)
class Whole(View):
    """A view with one mark for all."""

    async def get(self, request: Any, dossier_id: str) -> HttpResponse:
        """Show a dossier."""
        del request, dossier_id
        return seen("whole")


def unmarked(request: Any, dossier_id: str) -> HttpResponse:
    """Show a dossier to everybody."""
    del request, dossier_id
    return seen("unmarked")


@exempt("login page")
def login(request: Any) -> HttpResponse:
    """Show nothing."""
    del request
    return seen("login")


@requires("read", **WIDE, shape=Child)
def shaped(request: Any, dossier_id: str) -> HttpResponse:
    """Show a child."""
    del request, dossier_id
    return JsonResponse(CHILD, headers={"ETag": '"of-the-whole"'})


@requires("read", **WIDE, shape=Child)
def kinds(request: Any, kind: str, dossier_id: str) -> HttpResponse:
    """Answer with a child in some other way."""
    del request, dossier_id
    answers: dict[str, HttpResponse] = {
        "csv": HttpResponse("weight,income\n3.4 kg,EUR 2000", content_type="text/csv"),
        "conflict": JsonResponse(CHILD, status=409),
        "page": HttpResponse("EUR 2000", status=409),
        "redirect": HttpResponse("EUR 2000", status=302, headers={"Location": "/elsewhere"}),
        "empty": HttpResponse(status=201),
    }
    return answers[kind]


@requires("read", **WIDE, shape=Child)
def broken(request: Any, dossier_id: str) -> HttpResponse:
    """Answer with something that is no JSON."""
    del request, dossier_id
    return HttpResponse("{", content_type="application/json")


@requires("read", **WIDE, shape=Child)
def stream(request: Any, dossier_id: str) -> StreamingHttpResponse:
    """Answer bit by bit."""
    del request, dossier_id
    return StreamingHttpResponse(iter([b"{}"]), content_type="application/json")


@requires("read", **WIDE)
def own(request: Any, dossier_id: str) -> HttpResponse:
    """Show a child, redacted here."""
    del dossier_id
    return JsonResponse(access_of(request).redact(CHILD, shape=Child))


@requires("read", **WIDE)
def forgetful(request: Any, dossier_id: str) -> HttpResponse:
    """Forget to redact."""
    del request, dossier_id
    return JsonResponse(CHILD)


@requires_each("read", **HEALTH)
def listed(request: Any) -> HttpResponse:
    """Count the dossiers that are permitted."""
    return JsonResponse({"count": len(access_of(request).select(DOSSIERS.values()))})


@requires_each("read", **HEALTH)
async def alisted(request: Any) -> HttpResponse:
    """Count the dossiers that are permitted, asynchronously."""
    return JsonResponse({"count": len(await access_of(request).aselect(DOSSIERS.values()))})


@requires_each("read", **HEALTH)
def unasked(request: Any) -> HttpResponse:
    """Count all dossiers."""
    del request
    return JsonResponse({"count": len(DOSSIERS)})


@requires("read", **HEALTH)
def fails(request: Any, dossier_id: str) -> HttpResponse:
    """Fail."""
    del request
    raise RuntimeError(dossier_id)


@requires("read", **HEALTH)
def says(request: Any, dossier_id: str) -> HttpResponse:
    """Say too much while refusing."""
    del request
    raise PermissionDenied(f"no nurse may read {dossier_id}")


@exempt("asks by itself")
def inside(request: Any, name: str) -> HttpResponse:
    """Ask the guard by hand."""
    if name not in DOSSIERS:
        raise Http404
    access_of(request).point.guard.require(NURSE, "read", DOSSIERS[name], **HEALTH)
    return seen("inside")


@requires_each("read", **WIDE)
class Detail(AccessMixin, DetailView):  # type: ignore[type-arg]
    """Show a row, if its dossier is permitted."""

    queryset = Record.objects.all()
    slug_field = "name"

    def render_to_response(self, context: Any, **response_kwargs: Any) -> HttpResponse:
        """Show it as JSON."""
        del response_kwargs
        record = self.permitted.redact(context["object"])
        return JsonResponse({"weight": record.weight, "income": getattr(record, "income", None)})


@requires_each("read", **HEALTH)
class Forgotten(DetailView):  # type: ignore[type-arg]
    """Show a row, and forget to ask."""

    queryset = Record.objects.all()
    slug_field = "name"

    def render_to_response(self, context: Any, **response_kwargs: Any) -> HttpResponse:
        """Show it as JSON."""
        del response_kwargs
        return JsonResponse({"weight": context["object"].weight})


@requires_each("read", **HEALTH)
class Later(AccessMixin, View):
    """Show a dossier, asynchronously, if it is permitted."""

    async def get(self, request: Any, slug: str) -> HttpResponse:
        """Show it."""
        del request
        await self.apermit(DOSSIERS.get(slug))
        return seen("later")
