"""A small, faithful client of the gateway, for tests that kill servers under it. It does what docs/events.md asks for.

What it says has a nonce, and it says it again with the same nonce, over reconnects, until the server answers `ok`.
What it knows of its channel is `messages`, each at its greatest rev, and `position`, the rev up to which it has
everything; whenever it comes back it asks for what changed after that.
"""

import asyncio
import itertools
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

PASSWORD = "plaza-demo"
FINAL_CODES = (4400, 4401, 4403)  # after these nobody comes back
TRY_AGAIN = ("unavailable", "slow_down")
ANSWER_SECONDS = 20  # an open socket that does not answer for so long is deaf: a fault, not a reason to try again
LONGEST_BACKOFF = 1.0  # seconds; people's clients wait longer, and tests are not patient

Message = dict[str, Any]
Frame = dict[str, Any]


class Refused(Exception):
    """An `err`."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(f"{frame['code']}: {frame['detail']}")
        self.code: str = frame["code"]
        self.retry_seconds = frame.get("retry_ms", 100) / 1000


class Gone(Exception):
    """The socket ended before the answer came: whether it was done, only asking again can tell."""


class Seat(NamedTuple):
    """Who one is in a room. `member` is what messages name as their author."""

    token: str
    channel: str
    member: str


class Api:
    """What comes before the gateway: signing in, rooms and seats in them."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=f"{url}/api/v1/", timeout=30, trust_env=False)

    async def __aenter__(self) -> "Api":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.aclose()

    async def sign_in(self, login: str) -> str:
        """The access token."""
        answer = await self._call("POST", "auth/token", json={"login": login, "password": PASSWORD})
        return str(answer["access"])

    async def open_room(self, token: str, name: str, nickname: str) -> str:
        """The slug."""
        return str((await self._call("POST", "rooms", token, json={"name": name, "nickname": nickname}))["slug"])

    async def join(self, slug: str, nickname: str, token: str = "") -> Seat:
        """As whom the token is of, or as a guest."""
        answer = await self._call("POST", f"rooms/{slug}/join", token, json={"nickname": nickname})
        return Seat(answer.get("guest_token", token), answer["channel"], answer["member"]["id"])

    async def changes(self, seat: Seat, after: int) -> Frame:
        return await self._call("GET", f"channels/{seat.channel}/messages?changed_after={after}&limit=100", seat.token)

    async def _call(self, method: str, path: str, token: str = "", **more: Any) -> Frame:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self._http.request(method, path, headers=headers, **more)
        answer.raise_for_status()
        shown: Frame = answer.json()
        return shown


@dataclass
class Said:
    """One message as its sender saw it. Times are of `time.monotonic()`, 0.0 while it has not come to that."""

    author: str
    nonce: str
    body: str
    said_at: float = 0.0
    acked_at: float = 0.0
    tries: int = 0
    seq: int = 0


