"""A picture that somebody sent becomes three small squares without anything but pixels in them.

`check` looks at the outside: what kind of file it is, how many pixels it says it has, whether it is a second kind of
file as well. That is cheap enough for a request. `squares` decodes all of it, and belongs into a worker.
"""

import re
import threading
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

import pylibmagic  # noqa: F401 - tells python-magic where libmagic is, so it comes first

import magic  # isort: skip
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageCms

from accounts.pictures import LARGE, SIZES
from core.errors import Invalid

LONGEST_SIDE = 12_000  # pixels
MOST_SCANS = 64  # of a JPEG; a progressive one has about ten, and each is work for the whole picture
QUALITY = 82
STRIP = 64  # rows of the smaller picture that are made at a time
_READABLE = {  # what libmagic calls it -> the one reader of Pillow's that may look at it
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/apng": "PNG",
    "image/vnd.mozilla.apng": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
}
_HEIC = {"image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"}
_COPIES = {"WEBP": 3, "AVIF": 2}  # that its decoder makes of the whole picture: so many fewer pixels are allowed
# What a browser, a shell or an archiver could take the file for as well. Phones put much into their pictures, a second
# picture or a film among it, so that bytes which are none of the picture's are no reason by themselves.
_MARKUP = re.compile(
    rb"<(?:!doctype\s|html[\s>]|head[\s>]|body[\s>]|script[\s>/]|iframe[\s>]|svg[\s>:]|\?php|%@)", re.I
)
_SCRIPT = re.compile(rb"GIF8[79]a(?:/\*|=[\s'\"`\d/])|\xff\xd8\xff./\*|RIFF/\*", re.S)
_DOCUMENT = re.compile(rb"%PDF-\d|%!PS-Adobe|\x7fELF|MZ.{58,512}PE\0\0", re.S)
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd9-\xfe])")  # what stands between two parts of a JPEG
_END, _SCAN = b"\xd9", b"\xda"
_ORIENTATION = 0x0112  # the EXIF tag
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_decoding = threading.Lock()  # one picture at a time in this process: one of 40 megapixels takes up to 250 MB
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


class BrokenPicture(Exception):
    """It cannot be decoded, or should not be."""


class TooManyPixels(BrokenPicture):
    """Decoding would take too much memory."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most


def check(content: bytes) -> None:
    """Raises Invalid with a sentence under `avatar`."""
    if not content:
        raise _refused(_("This file is empty. Please choose a picture."))
    kind = _kind_of(content)
    if kind in _HEIC:
        raise _refused(_("This picture is a HEIC, which Plaza cannot read. Please save it as JPEG, and choose that."))
    reader = _READABLE.get(kind)
    if reader is None:
        raise _refused(_("This is not a picture that Plaza can read. Please choose a JPEG, PNG, WebP, GIF or AVIF."))
    if _is_something_else_too(content):
        raise _refused(_("This picture has something else hidden in it. Please save it anew as JPEG or PNG."))
    try:
        _opened(content, reader).close()
    except TooManyPixels as many:
        raise _refused(
            _("This picture has too many pixels: %(most)d megapixels are the most. Please make it smaller first.")
            % {"most": many.most // 1_000_000}
        ) from many
    except BrokenPicture as broken:
        raise _refused(_("This picture is damaged. Please choose another one.")) from broken


def squares(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Pixels of a side, and the WebP of it, the largest first. Raises BrokenPicture."""
    reader = _READABLE.get(_kind_of(content))
    if reader is None:
        raise BrokenPicture
    with _decoding:
        largest = _decode(content, reader)
    for size in sorted(SIZES, reverse=True):
        yield size, _webp(largest, size)


def _kind_of(content: bytes) -> str:
    return str(magic.from_buffer(content[:65536], mime=True))


def _is_something_else_too(content: bytes) -> bool:
    return bool(
        _MARKUP.search(content)
        or _SCRIPT.match(content)
        or _DOCUMENT.search(content[:1024])
        or zipfile.is_zipfile(BytesIO(content))
    )


def _opened(content: bytes, reader: str) -> Image.Image:
    """Its head is read, no pixel is decoded."""
    if reader == "JPEG" and _scans(content) > MOST_SCANS:
        raise BrokenPicture
    most = settings.AVATAR_PIXELS // _COPIES.get(reader, 1)
    try:
        image = Image.open(BytesIO(content), formats=[reader])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise TooManyPixels(most) from bomb
    except Exception as broken:  # whatever Pillow raises on a hostile file, the file is the reason
        raise BrokenPicture from broken
    if image.width * image.height > most or max(image.size) > LONGEST_SIDE:
        image.close()
        raise TooManyPixels(most)
    return image


def _scans(content: bytes) -> int:
    """How often a JPEG goes over the picture."""
    at = scans = 0
    while (marker := _MARKER.search(content, at)) and marker[1] != _END:
        scans += marker[1] == _SCAN
        at = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2], "big")
    return scans


def _decode(content: bytes, reader: str) -> Image.Image:
    """The middle of it, upright, in the colours of sRGB, at the largest size. Of several frames the first."""
    with _opened(content, reader) as image:
        try:
            image.draft(None, (2 * LARGE, 2 * LARGE))  # a JPEG is decoded at an eighth at best
            profile = image.info.get("icc_profile")
            turned = _UPRIGHT.get(_orientation(image))
            image.load()
            small = _middle(image).resize((LARGE, LARGE), Image.Resampling.LANCZOS)
            small = _in_srgb(small, profile)
        except Exception as broken:  # the same
            raise BrokenPicture from broken
    small.info.clear()  # a writer takes comments and XMP from here
    return small if turned is None else small.transpose(turned)


def _orientation(image: Image.Image) -> Any:
    try:
        return image.getexif().get(_ORIENTATION)
    except Exception:  # EXIF is written by anybody; a broken one turns nothing
        return None


def _middle(image: Image.Image) -> Image.Image:
    """The square in the middle, made smaller by a whole number and strip by strip: to convert all of a large picture
    would take three times its memory."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    factor = max(1, side // (2 * LARGE))
    rows = factor * STRIP
    strips = [
        _plain(image.crop((left, y, left + side, min(y + rows, top + side)))).reduce(factor)
        for y in range(top, top + side, rows)
    ]
    whole = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    for number, strip in enumerate(strips):
        whole.paste(strip, (0, number * STRIP))
    return whole


def _plain(image: Image.Image) -> Image.Image:
    """In a mode that can be made smaller without loss: no palette, no 16 bits, alpha as alpha."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value / 256).convert("L")
    if image.mode == "CMYK":
        return image
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode == "RGB" else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = _through_profile(image if image.mode == "CMYK" else image.convert("RGB"), profile)
    if alpha is not None:
        colours.putalpha(alpha)
    return colours


def _through_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):  # a broken profile, or one for other channels
            return image.convert("RGB")
        return converted or image.convert("RGB")
    return image.convert("RGB")


def _webp(image: Image.Image, size: int) -> bytes:
    written: IO[bytes] = BytesIO()
    shown = image if image.width == size else image.resize((size, size), Image.Resampling.LANCZOS)
    shown.save(written, "WEBP", quality=QUALITY, method=5)
    written.seek(0)
    return written.read()


def _refused(sentence: str) -> Invalid:
    return Invalid(fields={"avatar": sentence})
