"""Rows of the Django project."""

from __future__ import annotations

from typing import Annotated, Any

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models

from kg_access.dossier import Dossier
from kg_access.integrations.django_apps import AccessUserMixin
from kg_access.redaction import Category
from tests.backends import DOSSIERS


class Record(models.Model):
    """What is kept about a child."""

    name: Any = models.CharField(max_length=40)
    weight: Annotated[Any, Category("health")] = models.CharField(max_length=40)
    income: Annotated[Any, Category("financial")] = models.CharField(max_length=40)

    class Meta:
        """The names of the row."""

        app_label = "django_site"
        verbose_name = "record"

    def __str__(self) -> str:
        return f"record {self.pk}"

    def as_dossier(self) -> Dossier:
        """Give the dossier to which the row belongs."""
        return DOSSIERS[self.name]


class Loose(models.Model):
    """A row that does not tell its dossier."""

    class Meta:
        """The names of the row."""

        app_label = "django_site"

    def __str__(self) -> str:
        return f"loose {self.pk}"


class Member(AccessUserMixin, AbstractBaseUser, PermissionsMixin):
    """A user whose superusers are asked like everybody."""

    username: Any = models.CharField(max_length=40, unique=True)
    is_active: Any = models.BooleanField(default=True)
    USERNAME_FIELD = "username"

    class Meta:
        """The names of the row."""

        app_label = "django_site"
