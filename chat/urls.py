"""The room page: mounted with the other pages of rooms, under the namespace `rooms` (config/urls.py)."""

from django.urls import path

from chat import views

urlpatterns = [
    path("<slug:slug>/", views.room, name="room"),
    path("<slug:slug>/post/", views.post, name="post"),
]
