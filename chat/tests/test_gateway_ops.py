"""Sending, editing and deleting by the gateway: each with its answer, its refusals and what is stored."""

import asyncio
import json
from typing import Any

import pytest

from accounts.models import AuditEntry, User
from accounts.tests.factories import make_dana
from chat.models import Message
from chat.tests import factories
from chat.tests.conftest import Connect
from chat.tests.factories import Place
from chat.tests.gateway import Client, db
from core.realtime import hub
from rooms.models import Member

pytestmark = pytest.mark.django_db(transaction=True)


def stored() -> list[tuple[int, str]]:
    return list(Message.objects.order_by("seq").values_list("seq", "body"))


def block(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(state=Member.State.BLOCKED)


async def send(client: Client, place: Place, nonce: str = "n1", body: str = "Hello") -> dict[str, Any]:
    return await client.ask("send", channel=str(place.channel.pk), nonce=nonce, body=body)


async def test_sub_answers_where_the_channel_stands(place: Place, bob: User, connect: Connect) -> None:
    await db(factories.say, place.alice)
    client = await connect(bob)

    answer = await client.ask("sub", channel=str(place.channel.pk))

    assert {name: answer[name] for name in ("op", "channel", "head", "last_seq", "read_seq")} == {
        "op": "ok", "channel": str(place.channel.pk), "head": 1, "last_seq": 1, "read_seq": 0,
    }  # fmt: skip
    assert "changes" not in answer


async def test_a_strangers_sub_looks_like_a_channel_that_is_not_there(
    place: Place, charlie: User, connect: Connect
) -> None:
    client = await connect(charlie)

    refused = await client.ask("sub", channel=str(place.channel.pk))
    missing = await client.ask("sub", channel="999999")

    assert refused["code"] == "not_found"
    assert {**refused, "id": 0} == {**missing, "id": 0}
    assert (await send(client, place))["code"] == "not_found"
    assert await db(stored) == []


async def test_who_may_not_sit_down_hears_nothing_while_it_is_found_out(
    place: Place, alice: User, charlie: User, connect: Connect
) -> None:
    channel = str(place.channel.pk)
    talker, stranger = await connect(alice), await connect(charlie)
    await talker.ask("sub", channel=channel)

    for number in range(10):
        said = asyncio.ensure_future(send(talker, place, nonce=f"n{number}"))
        assert (await stranger.ask("sub", channel=channel))["code"] == "not_found"
        await said

    assert len(talker.heard("message")) == 10
    assert stranger.heard("message") == []
    assert len(hub.ensure().logs[place.channel.pk].seats) == 1


async def test_a_message_goes_to_everybody_its_sender_included(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    clients = [await connect(alice), await connect(bob)]
    for client in clients:
        await client.ask("sub", channel=str(place.channel.pk))

    sent = (await send(clients[0], place, "n1", "  Hi <there>\n"))["message"]

    assert (sent["seq"], sent["rev"], sent["body"], sent["html"]) == (
        1,
        1,
        "Hi <there>",
        '<p dir="auto">Hi &lt;there&gt;</p>',
    )
    assert sent["author"] == {"id": str(place.alice.pk), "name": "alice", "avatar": None, "kind": "member"}
    for client in clients:
        event = await client.event("message")
        assert (event["channel"], event["rev"]) == (str(place.channel.pk), 1)
        assert event["message"] == (sent if client is clients[0] else {k: v for k, v in sent.items() if k != "nonce"})


async def test_it_is_stored_when_it_is_acknowledged(place: Place, alice: User, connect: Connect) -> None:
    client = await connect(alice)

    for number in range(5):
        answer = await send(client, place, f"n{number}", f"m{number}")
        assert await db(stored) == [(n + 1, f"m{n}") for n in range(number + 1)]
        assert answer["message"]["seq"] == number + 1


async def test_sends_of_one_socket_keep_their_order(place: Place, alice: User, connect: Connect) -> None:
    client = await connect(alice)
    await client.ask("sub", channel=str(place.channel.pk))

    asked = [await client.send("send", channel=str(place.channel.pk), nonce=f"n{n}", body=f"m{n}") for n in range(100)]
    answers = [await client.answer(number) for number in asked]

    assert [answer["message"]["seq"] for answer in answers] == list(range(1, 101))
    assert [body for _, body in await db(stored)] == [f"m{n}" for n in range(100)]
    assert [(await client.event("message"))["rev"] for _ in range(100)] == list(range(1, 101))


async def test_a_repeated_nonce_is_the_same_message(place: Place, alice: User, connect: Connect) -> None:
    client = await connect(alice)
    numbers = [
        await client.send("send", channel=str(place.channel.pk), nonce="n1", body=body) for body in ("Hi", "Hi ", "Hi")
    ]

    answers = [(await client.answer(number))["message"] for number in numbers]
    later = (await send(await connect(alice), place, "n1", "Hi"))["message"]

    assert [later] * 3 == answers
    assert await db(stored) == [(1, "Hi")]


async def test_a_nonce_with_another_body_is_a_conflict(place: Place, alice: User, bob: User, connect: Connect) -> None:
    client = await connect(alice)
    await send(client, place, "n1", "Hi")

    assert (await send(client, place, "n1", "Ho"))["code"] == "nonce_conflict"
    assert (await send(await connect(bob), place, "n1", "Ho"))["op"] == "ok", "a nonce is its sender's"
    assert await db(stored) == [(1, "Hi"), (2, "Ho")]


async def test_a_repeated_nonce_after_an_edit_is_still_the_same_message(
    place: Place, alice: User, connect: Connect
) -> None:
    client = await connect(alice)
    message = (await send(client, place, "n1", "Hi"))["message"]
    await client.ask("edit", message=message["id"], body="Hi!")

    again = (await send(client, place, "n1", "Hi"))["message"]

    assert (again["id"], again["body"], again["rev"]) == (message["id"], "Hi!", 2)


@pytest.mark.parametrize(
    ("nonce", "body", "wrong"),
    [
        ("n", "", ["body"]),
        ("n", " \n\t ", ["body"]),
        ("n", "x" * 4001, ["body"]),
        ("n", "a\x00b", ["body"]),
        ("n", "a\ud800b", ["body"]),
        ("n", None, ["body"]),
        ("n", 5, ["body"]),
        ("", "x", ["nonce"]),
        ("x" * 65, "x", ["nonce"]),
        ("a b", "x", ["nonce"]),
        ("é", "x", ["nonce"]),
        (None, None, ["nonce", "body"]),
    ],
)
async def test_a_body_or_nonce_that_cannot_be_is_refused(
    place: Place, alice: User, connect: Connect, nonce: Any, body: Any, wrong: list[str]
) -> None:
    client = await connect(alice)

    answer = await send(client, place, nonce, body)

    assert (answer["code"], sorted(answer["fields"])) == ("invalid", sorted(wrong))
    assert await db(stored) == []


async def test_all_else_is_kept_as_it_is(place: Place, alice: User, connect: Connect) -> None:
    client = await connect(alice)
    bodies = ["x" * 4000, "😀" * 4000, "a\u202eb\u200d\x01\x7f", "<script>&amp;", "😀\ud83d\ude00"]

    for number, body in enumerate(bodies):
        assert (await send(client, place, f"n{number}", body))["op"] == "ok"

    kept = [body for _, body in await db(stored)]
    assert kept == [json.loads(json.dumps(body)) for body in bodies]


async def test_replies_and_attachments_come_later(place: Place, alice: User, connect: Connect) -> None:
    client = await connect(alice)
    for later in ({"reply_to": "1"}, {"attachments": ["1"]}):
        answer = await client.ask("send", channel=str(place.channel.pk), nonce="n", body="x", **later)
        assert answer["code"] == "not_supported"
    assert await db(stored) == []


async def test_one_edits_and_deletes_ones_own(place: Place, alice: User, bob: User, connect: Connect) -> None:
    author, other = await connect(bob), await connect(alice)
    await other.ask("sub", channel=str(place.channel.pk))
    message = (await send(author, place, "n1", "Hi"))["message"]

    edited = (await author.ask("edit", message=message["id"], body=" Ho "))["message"]
    same = (await author.ask("edit", message=message["id"], body="Ho"))["message"]
    deleted = (await author.ask("delete", message=message["id"]))["message"]
    again = (await author.ask("delete", message=message["id"]))["message"]
    too_late = await author.ask("edit", message=message["id"], body="Hm")

    assert (edited["seq"], edited["rev"], edited["body"], same["rev"]) == (1, 2, "Ho", 2)
    assert edited["edited_at"] is not None
    assert edited["nonce"] == "n1"
    assert (deleted["seq"], deleted["rev"], deleted["body"], again["rev"]) == (1, 3, "", 3)
    assert deleted["deleted_at"] is not None
    assert too_late["code"] == "message_deleted"
    heard = [await other.event("message") for _ in range(3)]
    assert [(event["rev"], event["message"]["body"]) for event in heard] == [(1, "Hi"), (2, "Ho"), (3, "")]


async def test_other_peoples_messages_are_not_ones_to_change(
    place: Place, alice: User, bob: User, charlie: User, connect: Connect
) -> None:
    message = await db(factories.say, place.alice, "Mine")
    member, stranger = await connect(bob), await connect(charlie)

    assert (await member.ask("edit", message=str(message.pk), body="x"))["code"] == "forbidden"
    assert (await member.ask("delete", message=str(message.pk)))["code"] == "forbidden"
    assert (await stranger.ask("edit", message=str(message.pk), body="x"))["code"] == "not_found"
    assert (await stranger.ask("delete", message=str(message.pk)))["code"] == "not_found"
    assert await db(stored) == [(1, "Mine")]


async def test_the_owner_and_staff_delete_but_do_not_edit_what_others_said(
    place: Place, alice: User, bob: User, connect: Connect
) -> None:
    dana = await db(make_dana)
    await db(factories.join, place.space, dana)
    first, second = [await db(factories.say, place.bob, body) for body in ("One", "Two")]
    owner, staff = await connect(alice), await connect(dana)

    assert (await owner.ask("edit", message=str(first.pk), body="x"))["code"] == "forbidden"
    assert (await owner.ask("delete", message=str(first.pk)))["op"] == "ok"
    assert (await staff.ask("edit", message=str(second.pk), body="x"))["code"] == "forbidden"
    assert (await staff.ask("delete", message=str(second.pk)))["op"] == "ok"
    assert await db(stored) == [(1, ""), (2, "")]
    (entry,) = await db(lambda: list(AuditEntry.objects.filter(action="message_deleted")))
    assert (entry.actor_id, entry.target_type, entry.target_id) == (dana.pk, "chat.message", str(second.pk))
    after = {"deleted": True, "by": "bob", "room": place.space.slug}
    assert (entry.before, entry.after, entry.address is not None) == ({"deleted": False}, after, True)


async def test_the_blocked_only_delete_their_own(place: Place, bob: User, connect: Connect) -> None:
    message = await db(factories.say, place.bob, "Hi")
    client = await connect(bob)
    await client.ask("sub", channel=str(place.channel.pk))
    await db(block, place.bob)

    assert (await send(client, place))["code"] == "blocked"
    assert (await client.ask("edit", message=str(message.pk), body="x"))["code"] == "blocked"
    assert await db(stored) == [(1, "Hi")]
    assert (await client.ask("delete", message=str(message.pk)))["op"] == "ok"
    assert await db(stored) == [(1, "")]


async def test_after_unsub_nothing_comes(place: Place, alice: User, bob: User, connect: Connect) -> None:
    channel = str(place.channel.pk)
    client, speaker = await connect(bob), await connect(alice)
    await client.ask("sub", channel=channel)
    await speaker.ask("sub", channel=channel)

    assert (await client.ask("unsub", channel=channel)).keys() == {"op", "id"}
    assert (await client.ask("unsub", channel=channel))["op"] == "ok"
    await send(speaker, place)
    await speaker.event("message")
    await asyncio.sleep(0.05)

    assert client.heard("message") == []
    assert (await send(client, place, "n2", "One need not listen to speak"))["op"] == "ok"


async def test_a_refusal_fails_one_draft_of_a_batch(place: Place, alice: User, bob: User, connect: Connect) -> None:
    good, blocked = await connect(alice), await connect(bob)
    for client in (good, blocked):
        await client.ask("sub", channel=str(place.channel.pk))
    await db(block, place.bob)
    asked = []
    for number in range(20):
        for client in (good, blocked):
            fields = {"channel": str(place.channel.pk), "nonce": f"n{number}", "body": "x"}
            asked.append((client, await client.send("send", **fields)))

    answers = [(client, await client.answer(number)) for client, number in asked]

    assert {answer["op"] for client, answer in answers if client is good} == {"ok"}
    assert {answer.get("code") for client, answer in answers if client is blocked} == {"blocked"}
    assert [seq for seq, _ in await db(stored)] == list(range(1, 21))
