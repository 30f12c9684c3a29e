"""Every address that has somebody's id in it, and every operation of the gateway: whose it is, and what may be told.

A new one gets a line here: `test_other_peoples.py` asks all of them as people whom it does not concern.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from accounts import actions as accounts
from accounts.models import DataExport
from accounts.tests.factories import make_person
from billing import actions as billing
from billing.models import Offer
from chat.models import TranscriptFile
from chat.tests.factories import caller, make_room, say
from core.models import Work
from rooms import actions as rooms

SECRET = "zanzibar"  # in all that is alice's and nobody else's to read
ROOM = "The attic"  # a private room's name: its address says that there is one
PASSWORD = "open sesame"


@dataclass(frozen=True)
class Asked:
    """One address.

    ids       by the names that the route has for them
    body      of what is sent, so that the refusal is about the id
    told      why it may be known that there is such a one; what is secret is not in the answer then either
    staff     why the staff may
    """

    ids: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)
    told: str = ""
    staff: str = ""


ADDRESS = Asked({"address_id": "address"}, {"name": "Eve", "lines": "1 Road", "city": "Rome", "country": "IT"})
LOOK_AFTER = "they look after rooms"
IN_ROOM = Asked({"slug": "room"}, staff=LOOK_AFTER)
ABOUT_MEMBER = Asked({"slug": "room", "member_id": "member"}, staff=LOOK_AFTER)
ABOUT_MEMBER_API = Asked({"slug": "room", "member": "member"}, staff=LOOK_AFTER)
HAND_OVER = Asked({"slug": "room"}, {"member": "1"}, staff=LOOK_AFTER)
IN_TALK = Asked({"slug": "talk"})
TRANSCRIPT = Asked({"transcript": "transcript"})
POSTED = {"body": "let me in", "nonce": "n1"}
DOOR = "a private room is found by its address alone, and has a door"

ASKED = {
    "settings/addresses/<str:address_id>/": ADDRESS,
    "settings/addresses/<str:address_id>/first/": ADDRESS,
    "settings/addresses/<str:address_id>/delete/": ADDRESS,
    "settings/data/exports/<int:export_id>/": Asked({"export_id": "export"}),
    "api/v1/me/addresses/<str:address_id>": ADDRESS,
    "api/v1/me/exports/<str:export_id>/file": Asked({"export_id": "export"}),
    "payments/<slug:ref>/": Asked({"ref": "payment"}),
    "api/v1/payments/<slug:ref>": Asked({"ref": "payment"}),
    "api/v1/payments/<slug:ref>/refunds": Asked({"ref": "payment"}, {"reason": "I want it"}, staff="they pay back"),
    "rooms/<slug:slug>/": Asked({"slug": "room"}, told=DOOR),
    "rooms/<slug:slug>/door/": Asked({"slug": "room"}, told=DOOR),
    "rooms/<slug:slug>/join/": Asked({"slug": "room"}, {"nickname": "eve", "password": "guess"}, told=DOOR),
    "rooms/<slug:slug>/leave/": IN_ROOM,
    "rooms/<slug:slug>/close/": IN_ROOM,
    "rooms/<slug:slug>/hand-over/": HAND_OVER,
    "rooms/<slug:slug>/people/": IN_ROOM,
    "rooms/<slug:slug>/people/<str:member_id>/profile/": ABOUT_MEMBER,
    "rooms/<slug:slug>/people/<str:member_id>/block/": ABOUT_MEMBER,
    "rooms/<slug:slug>/people/<str:member_id>/unblock/": ABOUT_MEMBER,
    "rooms/<slug:slug>/people/<str:member_id>/ban/": ABOUT_MEMBER,
    "rooms/<slug:slug>/people/<str:member_id>/unban/": ABOUT_MEMBER,
    "rooms/<slug:slug>/post/": Asked({"slug": "room"}, POSTED),
    "rooms/<slug:slug>/transcript.txt": IN_ROOM,
    "rooms/<slug:slug>/transcript.pdf": IN_ROOM,
    "api/v1/rooms/<slug:slug>": Asked({"slug": "room"}, told=DOOR),
    "api/v1/rooms/<slug:slug>/join": Asked({"slug": "room"}, {"nickname": "eve", "password": "guess"}, told=DOOR),
    "api/v1/rooms/<slug:slug>/leave": IN_ROOM,
    "api/v1/rooms/<slug:slug>/members": IN_ROOM,
    "api/v1/rooms/<slug:slug>/members/<str:member>/block": ABOUT_MEMBER_API,
    "api/v1/rooms/<slug:slug>/members/<str:member>/unblock": ABOUT_MEMBER_API,
    "api/v1/rooms/<slug:slug>/members/<str:member>/ban": ABOUT_MEMBER_API,
    "api/v1/rooms/<slug:slug>/members/<str:member>/unban": ABOUT_MEMBER_API,
    "api/v1/rooms/<slug:slug>/hand-over": HAND_OVER,
    "api/v1/rooms/<slug:slug>/close": IN_ROOM,
    "api/v1/rooms/<slug:slug>/transcript.txt": IN_ROOM,
    "api/v1/rooms/<slug:slug>/transcript.pdf": IN_ROOM,
    "conversations/<slug:slug>/": IN_TALK,
    "conversations/<slug:slug>/post/": Asked({"slug": "talk"}, POSTED),
    "conversations/<slug:slug>/leave/": IN_TALK,
    "conversations/<slug:slug>/mute/": IN_TALK,
    "conversations/<slug:slug>/people/": Asked({"slug": "talk"}, {"person": "charlie"}),
    "conversations/<slug:slug>/transcript.txt": IN_TALK,
    "conversations/<slug:slug>/transcript.pdf": IN_TALK,
    "api/v1/conversations/<str:conversation>/leave": Asked({"conversation": "talk_id"}),
    "api/v1/conversations/<str:conversation>/mute": Asked({"conversation": "talk_id"}, {"muted": True}),
    "api/v1/conversations/<str:conversation>/people": Asked({"conversation": "talk_id"}, {"people": ["@charlie"]}),
    "api/v1/conversations/<slug:slug>/transcript.txt": IN_TALK,
    "api/v1/conversations/<slug:slug>/transcript.pdf": IN_TALK,
    "api/v1/channels/<str:channel>/messages": Asked({"channel": "channel"}, POSTED),
    "api/v1/channels/<str:channel>/read": Asked({"channel": "channel"}, {"seq": 1}),
    "api/v1/messages/<str:message>": Asked({"message": "message"}, {"body": "changed"}),
    "transcripts/<str:transcript>/": TRANSCRIPT,
    "transcripts/<str:transcript>/state/": TRANSCRIPT,
    "transcripts/<str:transcript>/file/": TRANSCRIPT,
    "api/v1/transcripts/<str:transcript>": TRANSCRIPT,
    "api/v1/transcripts/<str:transcript>/file": TRANSCRIPT,
}

NOBODYS = {  # what stands in the address is no id of anything that is somebody's own
    "accounts/^confirm-email/(?P<key>[-:\\w]+)/$": "the key is the secret",
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "the key is the secret",
    "people/<str:username>/": "a profile is public",
    "people/<str:username>/block/": "one blocks whom one likes",
    "people/<str:username>/unblock/": "one blocks whom one likes",
    "api/v1/people/<str:username>": "a profile is public",
    "api/v1/people/<str:username>/block": "one blocks whom one likes",
    "webhooks/<slug:provider>/": "names a provider; what is sent there is signed",
    "offline/<slug:language>/": "a page for everybody",
    "dev/mail/<int:pk>/": "in demo mode everybody reads all mail, so that they can follow its links",
}
OTHER_HOUSES = ("admin/", "sandbox/")  # the staff's, and another company's pages, whose refs are secrets

OPERATIONS: dict[str, dict[str, Any]] = {  # their fields; ids by their names
    "sub": {"channel": "channel", "after": 0},
    "send": {"channel": "channel", **POSTED},
    "edit": {"message": "message", "body": "changed"},
    "delete": {"message": "message"},
    "typing": {"channel": "channel"},
    "read": {"channel": "channel", "seq": 1},
    "unsub": {"channel": "channel"},
    "react": {"message": "message", "emoji": "x"},
}
NO_ONES_OPERATIONS = {
    "ping": "about nobody",
    "status": "about oneself",
    "watch": "who has a public page shows there whether they are here",
}


def routes() -> Iterator[tuple[str, URLPattern]]:
    """All of Plaza's, as Django reads them."""
    yield from _below(get_resolver().url_patterns, "")


