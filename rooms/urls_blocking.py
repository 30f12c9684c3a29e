"""Pages about the people one has blocked: beside others of accounts in `/settings/` and `/people/`."""

from django.urls import path

from rooms import views_blocking as views

app_name = "blocking"
urlpatterns = [
    path("settings/blocked/", views.blocked, name="list"),
    path("people/<str:username>/block/", views.block, name="block"),
    path("people/<str:username>/unblock/", views.unblock, name="unblock"),
]
