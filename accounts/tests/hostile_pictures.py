"""Pictures as people and attackers send them, made on the spot."""

import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

RED, BLUE = (220, 20, 20), (20, 20, 220)
PLACE = (48.0, 51.0, 29.6)  # degrees, minutes, seconds


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def plain(kind: str = "PNG", size: tuple[int, int] = (320, 240), mode: str = "RGB") -> bytes:
    return saved(Image.new("RGB", size, RED).convert(mode), kind)


def noisy_jpeg(size: tuple[int, int] = (800, 600)) -> bytes:
    return saved(Image.effect_noise(size, 90).convert("RGB"), "JPEG", quality=90)


def with_location() -> bytes:
    """A photograph whose EXIF says where it was taken, with a comment, XMP and a colour profile."""
    exif = Image.Exif()
    exif[0x010E] = "SECRET-DESCRIPTION"
    exif.get_ifd(0x8825).update({1: "N", 2: PLACE, 3: "E", 4: PLACE})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.new("RGB", (300, 200), BLUE)
    return saved(image, "JPEG", exif=exif, comment=b"SECRET-COMMENT", icc_profile=profile, xmp=b"<x>SECRET-XMP</x>")


def turned() -> bytes:
    """Red above blue for whoever heeds EXIF; stored lying on its side (orientation 6)."""
    upright = Image.new("RGB", (200, 200), RED)
    upright.paste(BLUE, (0, 100, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)


def sixteen_bits() -> bytes:
    image = Image.new("I;16", (64, 64))
    image.putdata([40_000] * (64 * 64))
    return saved(image)


def palette_with_transparency() -> bytes:
    image = Image.new("P", (80, 80), 1)
    image.putpalette([0, 0, 0, *RED])
    image.paste(0, (0, 0, 80, 40))
    return saved(image, transparency=0)


def many_frames(frames: int = 10_000) -> bytes:
    """A GIF of so many frames, few bytes each."""
    first = plain("GIF", (8, 8))
    head, tail = first[:-1], first[-1:]
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 8, 8, 0) + b"\x02\x02\x84\x51\x00"
    return head + frame * frames + tail


def moving_webp() -> bytes:
    frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, BLUE)]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=50)


def giant_png(width: int = 10_000, height: int = 10_000) -> bytes:
    """A hundred megapixels in a few kilobytes."""
    row = b"\0" * (1 + width // 8)
    squeezer = zlib.compressobj(9)
    pixels = b"".join([*(squeezer.compress(row) for _ in range(height)), squeezer.flush()])

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def scan_bomb() -> bytes:
    """A JPEG that goes over the picture a thousand times."""
    progressive = saved(Image.new("RGB", (64, 64), RED), "JPEG", progressive=True)
    start = progressive.index(b"\xff\xda")
    scan = progressive[start : progressive.index(b"\xff\xda", start + 2)]
    return progressive[:start] + scan * 1000 + progressive[start:]


def with_zip() -> bytes:
    packed = BytesIO(plain("JPEG"))
    packed.seek(0, 2)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("evil.html", "<script>alert(1)</script>")
    return packed.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NO_PICTURES = {
    "svg": SVG,
    "svg with a head": b'<?xml version="1.0"?>\n' + SVG,
    "html": b"<!doctype html><html><script>alert(1)</script></html>",
    "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>',
    "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "text": b"I am a picture, honestly.",
    "zeros": b"\0" * 5000,
    "bmp": plain("BMP"),
    "tiff": plain("TIFF"),
    "ico": plain("ICO", (32, 32)),
}


def polyglots() -> dict[str, bytes]:
    """Pictures that are something else as well."""
    gif, jpeg, png = plain("GIF"), plain("JPEG"), plain("PNG")
    html = b"<html><body><script>alert(1)</script></body></html>"
    return {
        "gif and javascript": b"GIF89a/*" + gif[8:] + b"*/=1;alert(1)//",
        "jpeg and javascript": b"\xff\xd8\xff\xe0/*" + jpeg[6:] + b"*/=alert(1)",
        "jpeg and html": saved(Image.new("RGB", (64, 64), RED), "JPEG", comment=html),
        "png and html": png + html,
        "jpeg and php": jpeg + b"<?php system($_GET[0]); ?>",
        "gif and svg": gif + SVG,
        "jpeg and pdf": jpeg[:2] + b"\xff\xfe\x00\x40" + b"%PDF-1.7".ljust(62) + jpeg[2:],
        "jpeg and zip": with_zip(),
    }
