"""Long transcripts of real servers: rooms in which much was said, and how far the making is."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import httpx

from chat.tests.clients import Api
from core.tests.servers import RunningPlaza, manage

LOOK_SECONDS = 0.25
FILL = """
from chat.tests.factories import say_much
from rooms.models import Member
say_much(Member.objects.get(user__username="alice", space__slug="{slug}"), {many}, *{bodies!r})
"""


def shell(plaza: RunningPlaza, code: str) -> str:
    said = manage("shell", "--no-imports", "-c", code, env=plaza.env, timeout=120)
    assert said.returncode == 0, said.stderr
    return said.stdout


async def full_room(plaza: RunningPlaza, many: int, bodies: Sequence[str]) -> tuple[str, str]:
    """A room of alice's in which she said so much: her token, and its slug."""
    async with Api(plaza.url) as api:
        token = await api.sign_in("alice")
        slug = await api.open_room(token, f"Room {uuid.uuid4().hex[:12]}", "alice")
    shell(plaza, FILL.format(slug=slug, many=many, bodies=tuple(bodies)))
    return token, slug


class Making(ExitStack):
    """Of a transcript that a server was asked for."""

    def __init__(self, plaza: RunningPlaza, token: str, slug: str) -> None:
        super().__init__()
        # One client for all questions: a new one reads the system's certificates each time, and who measures waits.
        client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30)
        self._client = self.enter_context(client)
        self._status_url = f"{plaza.url}/api/v1/rooms/{slug}/transcript.pdf"
        answer = self._get()
        assert answer.status_code == 202, answer.text
        self._status_url = answer.json()["status_url"]
        self.progress: list[int] = []

    def _get(self) -> httpx.Response:
        return self._client.get(self._status_url)

    def look(self) -> dict[str, Any]:
        shown: dict[str, Any] = self._get().json()
        self.progress.append(shown["progress"])
        return shown

    def download(self, url: str) -> bytes:
        answer = self._client.get(url)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
        return answer.content

    async def is_over(self, seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while (shown := await asyncio.to_thread(self.look))["state"] in ("waiting", "running"):
            assert time.monotonic() < until, shown
            await asyncio.sleep(LOOK_SECONDS)
        return shown

    async def is_looked_at(self, seconds: float) -> None:
        """As often as while it is waited for."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(LOOK_SECONDS)
