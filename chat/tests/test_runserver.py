"""Django's own `runserver`, which is daphne's here: the whole story of a room, once."""

import asyncio
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.tests.clients import Api, Client
from core.tests.servers import ROOT, Blueprints, environment, free_port


@pytest.fixture
def daphne(blueprints: Blueprints, tmp_path: Path) -> Iterator[str]:
    blueprints.copy_sqlite(tmp_path)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "runserver", "--noreload", f"127.0.0.1:{port}"],
        env=environment({"PLAZA_DATA": str(tmp_path), "PLAZA_MODE": "demo", "PORT": str(port)}),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_open(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def _wait_until_open(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("runserver did not open")


def test_two_people_talk_under_runserver(daphne: str) -> None:
    asyncio.run(_talk(daphne))


async def _talk(url: str) -> None:
    async with Api(url) as api:
        alice = await api.sign_in("alice")
        slug = await api.open_room(alice, "By daphne", "alice")
        people = [
            Client("alice", url, await api.join(slug, "alice", alice)),
            Client("guest", url, await api.join(slug, "gus")),
        ]
        running = [asyncio.create_task(one.run()) for one in people]
        async with asyncio.timeout(20):
            for one in people:
                await one.is_in()
            first = await people[0].say("Can you hear me?")
            await people[1].say("Loud and clear.")
            await people[0].edit(first["id"], "Do you hear me?")
            while people[0].position < 3 or people[1].position < 3:
                await asyncio.sleep(0.02)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    bodies = [message["body"] for message in sorted(people[1].messages.values(), key=lambda row: row["seq"])]
    assert bodies == ["Do you hear me?", "Loud and clear."]
    assert not people[0].faults + people[1].faults
