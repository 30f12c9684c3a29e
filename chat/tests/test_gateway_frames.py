"""What a client may put on the line, whatever it asks: frames, ids, sizes."""

import asyncio
import json

import pytest

from accounts.models import User
from chat.tests.conftest import Connect
from chat.tests.gateway import Client

pytestmark = pytest.mark.django_db(transaction=True)

LARGEST = 64 * 1024


@pytest.fixture
async def client(alice: User, connect: Connect) -> Client:
    return await connect(alice)


def ping_of(size: int) -> str:
    """A `ping` of exactly so many bytes, padded with two-byte letters."""
    frame = json.dumps({"op": "ping", "id": 1, "pad": ""})
    room = size - len(frame)
    return frame.replace('""', '"' + "é" * (room // 2) + "x" * (room % 2) + '"')


async def test_an_answer_has_the_id_of_its_question(client: Client) -> None:
    for number in (0, 7, -3, 2**53 - 1):
        await client.put(json.dumps({"op": "ping", "id": number}))
        assert (await client.answer(number))["op"] == "ok"
    assert (await client.answer(7)).keys() == {"op", "id", "server_time"}


@pytest.mark.parametrize(
    "wrong", [{}, {"id": None}, {"id": "1"}, {"id": 1.5}, {"id": True}, {"id": 2**53}, {"id": [1]}]
)
async def test_a_frame_without_a_usable_id_is_answered_without_one(client: Client, wrong: dict) -> None:
    await client.put(json.dumps({"op": "ping", **wrong}))

    answer = await client.answer(None)

    assert (answer["op"], answer["code"], list(answer["fields"])) == ("err", "invalid", ["id"])


@pytest.mark.parametrize("op", [None, "", "fly", 5, ["sub"], {"op": "sub"}, "\ud800"])
async def test_an_operation_that_does_not_exist_is_invalid(client: Client, op: object) -> None:
    await client.put(json.dumps({"op": op, "id": 4}))

    answer = await client.answer(4)

    assert (answer["code"], list(answer["fields"])) == ("invalid", ["op"])


@pytest.mark.parametrize("op", ["react"])
async def test_what_comes_later_is_refused_plainly(client: Client, op: str) -> None:
    answer = await client.ask(op, channel="1", message="1", seq=1)

    assert (answer["op"], answer["code"]) == ("err", "not_supported")


@pytest.mark.parametrize("text", ["", "hello", "[]", "7", "null", '"ping"', '{"op": "ping"', '{"id": NaN}', "[" * 5000])
async def test_what_is_no_json_object_is_not_our_protocol(client: Client, text: str) -> None:
    await client.put(text)

    assert await client.close_code() == 4400


async def test_a_binary_frame_is_not_our_protocol(client: Client) -> None:
    await client.put_bytes(b'{"op": "ping", "id": 1}')

    assert await client.close_code() == 4400


async def test_sixty_four_kib_pass(client: Client) -> None:
    await client.put(ping_of(LARGEST))

    assert (await client.answer(1))["op"] == "ok"


async def test_one_byte_more_is_too_large(client: Client) -> None:
    text = ping_of(LARGEST + 1)
    assert len(text) < LARGEST < len(text.encode()) == LARGEST + 1

    await client.put(text)

    assert await client.close_code() == 4413


async def test_nothing_counts_after_a_close_was_decided(client: Client) -> None:
    """The frames that were on their way when the server closed are not carried out."""
    await asyncio.gather(client.put("[]"), *(client.put(json.dumps({"op": "ping", "id": 9})) for _ in range(3)))

    assert await client.close_code() == 4400
    assert client.answers == {}


async def test_wrong_fields_are_named(client: Client) -> None:
    for op, fields, wrong in (
        ("sub", {}, "channel"),
        ("sub", {"channel": 5}, "channel"),
        ("sub", {"channel": "1", "after": -1}, "after"),
        ("sub", {"channel": "1", "after": "0"}, "after"),
        ("sub", {"channel": "1", "after": True}, "after"),
        ("unsub", {}, "channel"),
        ("edit", {"body": "x"}, "message"),
        ("edit", {"message": "1", "body": " "}, "body"),
        ("delete", {"message": None}, "message"),
    ):
        answer = await client.ask(op, **fields)
        assert (answer["code"], list(answer["fields"])) == ("invalid", [wrong]), (op, fields)


async def test_ids_that_name_nothing_are_not_found(client: Client) -> None:
    for op, field in (("sub", "channel"), ("unsub", "channel"), ("edit", "message"), ("delete", "message")):
        for nothing in ("", "0", "-1", "01", "1e3", "٣", "9" * 19, "9" * 30, "999999", "\x00"):
            answer = await client.ask(op, **{field: nothing, "body": "x"})
            if (op, nothing) != ("unsub", "999999") and (op, nothing) != ("unsub", "9" * 19):
                assert answer["code"] == "not_found", (op, nothing)
