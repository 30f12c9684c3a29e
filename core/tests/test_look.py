"""What pages say about people and things without words, and the files that come from elsewhere."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.template import Context, Template

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


def test_vendored_files_are_as_the_manifest_says_and_the_sprite_has_every_icon() -> None:
    check = [sys.executable, str(ROOT / "scripts" / "vendor.py"), "--check"]

    checked = subprocess.run(check, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout
