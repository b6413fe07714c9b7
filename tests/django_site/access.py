"""Who asks in the Django project, how it is enforced there, and how permissions are asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from asgiref.sync import iscoroutinefunction
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import User
from django.utils.decorators import sync_and_async_middleware

from kg_access.dossier import Dossier
from kg_access.enforcement.point import EnforcementPoint
from kg_access.integrations.django_backend import AccessBackend
from kg_access.subject import Subject
from tests.backends import DOSSIERS, HEALTH, PEOPLE, World, guard_for

WORLD: Final = World()
THREADS: Final[set[int]] = set()
"""The threads in which plain functions of the project ran."""


def subject(request: Any) -> Subject | None:
    """Find out who asks: the one whom REST framework has authenticated, else the one who is signed in."""
    WORLD.calls.append("subject")
    THREADS.add(threading.get_ident())
    name = getattr(request, "auth", None) or request.user.username
    return PEOPLE.get(name)


def dossier(request: Any, name: str) -> Dossier | None:
    """Find a dossier."""
    del request
    WORLD.calls.append("dossier")
    THREADS.add(threading.get_ident())
    return DOSSIERS.get(name)


def make_point(**changes: Any) -> EnforcementPoint[Any]:
    """Make an enforcement point, usual but for the changes."""
    usual: dict[str, Any] = {
        "subject": subject, "dossier": dossier, "identity_headers": ["authorization", "x-person"],
    }  # fmt: skip
    return EnforcementPoint(changes.pop("guard", guard_for()), **{**usual, **changes})


point: Final = make_point()
not_a_point: Final = "point"


@sync_and_async_middleware
def sign_in(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Sign everybody in as a superuser, so that no test passes for want of power."""

    def user_of(request: Any) -> User:
        return User(username=request.headers.get("x-person", ""), is_superuser=True, is_staff=True)

    if iscoroutinefunction(get_response):

        async def asynchronous(request: Any) -> Any:
            request.user = user_of(request)
            return await get_response(request)

        return asynchronous

    def synchronous(request: Any) -> Any:
        request.user = user_of(request)
        return get_response(request)

    return synchronous


class Backend(AccessBackend):
    """Asks for health data in the course of the work."""

    def question_of(self, user: Any, action: str, obj: Any) -> Mapping[str, Any]:
        """Say what is asked."""
        del user, action, obj
        return HEALTH


class Generous(BaseBackend):
    """Grants everything that it is asked for."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Grant it."""
        del user_obj, perm, obj
        return True

    async def ahas_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Grant it."""
        del user_obj, perm, obj
        return True
