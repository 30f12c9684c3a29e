"""What people set for themselves: `/settings/`. Its e-mail and password pages are allauth's, in accounts/urls.py."""

from django.urls import path

from accounts import urls_data
from accounts import views_settings as views

app_name = "settings"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("avatar/", views.avatar, name="avatar"),
    path("avatar/remove/", views.avatar_remove, name="avatar_remove"),
    path("addresses/", views.addresses, name="addresses"),
    path("addresses/new/", views.address_new, name="address_new"),
    path("addresses/<str:address_id>/", views.address_edit, name="address"),
    path("addresses/<str:address_id>/first/", views.address_first, name="address_first"),
    path("addresses/<str:address_id>/delete/", views.address_delete, name="address_delete"),
    path("account/", views.account, name="account"),
    *urls_data.urlpatterns,
]
