"""Mounted together with chat's pages under the namespace `rooms` (config/urls.py)."""

from django.urls import path

from rooms import views, views_people

urlpatterns = [
    path("", views.room_list, name="list"),
    path("open/", views.opening, name="opening"),
    path("<slug:slug>/door/", views.door, name="door"),
    path("<slug:slug>/join/", views.join, name="join"),
    path("<slug:slug>/leave/", views_people.leave, name="leave"),
    path("<slug:slug>/close/", views_people.close, name="close"),
    path("<slug:slug>/hand-over/", views_people.hand_over, name="hand_over"),
    path("<slug:slug>/people/", views_people.people, name="people"),
    path("<slug:slug>/people/<str:member_id>/profile/", views_people.profile, name="profile"),
    path("<slug:slug>/people/<str:member_id>/block/", views_people.block, name="block"),
    path("<slug:slug>/people/<str:member_id>/unblock/", views_people.unblock, name="unblock"),
    path("<slug:slug>/people/<str:member_id>/ban/", views_people.ban, name="ban"),
    path("<slug:slug>/people/<str:member_id>/unban/", views_people.unban, name="unban"),
]
