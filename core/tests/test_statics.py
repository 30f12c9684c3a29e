"""Static files as a browser gets them."""

import re
from pathlib import Path

import pytest
from django.test import AsyncClient

from core.storage import ManifestStaticFilesStorage

pytestmark = pytest.mark.django_db  # the end of an answer looks after the connection, if there is one
PAGE = "/static/css/plaza.css"


async def test_a_file_is_served_whole_and_may_be_kept(async_client: AsyncClient) -> None:
    answer = await async_client.get(PAGE)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/css")
    assert int(answer["Content-Length"]) == len(answer.content) > 1000
    again = await async_client.get(PAGE, headers={"If-Modified-Since": answer["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_part_and_a_head_are_answered_as_asked(async_client: AsyncClient) -> None:
    part = await async_client.get(PAGE, headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    head = await async_client.head(PAGE)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head["Content-Length"]) > 1000


async def test_what_is_not_there_is_not_found(async_client: AsyncClient) -> None:
    assert (await async_client.get("/static/css/../../manage.py")).status_code == 404


def test_only_our_own_modules_are_looked_into_for_what_they_import(tmp_path: Path) -> None:
    storage = ManifestStaticFilesStorage(location=tmp_path, base_url="/static/")
    line = re.fullmatch(".*", '// import x from "./not-there.js"')
    assert line

    assert storage.url_converter("somebody/elses.js", {})(line) == line[0]
