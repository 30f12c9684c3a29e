from django.urls import path

from rooms import api, api_blocking, api_people

urlpatterns = [
    path("rooms", api.RoomList.as_view(), name="api_rooms"),
    path("rooms/<slug:slug>", api.RoomDetail.as_view(), name="api_room"),
    path("rooms/<slug:slug>/join", api.RoomJoin.as_view(), name="api_room_join"),
    path("rooms/<slug:slug>/leave", api.RoomLeave.as_view(), name="api_room_leave"),
    path("rooms/<slug:slug>/members", api.RoomMembers.as_view(), name="api_room_members"),
    path("rooms/<slug:slug>/members/<str:member>/block", api_people.MemberBlock.as_view(), name="api_member_block"),
    path(
        "rooms/<slug:slug>/members/<str:member>/unblock", api_people.MemberUnblock.as_view(), name="api_member_unblock"
    ),
    path("rooms/<slug:slug>/members/<str:member>/ban", api_people.MemberBan.as_view(), name="api_member_ban"),
    path("rooms/<slug:slug>/members/<str:member>/unban", api_people.MemberUnban.as_view(), name="api_member_unban"),
    path("people/<str:username>/block", api_blocking.PersonBlocked.as_view(), name="api_person_block"),
    path("rooms/<slug:slug>/hand-over", api_people.RoomHandOver.as_view(), name="api_room_hand_over"),
    path("rooms/<slug:slug>/close", api_people.RoomClose.as_view(), name="api_room_close"),
]
