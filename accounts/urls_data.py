"""One's own data, a part of `/settings/`."""

from django.urls import path

from accounts import views_data

urlpatterns = [
    path("data/", views_data.data, name="data"),
    path("data/exports/", views_data.exports, name="exports"),
    path("data/exports/new/", views_data.ask_export, name="ask_export"),
    path("data/exports/<int:export_id>/", views_data.download, name="download"),
    path("data/delete/", views_data.ask_deletion, name="ask_deletion"),
    path("data/keep/", views_data.keep_account, name="keep_account"),
]
