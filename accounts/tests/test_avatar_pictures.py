"""What is made of a picture, and which pictures nothing is made of. No server, no database."""

from io import BytesIO

import pytest
from PIL import Image

from accounts import avatars
from accounts.tests import hostile_pictures as pictures
from core.errors import Invalid


def made(content: bytes) -> dict[int, Image.Image]:
    avatars.check(content)
    return {size: Image.open(BytesIO(webp)) for size, webp in avatars.squares(content)}


def near(pixel, colour, by=25):
    return all(abs(one - other) <= by for one, other in zip(pixel[:3], colour, strict=True))


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        avatars.check(content)
    assert list(refused.value.fields or {}) == ["avatar"]
    return str((refused.value.fields or {})["avatar"])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_a_picture_becomes_three_squares(kind):
    squares = made(pictures.plain(kind))
    assert {size: (image.format, image.size) for size, image in squares.items()} == {
        size: ("WEBP", (size, size)) for size in (48, 96, 256)
    }
    assert near(squares[96].convert("RGB").getpixel((48, 48)), pictures.RED)


def test_the_middle_is_kept():
    wide = Image.new("RGB", (300, 100), pictures.BLUE)
    wide.paste(pictures.RED, (100, 0, 200, 100))
    square = made(pictures.saved(wide))[256].convert("RGB")
    assert near(square.getpixel((10, 128)), pictures.RED)
    assert near(square.getpixel((245, 128)), pictures.RED)


def test_a_turned_photograph_stands_upright():
    square = made(pictures.turned())[256].convert("RGB")
    assert near(square.getpixel((128, 30)), pictures.RED)
    assert near(square.getpixel((128, 225)), pictures.BLUE)


def test_nothing_but_pixels_is_left():
    content = pictures.with_location()
    assert b"SECRET-COMMENT" in content
    assert b"Exif" in content
    for _size, webp in avatars.squares(content):
        assert not [word for word in (b"SECRET", b"EXIF", b"Exif", b"XMP", b"ICCP", b"GPS") if word in webp]
        assert not Image.open(BytesIO(webp)).getexif()


def test_colours_survive_their_odd_ways_of_being_stored():
    assert near(made(pictures.plain("JPEG", mode="CMYK"))[96].convert("RGB").getpixel((48, 48)), pictures.RED, 60)
    grey = made(pictures.sixteen_bits())[96].convert("RGB").getpixel((48, 48))
    assert near(grey, (156, 156, 156), 6)


def test_transparency_survives():
    square = made(pictures.palette_with_transparency())[96].convert("RGBA")
    assert square.getpixel((48, 10))[3] == 0
    assert square.getpixel((48, 90))[3] == 255
    assert near(square.getpixel((48, 90)), pictures.RED)


@pytest.mark.parametrize("moving", [pictures.moving_webp(), pictures.many_frames()], ids=["webp", "gif of 10,000"])
def test_of_a_moving_picture_the_first_frame_is_taken(moving):
    square = made(moving)[96]
    assert not getattr(square, "is_animated", False)
    assert near(square.convert("RGB").getpixel((48, 48)), pictures.RED)


@pytest.mark.parametrize("content", pictures.NO_PICTURES.values(), ids=pictures.NO_PICTURES)
def test_what_is_no_picture_is_refused(content):
    assert "JPEG, PNG, WebP, GIF or AVIF" in refusal(content)


@pytest.mark.parametrize("content", pictures.polyglots().values(), ids=pictures.polyglots())
def test_what_is_something_else_as_well_is_refused(content):
    refusal(content)


def test_an_empty_file_is_refused():
    assert "empty" in refusal(b"")


def test_too_many_pixels_are_refused_before_any_is_decoded():
    giant = pictures.giant_png()
    assert len(giant) < 20_000
    assert "40 megapixels" in refusal(giant)
    assert "40 megapixels" in refusal(pictures.giant_png(12_001, 8))
    assert "13 megapixels" in refusal(pictures.plain("WEBP", (3700, 3700))), "its decoder takes three times the memory"


def test_a_jpeg_of_a_thousand_scans_is_refused():
    refusal(pictures.scan_bomb())
    avatars.check(pictures.saved(Image.new("RGB", (64, 64)), "JPEG", progressive=True))


@pytest.mark.parametrize("content", [pictures.noisy_jpeg(), pictures.plain("PNG"), pictures.plain("WEBP")])
def test_what_ends_too_early_is_broken(content):
    with pytest.raises((avatars.BrokenPicture, Invalid)):
        made(content[: len(content) // 2])


def test_random_damage_never_escapes_as_anything_else():
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        content = pictures.plain(kind, (40, 40))
        for at in range(12, len(content), max(1, len(content) // 40)):
            damaged = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
            try:
                made(damaged)
            except (avatars.BrokenPicture, Invalid):
                continue
