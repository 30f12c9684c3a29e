from django.urls import path

from rooms import api

urlpatterns = [
    path("rooms", api.RoomList.as_view(), name="api_rooms"),
    path("rooms/<slug:slug>", api.RoomDetail.as_view(), name="api_room"),
    path("rooms/<slug:slug>/join", api.RoomJoin.as_view(), name="api_room_join"),
    path("rooms/<slug:slug>/leave", api.RoomLeave.as_view(), name="api_room_leave"),
    path("rooms/<slug:slug>/members", api.RoomMembers.as_view(), name="api_room_members"),
]
