"""Whatever people write: a PDF comes of it, and nothing of it leaves the page."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from core.pdf import Document
from core.pdf.styles import FOOTER, MARGIN, PAGE
from core.tests.pdfs import boxes, made

OVERHANG = 18  # points: how far a mark may reach beyond its letter, an em of the largest size
NASTY = {
    "nothing": "",
    "white space": " \t\u00a0\u3000\u200b" * 50,
    "controls": "".join(map(chr, range(0x20))) + "\x7f\x80\x9f",
    "half characters": "\ud800 \udfff\udc00 \ud83d",
    "not characters": "\ufffe\uffff\U0001fffe\U0010ffff\ufdd0",
    "private use": "\ue000\U000f0000",
    "marks on a letter": "a" + "\u0301\u0489\u20dd" * 1000,
    "marks alone": "\u0301\u0e47\u17d2\u064b\u0941" * 50,
    "joiners": "\u200d\u200c\u2060\ufe0f\u034f" * 300,
    "a long word": "x" * 1000,
    "a long word with marks": "l\u0325" * 400,
    "long words of other scripts": " ".join(sign * 150 for sign in "אب中ก가क١ᄀ"),
    "the widest sign": "\ufdfd" * 30,
    "wide dashes": "\u2e3b\u2014" * 200,
    "signs of no font": "\U00012000" * 300,
    "overrides": "\u202eevil\u202d \u202bx\u202a",
    "unclosed isolates": "\u2067\u2066\u2068" * 200 + "a\u05d0",
    "brackets": "([{" * 60 + "\u05d0" + "}])" * 60,
    "soft hyphens": "\u00ad" * 500 + "a\u00adb",
    "hyphens": "a-" * 300,
    "broken emoji": "\U0001f1e9" * 101
    + "\U0001f468\u200d\u200d\U0001f469\u200d" * 40
    + "\U0001f3fd" * 50
    + "1\u20e3#\ufe0f",
    "tags": "\U0001f3f4" + "\U000e0041" * 300,
    "stacked consonants": "क्" * 100 + "က္" * 100,
    "Thai vowels": "\u0e33\u0e40" * 100,
    "PDF": "endstream endobj %%EOF ) >> \\) ( BT ET /F1 Tf <</ActualText",
    "markup": "<b>&amp;<img src='/etc/passwd'/><para>",
    "lines": "\r\n\v\f\x85\u2028\u2029" * 20,
}


# https://github.com/minimaxir/big-list-of-naughty-strings: what broke other people's programs.
NAUGHTY: list[str] = json.loads(Path(__file__).with_name("data").joinpath("naughty/blns.json").read_text("utf-8"))


def everything(document: Document, text: str) -> None:
    document.heading(text)
    document.paragraph(text, indent=40)
    document.paragraph(text, style="strong", indent=10_000)
    document.facts([(text, text)])
    document.separator(text)
    document.message(text, text, text, note=text)
    document.notice(text)
    document.link(text, text)


def assert_within_margins(pdf: bytes) -> None:
    for page, sign, left, bottom, right, top in boxes(pdf):
        assert MARGIN - OVERHANG <= left <= right <= PAGE[0] - MARGIN + OVERHANG, (page, sign)
        assert FOOTER - OVERHANG <= bottom <= top <= PAGE[1] - MARGIN + OVERHANG, (page, sign)


@pytest.mark.slow
@pytest.mark.parametrize("rtl", [False, True], ids=["ltr", "rtl"])
def test_naughty_strings_stay_within_the_margins(*, rtl: bool) -> None:
    assert len(NAUGHTY) > 400
    for first in range(0, len(NAUGHTY), 50):
        some = NAUGHTY[first : first + 50]

        def write(document: Document, texts: list[str] = some) -> None:
            for text in texts:
                document.message(text, text, text, note=text)

        assert_within_margins(made(write, rtl=rtl))


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("rtl", [False, True], ids=["ltr", "rtl"])
def test_a_nasty_text_stays_within_the_margins(name: str, *, rtl: bool) -> None:
    text = NASTY[name]

    pdf = made(
        lambda document: everything(document, text), rtl=rtl, title=text, author=text, language=text, footer=text
    )

    assert_within_margins(pdf)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.text(st.characters(exclude_categories=[]), max_size=60),
    times=st.sampled_from([1, 1, 1, 20]),
    rtl=st.booleans(),
)
def test_any_text_makes_a_pdf_that_strict_readers_take(text: str, times: int, *, rtl: bool) -> None:
    text *= times
    pdf = made(lambda document: everything(document, text), rtl=rtl, title=text, footer=text, footer_link=text)

    for page in PdfReader(BytesIO(pdf), strict=True).pages:
        page.extract_text()
    for _page, sign, left, bottom, right, top in boxes(pdf):
        assert MARGIN - OVERHANG <= left <= right <= PAGE[0] - MARGIN + OVERHANG, sign
        assert FOOTER - OVERHANG <= bottom <= top <= PAGE[1] - MARGIN + OVERHANG, sign
