"""How each script looks, beside a picture of how it looked when somebody looked at it and found it right.

After a wanted change: `PDF_PICTURES=accept python3 run.py test core/tests/test_pdf_pictures.py`, then look at them.
"""

import os
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image, ImageChops

from core.pdf import gallery
from core.tests.pdfs import drawn, opened

PICTURES = Path(__file__).parent / "pdf_pictures"
SCALE = 1.25  # pixels to the point
CHANGED = 48  # of 255: a pixel that differs by more is another one
TOLERANCE = 0.0004  # of the pixels: less than a letter


@pytest.mark.parametrize("name", gallery.TEXTS)
def test_a_script_looks_as_it_did(name: str, tmp_path: Path) -> None:
    file = BytesIO()
    gallery.write(file, [name])
    page = drawn(file.getvalue(), SCALE)
    shown = page.crop((0, 0, page.width, page.height - 90))  # without the footer
    shown = shown.crop(ImageChops.invert(shown).getbbox())
    reference = PICTURES / f"{name}.png"
    if os.environ.get("PDF_PICTURES") == "accept":
        shown.quantize(64).save(reference, optimize=True)

    expected = Image.open(reference).convert("RGB")

    assert shown.size == expected.size
    difference = ImageChops.difference(shown, expected).convert("L").point(lambda value: 255 * (value > CHANGED))
    changed = difference.histogram()[255] / (shown.width * shown.height)
    if changed > TOLERANCE:
        shown.save(tmp_path / f"{name}.png")
    assert changed <= TOLERANCE, f"{changed:.2%} differ; see {tmp_path / name}.png"


def test_the_command_writes_the_gallery(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("pdf_gallery", str(tmp_path / "new"))

    with opened((tmp_path / "new" / "gallery.pdf").read_bytes()) as document:
        assert f"{len(document)} pages" in capsys.readouterr().out
