"""A backup taken while people write, restored elsewhere: what was acknowledged before it began is in it."""

import asyncio
import contextlib
import secrets
import sqlite3
import subprocess
import time
from pathlib import Path

from bench.chaos.line import a_line
from bench.chaos.people import Crowd, Door, gather_crowd
from bench.chaos.results import Result
from bench.chaos.services import House, Lab, postgres_program
from chat.tests.checker import Stored, complaints, read_stored
from chat.tests.clients import Said
from chat.tests.crowds import all_said


def dump(house: House, lab: Lab, place: Path) -> dict[str, str]:
    """pg_dump and pg_restore, into a database of another name: the environment of a Plaza on it."""
    kept = place / "plaza.dump"
    address = house.env["DATABASE_URL"]
    subprocess.run([postgres_program("pg_dump"), "-Fc", "-f", str(kept), address], check=True, timeout=300)
    name = f"restored_{secrets.token_hex(4)}"
    lab.postgres.execute("postgres", f"CREATE DATABASE {name}")
    there = f"{lab.postgres.url}/{name}"
    restore = [postgres_program("pg_restore"), "--no-owner", "--exit-on-error", "-d", there, str(kept)]
    subprocess.run(restore, check=True, timeout=300)
    return {"DATABASE_URL": there, "PLAZA_DATA": str(place)}


def copy(house: House, _lab: Lab, place: Path) -> dict[str, str]:
    """SQLite's own online backup."""
    here = Path(house.env["PLAZA_DATA"]) / "plaza.sqlite3"
    with (
        contextlib.closing(sqlite3.connect(here, timeout=20)) as live,
        contextlib.closing(sqlite3.connect(place / "plaza.sqlite3")) as kept,
    ):
        live.backup(kept, pages=200, sleep=0.01)
    return {"PLAZA_DATA": str(place)}


def compare(crowd: Crowd, began_at: float, restored: Stored) -> list[str]:
    """What was acknowledged later may be in it or not, and what is in it is whole."""
    said = [one for one in all_said(crowd.people) if one.said_at]
    before = [one if one.acked_at and one.acked_at < began_at else _unsure(one) for one in said]
    wrong = complaints(before, restored)
    stored_later = {(one.author, one.nonce): one.seq for one in said if one.acked_at}
    for row in restored.rows:
        known = stored_later.get((row.author, row.nonce), row.seq)
        if known != row.seq:
            wrong.append(f"moved: {row.body!r} was acknowledged as {known}, is {row.seq} in the backup")
    return wrong


def _unsure(one: Said) -> Said:
    return Said(one.author, one.nonce, one.body, said_at=one.said_at, tries=one.tries)


async def talk_meanwhile(house: House, lab: Lab, place: Path, *, embedded: bool) -> tuple[list[str], dict[str, str]]:
    """What is wrong with the backup, and how large it is."""
    async with a_line([web.port for web in house.webs]) as line, Door(line.url) as door:
        crowd = await gather_crowd(line.url, door)
        async with crowd.talking():
            await asyncio.sleep(4)
            began = time.monotonic()
            env = await asyncio.to_thread(copy if embedded else dump, house, lab, place)
            took = time.monotonic() - began
            stored = await crowd.fall_silent(house.env)
        before = sum(0 < one.acked_at < began for one in all_said(crowd.people))
        restored = read_stored(env, crowd.channel)
        figures = {
            "acknowledged before it began": str(before),
            "in it / stored at the end": f"{len(restored.rows)} / {len(stored.rows)}",
            "took, s": f"{took:.1f}",
        }
        return [*compare(crowd, began, restored), *crowd.faults(stored)], figures


def back_up(lab: Lab, *, embedded: bool) -> Result:
    result = Result("backup of SQLite" if embedded else "backup of PostgreSQL")
    with lab.house(embedded=embedded) as house:
        place = lab.folder / secrets.token_hex(4)
        place.mkdir()
        result.wrong, result.figures = asyncio.run(talk_meanwhile(house, lab, place, embedded=embedded))
    return result