def _below(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _below(one.url_patterns, route)
        else:
            yield route, one


def fill() -> dict[str, str]:
    """What is alice's, some of it bob's too: names of ids, and the ids."""
    alice, bob = make_person("alice"), make_person("bob")
    room = make_room(alice, name=ROOM, password=PASSWORD)
    member = rooms.join_room(caller=caller(bob), slug=room.space.slug, nickname=SECRET, password=PASSWORD).member
    message = say(room.member, f"{SECRET} in the attic")
    talk = rooms.start_conversation(caller=caller(alice), people=["@bob"]).space
    said = say(talk.members.get(user=alice), f"{SECRET} among us")
    house = {"type": "home", "name": SECRET, "lines": "1 Lane", "city": "Bath", "country": "GB"}
    offer = Offer.objects.get(code="level1")
    made = {"state": Work.State.DONE, "due_at": None, "progress": 100, "file": f"x/{SECRET}", "size": 1}
    export = DataExport.objects.create(user=alice, **made)
    transcript = TranscriptFile.objects.create(
        channel=room.channel, member=room.member, user=alice, from_seq=0, last_seq=1, head=1, language="ar",
        time_zone="UTC", **made,
    )  # fmt: skip
    return {
        "address": str(accounts.add_address(user=alice, values=house).pk),
        "export": str(export.pk),
        "payment": billing.open_checkout(user=alice, offer=offer, currency="EGP", provider="sandbox").ref,
        "room": room.space.slug,
        "member": str(member.pk),
        "channel": str(room.channel.pk),
        "message": str(message.pk),
        "talk": talk.slug,
        "talk_id": str(talk.pk),
        "talk_channel": str(said.channel_id),
        "talk_message": str(said.pk),
        "transcript": str(transcript.pk),
    }


def missing(ids: dict[str, str]) -> dict[str, str]:
    """Ids like these, of nothing."""
    return {name: "987654321" if one.isdigit() else f"{one[:-8]}aaaaaaaa" for name, one in ids.items()}
