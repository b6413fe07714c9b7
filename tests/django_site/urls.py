"""The pages of the Django project."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView
from rest_framework.routers import SimpleRouter

from kg_access.enforcement.marks import exempt
from tests.django_site import api, views

router = SimpleRouter()
router.register("records", api.Records)

urlpatterns = [
    path("function/<str:dossier_id>", views.read),
    path("async/<str:dossier_id>", views.aread),
    path("found/<str:dossier_id>", views.found),
    path("methods/<str:dossier_id>", views.Methods.as_view()),
    path("whole/<str:dossier_id>", views.Whole.as_view()),
    path("unmarked/<str:dossier_id>", views.unmarked),
    path("login", views.login),
    path("away", exempt("redirects")(RedirectView.as_view(url="/login"))),
    path("shaped/<str:dossier_id>", views.shaped),
    path("broken/<str:dossier_id>", views.broken),
    path("kinds/<str:kind>/<str:dossier_id>", views.kinds),
    path("stream/<str:dossier_id>", views.stream),
    path("own/<str:dossier_id>", views.own),
    path("forgetful/<str:dossier_id>", views.forgetful),
    path("list", views.listed),
    path("alist", views.alisted),
    path("list/forgetful", views.unasked),
    path("fails/<str:dossier_id>", views.fails),
    path("says/<str:dossier_id>", views.says),
    path("inside/<str:name>", views.inside),
    path("detail/<slug:slug>", views.Detail.as_view()),
    path("forgotten/<slug:slug>", views.Forgotten.as_view()),
    path("later/<str:slug>", views.Later.as_view()),
    path("slash/", views.login),
    path("desk/", include(([path("open/<str:dossier_id>", views.unmarked)], "desk"))),
    path("other/", include(([path("open/<str:dossier_id>", views.unmarked)], "other"), namespace="desk2")),
    path("api/above/<str:dossier_id>", api.above),
    path("api/below/<str:dossier_id>", api.below),
    path("api/unmarked/<str:dossier_id>", api.unmarked),
    path("api/shaped/<str:dossier_id>", api.Shaped.as_view()),
    path("api/odd/<str:dossier_id>", api.Odd.as_view()),
    path("api/forgotten/<str:name>", api.Forgotten.as_view()),
    path("api/dropped/<str:dossier_id>", api.Dropped.as_view()),
    path("api/skipping/<str:dossier_id>", api.Skipping.as_view()),
    path("api/dispatching/<str:dossier_id>", api.Dispatching.as_view()),
    path("api/inner/<str:dossier_id>/rows/<int:pk>", api.Inner.as_view()),
    path("api/inner/<str:dossier_id>/rows", api.InnerList.as_view()),
    path("api/inner/<str:dossier_id>/loose/<int:pk>", api.LooseInner.as_view()),
    path("api/unknowable/<int:pk>", api.Unknowable.as_view()),
    path("api/", include(router.urls)),
]
