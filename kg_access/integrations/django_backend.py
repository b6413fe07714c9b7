"""
Django's permissions: `user.has_perm("kg_access.read", dossier)` asks the enforcement point, and nobody else.

Django lets active superusers pass before it asks any backend; see `AccessUserMixin`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from kg_access.dossier import Dossier
from kg_access.enforcement.access import Access
from kg_access.enforcement.marks import Mark, mark_of, requires
from kg_access.integrations.django import enforcement_point
from kg_access.integrations.django_apps import PREFIX
from kg_access.integrations.django_requests import dossier_of, in_djangos_thread, on_djangos_thread
from kg_access.vocabulary import Action, Mode, Obligation

try:
    from asgiref.sync import sync_to_async
    from django.contrib.auth.backends import BaseBackend
    from django.core.exceptions import ImproperlyConfigured, PermissionDenied
    from django.http import HttpRequest
except ImportError as error:
    raise ImportError("Django is not there; install `kg-access[django]`") from error

log = logging.getLogger("kg_access.enforcement")


class AccessBackend(BaseBackend):
    """
    Answers for every permission whose name begins with `kg_access.`, and leaves the others to other backends.

    Make a subclass that says what is asked, and name it first in `AUTHENTICATION_BACKENDS`. The rest of a permission
    is the action, such as `kg_access.read`. A denial ends Django's search, so that no other backend can grant it.
    """

    def question_of(self, user: Any, action: str, obj: Any) -> Mapping[str, Any]:  # noqa: ARG002 - subclasses use them
        """
        Say what is asked: a mapping with `categories`, `group` and `purpose`, as `requires` takes them.

        Args:
            user: The user.
            action: The action, such as `read`.
            obj: The object about which a permission is asked.
        """
        raise ImproperlyConfigured(f"{type(self).__name__} does not say what is asked; give it `question_of`")

    def dossier_of(self, obj: Any) -> Dossier:
        """
        Tell to which dossier an object belongs; a dossier to itself, a row to what its `as_dossier` gives.

        Args:
            obj: The object about which a permission is asked.
        """
        return dossier_of(obj)

    def request_of(self, user: Any) -> HttpRequest:
        """
        Make the request that the resolvers of the enforcement point get: one in which nothing stands but the user.

        Args:
            user: The user.
        """
        request = HttpRequest()
        request.user = user
        return request

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """
        Tell whether a user has a permission for an object.

        Args:
            user_obj: The user.
            perm: The permission.
            obj: A dossier, or a row that tells its dossier.

        Returns:
            `True` for a permit, `False` for a permission of others.

        Raises:
            PermissionDenied: The permission is denied.
        """
        if not perm.startswith(PREFIX):
            return False
        access = self._asked(user_obj, perm, obj)
        access.point.enforce(access, {})
        return _granted(access)

    async def ahas_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """
        Do what `has_perm` does, for asynchronous code.

        Args:
            user_obj: The user.
            perm: The permission.
            obj: A dossier, or a row that tells its dossier.
        """
        if not perm.startswith(PREFIX):
            return False
        access = await sync_to_async(self._asked)(user_obj, perm, obj, in_thread=in_djangos_thread)
        await on_djangos_thread(access.point).aenforce(access, {})
        return _granted(access)

    def _asked(
        self, user: Any, permission: str, obj: Any, in_thread: Callable[[Any], Any] = lambda function: function
    ) -> Access[Any]:
        if not getattr(user, "is_active", False) or obj is None:
            raise PermissionDenied
        action = permission.removeprefix(PREFIX)
        try:
            access = enforcement_point().open(NOTHING_ASKED, self.request_of(user))
            access.mark = _mark(action, in_thread(lambda _: self.dossier_of(obj)), self.question_of(user, action, obj))
        except ImproperlyConfigured:
            raise
        except Exception as error:
            log.error("denied, since a permission could not be asked for: %s", type(error).__name__)  # noqa: TRY400 - no trace
            raise PermissionDenied from None
        return access


def _mark(action: str, source: Any, question: Mapping[str, Any]) -> Mark | None:
    """Make the mark that an endpoint would carry; nothing can be left out of a yes or no."""

    @requires(action, dossier=source, **{**question, "mode": Mode.ALL})
    def asked() -> None:
        """Carry the mark."""

    return mark_of(asked)


NOTHING_ASKED: Final = _mark(Action.READ, "dossier_id", {})


def _granted(access: Access[Any]) -> bool:
    if not access.decision or access.refusal is not None or Obligation.REDACT in access.decision.obligations:
        raise PermissionDenied
    return True
