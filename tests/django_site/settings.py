"""The settings of a small Django project, all of which a test can put in the place of others."""

from __future__ import annotations

SECRET_KEY = "of no use to anybody"  # noqa: S105 - a fake
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "kg_access.integrations.django_apps.AccessConfig",
    "tests.django_site",
]
MIDDLEWARE = [
    "kg_access.integrations.django.AccessMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tests.django_site.access.sign_in",
]
AUTHENTICATION_BACKENDS = ["tests.django_site.access.Backend", "tests.django_site.access.Generous"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.locmem.Loader",
                    {"404.html": "no such page: {{ exception }}", "403.html": "not allowed: {{ exception }}"},
                ),
                "django.template.loaders.app_directories.Loader",
            ]
        },
    }
]
ROOT_URLCONF = "tests.django_site.urls"
KG_ACCESS_POINT = "tests.django_site.access.point"
KG_ACCESS_EXEMPT = {"desk": "shows no dossier"}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
LOGGING_CONFIG = None
