"""A long transcript on a real server: its own worker makes it, in a process of its own."""

import pytest

from chat.tests.crowds import RATES
from chat.tests.pdfs import read_bytes
from chat.tests.servings import Making, full_room
from core.tests.servers import PlazaFactory

MANY = 700


@pytest.mark.slow
async def test_a_server_makes_it_beside_its_work(start_plaza: PlazaFactory) -> None:
    plaza = start_plaza({**RATES, "DATABASE_URL": None, "REDIS_URL": None})
    token, slug = await full_room(plaza, MANY, ["Line {number}"])

    with Making(plaza, token, slug) as making:
        shown = await making.is_over(60)

        assert shown["state"] == "done", plaza.log()
        told = read_bytes(making.download(shown["url"]))
    assert f"Line {MANY}" in told
    assert "Line 1 " in told
