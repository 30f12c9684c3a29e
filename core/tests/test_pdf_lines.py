"""Lines of PDFs: where they end, what they are made of, and what is taken out of a text first."""

from itertools import groupby, pairwise

import pytest

from core.pdf import cleaning, emoji, thai
from core.pdf.breaking import units
from core.pdf.fonts import BOX, face
from core.pdf.lines import Picture, lines
from core.pdf.shaping import Shaped, runs, shape


def cut(text: str) -> list[str]:
    return [text[one.start : one.stop] for one in units(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two  three", ["one", "two", "three"]),
        ("well-known and/or 5-6", ["well-", "known", "and/", "or", "5-6"]),
        ("https://example.org/a-b?c=d", ["https://", "example.org/", "a-", "b?", "c=", "d"]),
        ("1\u00a0234 kg", ["1\u00a0234", "kg"]),
        ("zero\u200bwidth", ["zero", "width"]),
        ("你好，世界（三）", ["你", "好，", "世", "界", "（三）"]),
        ("ヴァージョンと", ["ヴァー", "ジョ", "ン", "と"]),
        ("使用Python3吧", ["使", "用", "Python3", "吧"]),
        ("모든 인간은", ["모든", "인간은"]),
        ("ที่นี่น้ำเย็น", ["ที่นี่", "น้ำเย็น"]),
        ("🎉👩🏽\u200d🚀ok🇩🇪🇪🇬", ["🎉", "👩🏽\u200d🚀", "ok", "🇩🇪", "🇪🇬"]),
        ("(🎉)!", ["(🎉)!"]),
    ],
)
def test_a_line_may_end_between_these(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_no_thai_word_starts_with_a_mark_or_ends_with_a_vowel_that_leads() -> None:
    text = "มนุษย์ทั้งปวงเกิดมามีอิสระและเสมอภาคกันในศักดิ์ศรีและสิทธิกกกเเขขข"
    edges = [0, *thai.breaks(text)]
    words = [text[start:end] for start, end in pairwise(edges)]

    assert "".join(words) == text
    assert {"มนุษย์", "และ", "เสมอภาค", "ศักดิ์ศรี"} <= set(words)
    assert not [word for word in words if word[0] in thai.NO_START or word[-1] in thai.NO_END]


def test_a_line_is_as_full_as_it_can_be_and_no_wider_than_it_may() -> None:
    text = "The quick brown fox jumps over the lazy dog " * 5
    made = list(lines(text, width=9000))

    assert " ".join(said(line.pieces) for line in made) == text.strip()
    for line, following in pairwise(made):
        assert line.width <= 9000
        first = said(following.pieces).split()[0]
        assert line.width + width_of(f" {first}") > 9000


def test_a_word_longer_than_a_line_is_cut_between_clusters_in_every_script() -> None:
    for cluster in ("क्षि", "e\u0301\u0323", "ที่", "בָּ", "가"):
        for line in lines(cluster * 40, width=4000):
            assert line.width <= 4000
            assert len(said(line.pieces)) % len(cluster) == 0, cluster


def test_what_cannot_be_cut_is_drawn_smaller() -> None:
    (line,) = lines("﷽", width=800)

    assert line.width > 800
    assert line.width * line.scale == pytest.approx(800)


def test_every_emoji_is_the_longest_sequence_there_is() -> None:
    family, england, keycap, heart = (
        "👨‍👩‍👧‍👦",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "1\ufe0f\u20e3",
        "❤\ufe0f",
    )
    text = f"a{family}{england}{keycap}{heart}👍🏽1❤"

    assert [text[span.start : span.end] for span in emoji.spans(text)] == [family, england, keycap, heart, "👍🏽"]


def test_a_sign_followed_by_the_text_selector_is_no_picture() -> None:
    assert not list(emoji.spans("❤\ufe0e ☺\ufe0e ✔"))


def test_a_text_sign_that_no_font_has_is_a_picture_after_all() -> None:
    text_only = [character for character in emoji.sequences().last_resort if not drawable(character)]

    for character in text_only[:5]:
        (line,) = lines(character, width=9000)
        assert isinstance(line.pieces[0], Picture)


def test_a_character_that_no_font_has_is_a_box_with_its_text() -> None:
    (line,) = lines("\U00012000", width=9000)

    (piece,) = line.pieces
    assert isinstance(piece, Shaped)
    assert [(glyph.number, glyph.text) for glyph in piece.glyphs] == [(BOX, "\U00012000")]


def test_punctuation_and_numbers_stay_with_the_letters_before_them() -> None:
    assert [part for part, _face in runs("नमस्ते, दुनिया! 12", bold=False)] == ["नमस्ते, दुनिया! 12"]
    assert [part for part, _face in runs("Привет Γεια hi", bold=False)] == ["Привет ", "Γεια ", "hi"]


def test_arabic_letters_are_joined_and_hindi_clusters_composed() -> None:
    beh = "ب"
    (isolated,) = shape(beh, face("Vazirmatn"), rtl=True).glyphs
    joined = shape(beh * 3, face("Vazirmatn"), rtl=True).glyphs
    hindi = shape("क्षि", face("NotoSans"), rtl=False)

    assert len({glyph.number for glyph in (*joined, isolated)}) == 4  # final, medial, initial, isolated
    assert len(hindi.glyphs) < len("क्षि")
    assert hindi.stops == (0,)
    assert "".join(glyph.text for glyph in hindi.glyphs) == "क्षि"


def test_what_is_harmful_is_taken_out_and_what_is_read_stays() -> None:
    assert cleaning.paragraphs("a\r\nb\u2028c\x0bd") == ["a", "b", "c", "d"]
    assert cleaning.one_line("\x00a\x1b[31m\u202eb\ud800\ufeff") == "a[31mb\ufffd"
    assert cleaning.one_line("می\u200cخواهم e\u0301") == "می\u200cخواهم e\u0301"
    assert len(cleaning.one_line("a" + "\u0301" * 100_000)) == 1 + cleaning.MAX_MARKS
    assert len(cleaning.one_line("ក" + "\u17d2" * 100_000)) == 1 + cleaning.MAX_MARKS


@pytest.mark.parametrize("text", ["قال Bob Smith من (London 12) اليوم", "Hello مرحبا بالعالم [x] 😀", "שלום, 3-4!"])
def test_the_parts_of_a_line_are_in_the_order_of_reading(text: str) -> None:
    (line,) = lines(text, width=90_000)

    read = ""
    for rtl, part in groupby(line.reading, key=line.rtls.__getitem__):
        places = list(part)
        assert places == list(range(places[0], places[0] + len(places)))  # each from left to right
        read += said([line.pieces[place] for place in (reversed(places) if rtl else places)])
    assert read == text


def said(pieces: list[Shaped | Picture]) -> str:
    return "".join(piece.text for piece in pieces)


def width_of(text: str) -> int:
    (line,) = lines(f"x{text}", width=100_000)
    (alone,) = lines("x", width=100_000)
    return line.width - alone.width


def drawable(character: str) -> bool:
    return any(
        face(name).glyph(character)
        for name in ("NotoSans", "NotoSansSymbols", "NotoSansSymbols2", "NotoSansMath", "DroidSansFallback")
    )
