"""Views of the Django project that are made with Django REST framework."""

from __future__ import annotations

from typing import Annotated, Any

from django.contrib.auth.models import User
from django.http import HttpResponse
from rest_framework import serializers, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import api_view, permission_classes
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from kg_access.enforcement.marks import requires, requires_each
from kg_access.integrations.rest_framework import AccessFilter, AccessPermission
from kg_access.redaction import Category
from tests.backends import HEALTH
from tests.django_site.access import WORLD
from tests.django_site.models import Loose, Record
from tests.django_site.views import CHILD, WIDE, Child


class Tokens(BaseAuthentication):
    """Knows people by a token that only Django REST framework reads."""

    def authenticate(self, request: Any) -> tuple[User, str] | None:
        """Find out who asks."""
        token = request.headers.get("x-token")
        return None if token is None else (User(username="somebody", is_superuser=True), token)


class RecordSerializer(serializers.ModelSerializer[Record]):
    """A row, with a category for each field."""

    name: Annotated[Any, Category("health")] = serializers.CharField(write_only=True)
    weight: Annotated[Any, Category("health")] = serializers.CharField()
    income: Annotated[Any, Category("financial")] = serializers.CharField()

    class Meta:
        """What is shown."""

        model = Record
        fields = ("name", "weight", "income")


class Pages(LimitOffsetPagination):
    """Pages of two rows."""

    default_limit = 2


class Records(viewsets.ModelViewSet[Record]):
    """All that can be done with rows."""

    queryset = Record.objects.order_by("pk")
    serializer_class = RecordSerializer
    authentication_classes = (Tokens,)
    permission_classes = (AccessPermission,)
    filter_backends = (AccessFilter,)
    pagination_class = Pages
    lookup_field = "name"

    @requires_each("read", **WIDE)
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Show the rows."""
        return super().list(request, *args, **kwargs)

    @requires_each("read", **WIDE)
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Show a row."""
        return super().retrieve(request, *args, **kwargs)

    @requires_each("delete", **HEALTH)
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Delete a row."""
        return super().destroy(request, *args, **kwargs)


@requires("read", **HEALTH)
@api_view(["GET"])
@permission_classes([AccessPermission])
def above(request: Any, dossier_id: str) -> Response:
    """Show a dossier."""
    del request, dossier_id
    WORLD.ran.append("above")
    return Response({"seen": True})


@api_view(["GET"])
@permission_classes([AllowAny])
@requires("read", **HEALTH)
def below(request: Any, dossier_id: str) -> Response:
    """Show a dossier."""
    del request, dossier_id
    WORLD.ran.append("below")
    return Response({"seen": True})


@api_view(["GET"])
def unmarked(request: Any, dossier_id: str) -> Response:
    """Show a dossier to everybody."""
    del request, dossier_id
    WORLD.ran.append("unmarked")
    return Response({"seen": True})


@requires("read", **WIDE, shape=Child)
class Shaped(APIView):
    """Show a child."""

    authentication_classes = (Tokens,)
    permission_classes = (AccessPermission,)

    def get(self, request: Any, dossier_id: str) -> Response:
        """Show it."""
        del request, dossier_id
        return Response(dict(CHILD))


@requires("read", **WIDE, shape=Child)
class Odd(Shaped):
    """Show something that cannot be redacted."""

    def get(self, request: Any, dossier_id: str) -> Response:
        """Show it."""
        del request, dossier_id
        return Response(object())


@requires_each("read", **HEALTH)
class Forgotten(APIView):
    """Show a row, and forget to ask for it."""

    permission_classes = (AccessPermission,)

    def get(self, request: Any, name: str) -> Response:
        """Show it."""
        del request
        return Response({"weight": Record.objects.get(name=name).weight})


@requires("read", **HEALTH)
class Dropped(APIView):
    """Names the permission, and then does without."""

    permission_classes = (AccessPermission,)

    def get_permissions(self) -> Any:
        """Ask for nothing."""
        return [AllowAny()]

    def get(self, request: Any, dossier_id: str) -> Response:
        """Show it."""
        del request, dossier_id
        WORLD.ran.append("dropped")
        return Response({"seen": True})


@requires("update", **HEALTH)
class Skipping(APIView):
    """Names the permission, and skips the step in which it is asked."""

    permission_classes = (AccessPermission,)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""

    def post(self, request: Any, dossier_id: str) -> Response:
        """Change it."""
        del request, dossier_id
        WORLD.ran.append("skipping")
        return Response({"seen": True})


@requires("update", **HEALTH)
class Dispatching(APIView):
    """Names the permission, and answers before it is asked."""

    permission_classes = (AccessPermission,)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Change it."""
        del request, args, kwargs
        WORLD.ran.append("dispatching")
        return HttpResponse("seen")


@requires("read", **HEALTH)
class Inner(RetrieveAPIView[Record]):
    """Show a row of a dossier."""

    queryset = Record.objects.all()
    serializer_class = RecordSerializer
    permission_classes = (AccessPermission,)


@requires("read", **HEALTH)
class InnerList(ListAPIView[Record]):
    """Show the rows of a dossier, and forget to look for those only."""

    queryset = Record.objects.all()
    serializer_class = RecordSerializer
    permission_classes = (AccessPermission,)
    filter_backends = (AccessFilter,)


class LooseSerializer(serializers.ModelSerializer[Loose]):
    """A row that does not tell its dossier."""

    class Meta:
        """What is shown."""

        model = Loose
        fields = ("id",)


@requires_each("read", **HEALTH)
class Unknowable(RetrieveAPIView[Loose]):
    """Show a row that does not tell its dossier."""

    queryset = Loose.objects.all()
    serializer_class = LooseSerializer
    permission_classes = (AccessPermission,)


@requires("read", **HEALTH)
class LooseInner(RetrieveAPIView[Loose]):
    """Show a row below a dossier, though it does not tell whether it is of that one."""

    queryset = Loose.objects.all()
    serializer_class = LooseSerializer
    permission_classes = (AccessPermission,)
