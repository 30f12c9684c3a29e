"""Mounted together with chat's pages under the namespace `rooms` (config/urls.py)."""

from django.urls import path

from rooms import views

urlpatterns = [
    path("", views.room_list, name="list"),
    path("<slug:slug>/join/", views.join, name="join"),
    path("<slug:slug>/leave/", views.leave, name="leave"),
]