@dataclass
class Client:
    """One person's client, in one channel. `run()` keeps it connected; the rest may be called while it runs."""

    name: str
    url: str
    seat: Seat
    messages: dict[str, Message] = field(default_factory=dict)
    position: int = 0
    said: list[Said] = field(default_factory=list)
    wanted: dict[str, str | None] = field(
        default_factory=dict
    )  # message id -> body of the last edit acked, None: deleted
    heard_at: dict[str, float] = field(default_factory=dict)  # message id -> when it was first heard live
    outs: list[tuple[str, float]] = field(default_factory=list)  # reason, time.time()
    statuses: list[tuple[str, str, float]] = field(default_factory=list)  # member, status, time.time()
    closes: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket: ClientConnection | None = None
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Frame]] = {}
        self._subscription = 0  # id of the `sub` whose answer counts
        self._heard = 0  # greatest rev that this subscription has told of
        self._has_all = False  # up to `_heard`: not while pages of changes are being fetched
        self._is_in = asyncio.Event()
        self._chores: set[asyncio.Task[None]] = set()

    # --- What a person does ---------------------------------------------------------------------------------------
    async def say(self, body: str) -> Message:
        """Returns when it is stored, however often the server dies in between."""
        said = Said(self.seat.member, uuid.uuid4().hex, body)
        self.said.append(said)
        message = await self._until_ok(said, op="send", channel=self.seat.channel, nonce=said.nonce, body=body)
        said.acked_at, said.seq = time.monotonic(), message["seq"]
        return message

    async def edit(self, message_id: str, body: str) -> None:
        await self._until_ok(op="edit", message=message_id, body=body)
        self.wanted[message_id] = body

    async def delete(self, message_id: str) -> None:
        await self._until_ok(op="delete", message=message_id)
        self.wanted[message_id] = None

    async def choose(self, status: str) -> None:
        await self._ask({"op": "status", "status": status})

    async def _until_ok(self, said: Said | None = None, **frame: Any) -> Message:
        """The message that the server answered. All three operations may be asked for again without harm."""
        while True:
            await self._is_in.wait()
            if said is not None:
                said.tries += 1
                said.said_at = said.said_at or time.monotonic()
            try:
                message: Message = (await self._ask(frame))["message"]
            except Gone:
                await asyncio.sleep(0.01)  # a closed socket refuses without waiting: `run` must get to notice it
                continue
            except Refused as refusal:
                if refusal.code not in TRY_AGAIN:
                    raise
                await asyncio.sleep(refusal.retry_seconds * random.uniform(1, 2))
                continue
            self._keep(message)
            return message

    # --- Being connected ------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Comes back, with a random delay that grows, until it is put out or told not to return."""
        backoff = 0.1
        while not self.outs and not set(self.closes) & set(FINAL_CODES):
            try:
                await self._connect_and_listen()
            except (OSError, WebSocketException, TimeoutError):
                pass  # the server is away, or went
            backoff = 0.1 if self._is_in.is_set() else min(backoff * 2, LONGEST_BACKOFF)
            self._forget_socket()
            await asyncio.sleep(random.uniform(0, backoff))

    async def is_in(self) -> None:
        """Returns when it receives its channel and has what it missed."""
        await self._is_in.wait()

    async def _connect_and_listen(self) -> None:
        protocols = [Subprotocol("plaza.v1"), Subprotocol(f"bearer.{self.seat.token}")]
        address = self.url.replace("http", "ws", 1) + "/ws/"
        async with connect(
            address, subprotocols=protocols, compression=None, ping_interval=None, proxy=None, max_size=2**24
        ) as socket:
            self._socket = socket
            try:
                async for text in socket:
                    for line in str(text).split("\n"):  # several events a frame; splitlines() would split bodies too
                        self._take(orjson.loads(line))
            finally:
                self.closes.append(socket.close_code or 1006)

    def _forget_socket(self) -> None:
        self._socket = None
        self._is_in.clear()
        for chore in self._chores:
            chore.cancel()  # what it fetches belongs to a subscription that has ended
        answers, self._answers = self._answers, {}
        for answer in answers.values():
            if not answer.done():
                answer.set_exception(Gone())

    async def _ask(self, frame: Frame) -> Frame:
        """The `ok` to it. Raises Refused, Gone."""
        return await self._answer_to(next(self._ids), frame)

    async def _answer_to(self, frame_id: int, frame: Frame) -> Frame:
        if self._socket is None:
            raise Gone
        answer = self._answers[frame_id] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send(orjson.dumps({**frame, "id": frame_id}).decode())
            return await asyncio.wait_for(answer, ANSWER_SECONDS)
        except WebSocketException:
            raise Gone from None
        except TimeoutError:
            self.faults.append(f"{self.name}: no answer to {frame['op']} within {ANSWER_SECONDS} s")
            raise
        finally:
            self._answers.pop(frame_id, None)
            answer.cancel()

    # --- What the server says -------------------------------------------------------------------------------------
    def _take(self, frame: Frame) -> None:
        match frame["op"]:
            case "hello":
                self._do(self._subscribe())
            case "ok" | "err":
                self._take_answer(frame)
            case "message":
                self._hear(frame["rev"], frame["message"])
            case "beat" if self._has_all and frame["heads"].get(self.seat.channel, 0) > self.position:
                self._do(self._subscribe())  # something has not come
            case "presence" if "member" in frame:
                self.statuses.append((frame["member"], frame["status"], time.time()))
            case "out":
                self.outs.append((frame["reason"], time.time()))

    def _take_answer(self, frame: Frame) -> None:
        if frame["op"] == "ok" and frame["id"] == self._subscription:
            self._begin(frame)  # now, not when the asking task wakes: the next line may be a live event
        answer = self._answers.get(frame["id"])
        if answer is None or answer.done():
            self.faults.append(f"{self.name}: an answer that nobody waits for: {frame}")
        elif frame["op"] == "ok":
            answer.set_result(frame)
        else:
            answer.set_exception(Refused(frame))

    def _hear(self, rev: int, message: Message | None) -> None:
        """`message` is None when one may not see what changed: then only the position moves."""
        if rev <= self._heard:
            self.faults.append(f"{self.name}: live rev {rev} came after {self._heard}")
        self._heard = max(self._heard, rev)
        if self._has_all:
            self.position = max(self.position, rev)
        if message is not None:
            self._keep(message)
            self.heard_at.setdefault(message["id"], time.monotonic())

    def _keep(self, message: Message) -> None:
        """The one with the greater rev, in whatever order they come."""
        known = self.messages.get(message["id"])
        if known is None or known["rev"] < message["rev"]:
            self.messages[message["id"]] = message

    # --- Subscribing and catching up ------------------------------------------------------------------------------
    async def _subscribe(self) -> None:
        self._subscription, self._has_all = next(self._ids), False
        sub = {"op": "sub", "channel": self.seat.channel, "after": self.position}
        try:
            answer = await self._answer_to(self._subscription, sub)
            if answer["more"]:
                await self._fetch_the_rest(answer["changes"][-1]["rev"])
        except (TimeoutError, httpx.HTTPError):
            await self._hang_up()
        except Refused as refusal:
            if refusal.code in TRY_AGAIN:
                await self._hang_up()
        except Gone:
            pass  # `run` comes back
        else:
            self._is_in.set()

    def _begin(self, answer: Frame) -> None:
        """The head that the answer carries is the new position, once what changed before it is here. A rev that is
        missing on the way belongs to a message that has changed again since."""
        self._heard = answer["head"]
        for message in answer["changes"]:
            self._keep(message)
        if not answer["more"]:
            self._arrive()

    async def _fetch_the_rest(self, after: int) -> None:
        async with Api(self.url) as api:
            more = True
            while more:
                page = await api.changes(self.seat, after)
                for message in page["results"]:
                    self._keep(message)
                more = page["more"]
                after = page["results"][-1]["rev"] if page["results"] else after
                self.position = max(self.position, after)  # whoever dies here goes on from here
        self._arrive()

    def _arrive(self) -> None:
        self._has_all = True
        self.position = max(self.position, self._heard)

    async def _hang_up(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    def _do(self, chore: Any) -> None:
        task = asyncio.get_running_loop().create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
