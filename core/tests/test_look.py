"""What pages say about people and things without words, and the files that come from elsewhere."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Layla Al-Farsi", "LA"), ("bob", "B"), ("ana maria de sousa", "AS"), ("مقهى المدينة", "ما"), ("", "")],
)
def test_initials_are_the_first_letters_of_the_first_and_the_last_word(name: str, letters: str) -> None:
    assert Template("{% load look %}{{ name|initials }}").render(Context({"name": name})) == letters


def test_a_name_has_the_same_colour_everywhere() -> None:
    colour = Template("{% load look %}{{ name|avatar_colour }}")

    assert colour.render(Context({"name": "alice"})) == str((97 + 108 + 105 + 99 + 101) % 8)


def test_an_icon_is_decoration_and_comes_from_the_sprite() -> None:
    drawn = Template('{% load look %}{% icon "send" %}').render(Context())

    assert 'aria-hidden="true"' in drawn
    assert "img/icons" in drawn
    assert "#send" in drawn


def test_an_avatar_is_letters_or_a_picture_and_says_how_somebody_is_here() -> None:
    avatar = Template("{% load look %}{% avatar name src=src status=status %}")

    letters = avatar.render(Context({"name": "<b> Q", "src": None, "status": "busy"}))
    assert 'aria-hidden="true">&lt;Q</span>' in letters
    assert 'data-status="busy"' in letters
    assert ">Busy</span>" in letters
    picture = avatar.render(Context({"name": "Ann", "src": '/media/"x.webp', "status": None}))
    assert 'src="/media/&quot;x.webp" alt=""' in picture
    assert "data-status" not in picture


@pytest.mark.parametrize("status", ["", None, "asleep"])
def test_an_avatar_without_a_known_status_has_no_dot(status: str | None) -> None:
    avatar = Template("{% load look %}{% avatar 'Ann' status=status %}")

    assert "avatar-status" not in avatar.render(Context({"status": status}))


def test_the_avatar_of_a_template_waits_for_its_name() -> None:
    empty = Template("{% load look %}{% avatar name %}").render(Context({"name": None}))

    assert 'class="avatar avatar--md" data-part="avatar"' in empty


@pytest.mark.parametrize(("value", "halves"), [(4.5, 9), (4.74, 9), (4.8, 10), (0, 0), (9, 10), (-1, 0)])
def test_stars_are_shown_to_the_half(value: float, halves: int) -> None:
    drawn = Template("{% load look %}{% stars value %}").render(Context({"value": value}))

    assert f'stars-{halves}"' in drawn
    assert "of 5 stars" in drawn


def test_a_ring_stays_between_nothing_and_all() -> None:
    ring = Template("{% load look %}{% ring value 'Done' %}")

    assert 'aria-valuenow="100"' in ring.render(Context({"value": 250}))
    assert "ring-share" not in ring.render(Context({"value": -4}))


def test_pages_of_a_list_keep_the_rest_of_the_address(rf: RequestFactory) -> None:
    page = Paginator(range(100), 5).get_page(10)
    request = rf.get("/shops/", {"q": "lamp & sea", "page": "10"})

    drawn = render_to_string("_pages.html", {"page": page}, request=request)

    assert 'href="?q=lamp+%26+sea&amp;page=11"' in drawn
    assert '<span class="page-link" aria-current="page">10</span>' in drawn


def test_the_components_page_is_shown_as_asked(client: Client, db: None) -> None:
    shown = client.get("/dev/components/", {"theme": "dark", "dir": "rtl"}).content.decode()
    assert 'dir="rtl" data-theme="dark"' in shown
    usual = client.get("/dev/components/", {"theme": "'\"><script>", "dir": "\0"}).content.decode()
    assert 'dir="ltr">' in usual


def test_a_refused_exchange_is_answered_with_its_sentence_alone(client: Client, db: None) -> None:
    refused = client.get("/nothing/here/", headers={"HX-Request": "true"})

    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_vendored_files_are_as_the_manifest_says_and_the_sprite_has_every_icon() -> None:
    check = [sys.executable, str(ROOT / "scripts" / "vendor.py"), "--check"]

    checked = subprocess.run(check, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout
