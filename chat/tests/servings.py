"""Long transcripts of real servers: rooms in which much was said, and how far the making is."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from typing import Any

import httpx

from chat.tests.clients import Api
from core.tests.servers import RunningPlaza, manage

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


class Making:
    """Of a transcript that a server was asked for."""

    def __init__(self, plaza: RunningPlaza, token: str, slug: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._status_url = f"{plaza.url}/api/v1/rooms/{slug}/transcript.pdf"
        answer = self._get()
        assert answer.status_code == 202, answer.text
        self._status_url = answer.json()["status_url"]
        self.progress: list[int] = []

    def _get(self) -> httpx.Response:
        return httpx.get(self._status_url, headers=self._headers, trust_env=False, timeout=30)

    def look(self) -> dict[str, Any]:
        shown: dict[str, Any] = self._get().json()
        self.progress.append(shown["progress"])
        return shown

    def download(self, url: str) -> bytes:
        answer = httpx.get(url, headers=self._headers, trust_env=False, timeout=30)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
        return answer.content

    async def is_over(self, seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while (shown := await asyncio.to_thread(self.look))["state"] in ("waiting", "running"):
            assert time.monotonic() < until, shown
            await asyncio.sleep(0.25)
        return shown
