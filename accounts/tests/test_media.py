"""`/media/`: what everybody may see, and nothing else."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

NAME = "avatars/abcdefghijklmnopqrstuvwx-96.webp"


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    default_storage.save(NAME, ContentFile(b"RIFFxxxxWEBP"))
    (tmp_path / "secret-but-long-enough-96.webp").write_bytes(b"secret")
    (tmp_path / "media/avatars/abcdefghijklmnopqrstuvwx-96.html").write_bytes(b"<script>")


def test_a_picture_comes_with_headers_that_make_it_nothing_but_a_picture(client: Client):
    answer = client.get(f"/media/{NAME}")
    assert (answer.status_code, answer.content) == (200, b"RIFFxxxxWEBP")
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not answer.has_header("Vary")
    assert not answer.cookies


def test_nobody_is_looked_up_for_it(client: Client, django_assert_num_queries, db):
    client.cookies["plaza_session"] = "a" * 32
    with django_assert_num_queries(0):
        client.get(f"/media/{NAME}")


def test_its_head_alone(client: Client):
    answer = client.head(f"/media/{NAME}")
    assert (answer.status_code, answer.content) == (200, b"")


def test_it_only_is_read(client: Client):
    assert client.post(f"/media/{NAME}").status_code == 405
    assert client.delete(f"/media/{NAME}").status_code == 405
    assert default_storage.exists(NAME)


@pytest.mark.parametrize(
    "path",
    [
        "avatars/unknown-but-long-enough-96.webp",
        "avatars/abcdefghijklmnopqrstuvwx-96.html",
        "avatars/abcdefghijklmnopqrstuvwx-96.webp/",
        "avatars/abcdefghijklmnopqrstuvwx-96.webp%0A",
        "avatars/abcdefghijklmnopqrstuvwx-96.webp%00",
        "avatars/../avatars/abcdefghijklmnopqrstuvwx-96.webp",
        "avatars/..%2F..%2Fsecret-but-long-enough-96.webp",
        "../secret-but-long-enough-96.webp",
        "..%2fsecret-but-long-enough-96.webp",
        "/etc/passwd",
        "private/avatars/abcdefghijklmnopqrstuvwx-96.webp",
        "AVATARS/abcdefghijklmnopqrstuvwx-96.webp",
        "avatars/",
        "",
        "avatars/" + "a" * 5000 + "-96.webp",
        "avatars/äbcdefghijklmnopqrstuvwx-96.webp",
    ],
)
def test_everything_else_is_not_found(client: Client, path: str):
    answer = client.get(f"/media/{path}")
    assert answer.status_code == 404
    assert len(answer.content) < 20, "a small page: many of these are asked for by machines"
    assert answer["Content-Type"] == "text/plain"
