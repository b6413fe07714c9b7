"""
What `manage.py check` says about a project, and a user model whose superusers are asked like everybody.

Name `kg_access.integrations.django_apps.AccessConfig`, or only the module, in `INSTALLED_APPS` to have a project checked:
the check is registered as soon as this module is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

try:
    from django.apps import AppConfig, apps
    from django.conf import settings
    from django.contrib.auth import get_backends, get_user_model
    from django.core import checks
    from django.core.exceptions import ImproperlyConfigured, PermissionDenied
    from django.utils.module_loading import import_string
except ImportError as error:
    raise ImportError("Django is not there; install `kg-access[django]`") from error

PREFIX: Final = "kg_access."


class AccessUserMixin:
    """
    A user model whose superusers are asked like everybody for the permissions that begin with `kg_access.`.

    It stands before `AbstractUser` or `PermissionsMixin` among the bases. Without it, Django lets active superusers
    pass before any backend is asked.
    """

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """
        Tell whether the user has a permission.

        Args:
            perm: The permission.
            obj: What it is about.
        """
        if not perm.startswith(PREFIX):
            granted: bool = super().has_perm(perm, obj)  # type: ignore[misc]
            return granted
        try:
            return any(backend.has_perm(self, perm, obj) for backend in _access_backends())
        except PermissionDenied:
            return False

    async def ahas_perm(self, perm: str, obj: Any = None) -> bool:
        """
        Do what `has_perm` does, for asynchronous code.

        Args:
            perm: The permission.
            obj: What it is about.
        """
        if not perm.startswith(PREFIX):
            granted: bool = await super().ahas_perm(perm, obj)  # type: ignore[misc]
            return granted
        try:
            for backend in _access_backends():
                return bool(await backend.ahas_perm(self, perm, obj))
        except PermissionDenied:
            return False
        return False


class AccessConfig(AppConfig):
    """The app that has a project checked."""

    name = "kg_access.integrations"
    label = "kg_access"
    verbose_name = "kg_access"


@checks.register(checks.Tags.security)
def check_project(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    """
    Look for what would let somebody round the enforcement point.

    Args:
        app_configs: The apps to check.
        options: What else Django tells a check.
    """
    del app_configs, options
    return [*_middleware_findings(), *_point_findings(), *_backend_findings(), *_admin_findings()]


def _middleware_findings() -> Iterator[checks.CheckMessage]:
    from kg_access.integrations.django import AccessMiddleware  # noqa: PLC0415 - not before the apps are loaded

    kinds = [import_string(path) for path in settings.MIDDLEWARE]
    enforcing = [isinstance(kind, type) and issubclass(kind, AccessMiddleware) for kind in kinds]
    if not any(enforcing):
        yield checks.Warning(
            "no middleware enforces",
            hint="name `kg_access.integrations.django.AccessMiddleware` first in `MIDDLEWARE`",
            id="kg_access.W001",
        )
    elif not enforcing[0]:
        yield checks.Warning(
            "nobody looks at what the middleware before `AccessMiddleware` answers by itself",
            hint="name `kg_access.integrations.django.AccessMiddleware` first in `MIDDLEWARE`",
            id="kg_access.W003",
        )


def _point_findings() -> Iterator[checks.CheckMessage]:
    from kg_access.integrations.django import enforcement_point  # noqa: PLC0415 - as above
    from kg_access.integrations.django_marks import exemptions  # noqa: PLC0415 - as above

    for read in (enforcement_point, exemptions):
        try:
            read()
        except ImproperlyConfigured as error:
            yield checks.Error(str(error), id="kg_access.E001")


def _backend_findings() -> Iterator[checks.CheckMessage]:
    if not _access_backends():
        return
    if type(get_backends()[0]) not in map(type, _access_backends()):
        yield checks.Warning(
            "a backend before the access backend can grant `kg_access.` permissions",
            hint="name the access backend first in `AUTHENTICATION_BACKENDS`",
            id="kg_access.W002",
        )
    if not issubclass(get_user_model(), AccessUserMixin):
        yield checks.Error(
            "superusers have every `kg_access.` permission without being asked",
            hint="put `kg_access.integrations.django_apps.AccessUserMixin` before the bases of the user model",
            id="kg_access.E002",
        )


def _admin_findings() -> Iterator[checks.CheckMessage]:
    from kg_access.integrations.django_marks import exemptions  # noqa: PLC0415 - not before the apps are loaded

    try:
        exempt = "admin" in exemptions()
    except ImproperlyConfigured:
        return  # told already
    if not exempt or not apps.is_installed("django.contrib.admin"):
        return
    from django.contrib.admin.sites import all_sites  # noqa: PLC0415 - only where it is installed

    managed: list[tuple[Any, Any]] = [
        (model, shown.inlines)
        for site in all_sites
        for model, shown in site._registry.items()  # noqa: SLF001 - there is no other way
    ]
    shown: set[Any] = {kind for model, inlines in managed for kind in (model, *(one.model for one in inlines))}
    labels = [kind._meta.label for kind in shown if hasattr(kind, "as_dossier")]  # noqa: SLF001 - the documented way
    for label in sorted(labels):
        yield checks.Warning(
            f"the admin shows `{label}`, which belongs to a dossier, and is exempt from decisions",
            hint="take it out of the admin, or take `admin` out of `KG_ACCESS_EXEMPT`",
            id="kg_access.W004",
        )


def _access_backends() -> list[Any]:
    from kg_access.integrations.django_backend import AccessBackend  # noqa: PLC0415 - it needs the user model

    return [backend for backend in get_backends() if isinstance(backend, AccessBackend)]
