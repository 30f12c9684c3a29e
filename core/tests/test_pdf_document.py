"""PDFs as documents: pages, footers, links, what they say of themselves, and what is copied out of them."""

import re
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PageObject, PdfReader

from core.pdf import Document, gallery
from core.pdf.styles import BOTTOM, MARGIN, PAGE
from core.tests.pdfs import boxes, drawn, framed_text, made, texts


def test_an_empty_document_has_one_page_and_says_what_it_is() -> None:
    file = BytesIO()
    document = Document(file, title="Räume (1)", author="مريم", language="de")

    assert (document.close(), document.close()) == (1, 1)
    reader = PdfReader(file, strict=True)
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("Räume (1)", "مريم")
    assert str(reader.root_object["/Lang"]) == "de"


def test_a_document_that_fails_half_way_is_not_finished() -> None:
    file = BytesIO()

    with pytest.raises(ZeroDivisionError), Document(file, title="x", language="en") as document:
        document.heading(str(1 / 0))

    assert b"%%EOF" not in file.getvalue()


def test_every_page_has_its_number_the_footer_and_its_link() -> None:
    def write(document: Document) -> None:
        for place in range(120):
            document.paragraph(f"line {place}")

    pdf = made(write, footer="The room", footer_link="https://example.org/r(1)/ü")
    pages = PdfReader(BytesIO(pdf), strict=True).pages

    assert len(pages) == 4
    for number, (page, text) in enumerate(zip(pages, texts(pdf), strict=True), 1):
        assert " ".join(text.split()).endswith(f"The room {number} / 4")
        assert links(page) == ["https://example.org/r%281%29/%C3%BC"]


def test_the_page_number_stands_at_the_end_of_the_line_for_the_direction() -> None:
    def edges(*, rtl: bool) -> tuple[float, float]:
        pdf = made(lambda _document: None, footer="غرفة" if rtl else "Room", rtl=rtl)
        digits = [box for box in boxes(pdf) if box[1] == "1"]
        letters = [box for box in boxes(pdf) if box[1].isalpha()]
        return digits[0][2], letters[0][2]

    number, footer = edges(rtl=False)
    assert footer < MARGIN + 30 < PAGE[0] - MARGIN - 30 < number
    number, footer = edges(rtl=True)
    assert number < MARGIN + 30 < PAGE[0] - MARGIN - 60 < footer


def test_a_message_has_author_and_time_on_one_line_and_is_mirrored_in_a_right_to_left_document() -> None:
    def places(*, rtl: bool) -> dict[str, tuple[float, float]]:
        pdf = made(lambda document: document.message("A", "7", "B\nب"), rtl=rtl)
        return {sign: (left, bottom) for _page, sign, left, bottom, _right, _top in boxes(pdf) if bottom > BOTTOM}

    there = places(rtl=False)
    assert there["A"][1] == pytest.approx(there["7"][1], abs=0.5)
    assert there["A"][0] < there["7"][0]
    assert there["B"][0] < MARGIN + 5
    assert there["ب"][0] > PAGE[0] - MARGIN - 20
    there = places(rtl=True)
    assert there["A"][0] > there["7"][0] > PAGE[0] / 2
    assert there["B"][0] < MARGIN + 5  # what is said has its own direction


def test_a_name_keeps_its_order_in_a_document_of_the_other_direction() -> None:
    pdf = made(lambda document: document.message("Bob!", "٧", "x"), rtl=True)

    there = {sign: left for _page, sign, left, bottom, *_box in boxes(pdf) if bottom > BOTTOM}
    assert there["B"] < there["b"] < there["!"]


def test_who_and_when_and_a_day_are_never_left_alone_at_the_end_of_a_page() -> None:
    for lines in range(34, 48):

        def write(document: Document, lines: int = lines) -> None:
            document.paragraph("\n".join(["filler"] * lines))
            document.separator("Monday")
            document.message("Alice", "12:00", "hello")

        for text in texts(made(write)):
            assert ("Monday" in text) == ("Alice" in text) == ("hello" in text)


def test_facts_stand_in_two_columns_and_long_ones_wrap() -> None:
    pdf = made(lambda document: document.facts([("Zip", "one " * 60), ("Q", "")]))

    lefts = {round(left) for _page, sign, left, *_box in boxes(pdf) if sign in "ZQ"}
    values = [left for _page, sign, left, bottom, *_box in boxes(pdf) if sign == "o" and bottom > BOTTOM]
    assert max(lefts) < MARGIN + 3
    assert min(values) > MARGIN + 100
    assert texts(pdf)[0].split().count("one") == 60


def test_a_link_leads_where_it_says_and_other_text_stays_text() -> None:
    def write(document: Document) -> None:
        document.link("Back <b>&amp;</b>", "https://example.org/?a=1&b=(2)")
        document.paragraph("<b>bold?</b> &amp; <img src='/etc/hostname'/> https://example.com")

    pdf = made(write)

    (page,) = PdfReader(BytesIO(pdf), strict=True).pages
    assert links(page) == ["https://example.org/?a=1&b=%282%29"]
    assert "Back <b>&amp;</b>" in texts(pdf)[0]
    assert "<b>bold?</b> &amp; <img src='/etc/hostname'/> https://example.com" in texts(pdf)[0]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK"])
def test_a_picture_is_drawn_within_its_height_and_says_what_it_is(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "black.tiff"
    Image.new("RGB", (800, 400), "black").convert(mode).save(path)

    pdf = made(lambda document: document.picture(path, alt="A black one", max_height=100))

    page, x = drawn(pdf, scale=1), int(MARGIN) + 50
    column = page.convert("L").crop((x, 0, x + 1, page.height)).tobytes()
    assert sum(value < 60 for value in column) == pytest.approx(100, abs=2)
    assert "A black one" in texts(pdf)[0]


def test_a_huge_picture_is_made_as_small_as_it_is_drawn() -> None:
    noise = Image.effect_noise((1500, 1500), 90)

    assert len(made(lambda document: document.picture(noise, alt="", max_height=50))) < 60_000


@pytest.mark.parametrize(
    "text",
    [
        "Plain: office, AVATAR, Ünïcödé, Việt, e\u0301",
        "Привет, мир. Καλημέρα κόσμε.",
        "الحمد لله. مرحبا بالعالم، كيف حالك؟ لا بأس",
        "أهلًا وسهلًا، شكرًا جزيلًا. الإخاء",
        "مُحَمَّدٌ رَسُولُ اللَّهِ",
        "تمام افراد بشر آزاد به دنیا می‌آیند",
        "انہیں ضمیر اور عقل ودیعت ہوئی ہے۔",
        "כל בני האדם נולדו בני חורין",
        "שָׁלוֹם עֲלֵיכֶם",
        "हिन्दी में लिखा हुआ संदेश कि क्या हुआ",
        "इस मामले में वह है की नहीं",
        "বাংলা ভাষা তে শ্রদ্ধা",
        "தமிழ் மொழி",
        "ภาษาไทยเป็นภาษาที่มีน้ำ",
        "中文字符测试，这是。㋿",
        "日本語のテキスト、カタカナ",
        "한국어 텍스트",
        "Hello 😀 👩🏽‍🚀 🇩🇪 1️⃣ x",
        "box \U00012000 end",
        "قال الرجل (وهو صديقي) إنه سيأتي [غدا]",
        "قال «مرحبا» ثم خرج (الآن",
        "إذا كان أ < ب فإن ب > أ",
        "אמר האיש (חבר שלי) שהוא יבוא [מחר]",
        "مُحَمَّدٌ (رَسُولُ) اللَّهِ",
        "שָׁלוֹם (עֲלֵיכֶם)",
        "السعر (150 جنيه) فقط",
        "الحمد لله، مُحَمَّد؛ (١٢٣) هل وصل الطلب؟",
        "شقة [12] و (13), نعم",
        "הזמנה (123) מוכנה",
        "قال (١) [٢] {٣} «٤» نعم",
        "في 2024، ثم 12,50. نعم",
        "خصم ٥٠٪ اليوم, أو 50%",
        "مبلغ -5 درجات",
        "من ٧/٨ إلى ٩",
        "رقم 123... نعم",
        "من 5/12. إلى 12:30.",
        "הכל 123. תודה",
        "قال Bob Smith: مرحبا يا صديقي",
        "اشتريت iPhone 15 Pro من المتجر اليوم",
        "רק The Big List: קראו את זה היום בבקשה",
        "الحمد لله (١٢٣ x) هل وصل",
        "اشتريت 15 Pro. شكرا جزيلا لكم",
        "اشتريت iPhone 15. شكرا جزيلا لكم",
        "رقم 12 Bob! شكرا جزيلا لكم",
        "(123.) نعم",
        "اقرأ plaza.example/a-b?c=d الآن يا أخي العزيز شكرا جزيلا",
        "مرحبا Bob كيف حالك",
        "قَالَ Bob: مُحَمَّدٌ (x)",
        "مرحبا 😀 صديقي 👍 شكرا",
        "My friend (محمد) is here",
    ],
)
@pytest.mark.parametrize("rtl", [False, True])
def test_what_is_copied_is_what_was_written(text: str, rtl: bool) -> None:
    pdf = made(lambda document: document.paragraph(text), rtl=rtl)

    for copied in (texts(pdf)[0], framed_text(pdf)):
        one = " ".join(copied.removesuffix("1 / 1").split())
        assert normalize("NFC", one) == normalize("NFC", text)  # pdfium changes the order of marks that share a letter


MIXED = st.sampled_from(
    ["Bob", "x.y", "a-b", "مرحبا", "نعم", "שלום", "12", "٣٤", "5", *"()«[]»?!", *".,-%$:/", " ", " ", " "]
)
OPENED = str.maketrans(")]»", "([«")  # which of the two is copied is another question


@given(words=st.lists(MIXED, min_size=1, max_size=10))
@example(words=["Bob", "مرحبا", "12", "مرحبا", "12"])
@example(words=["مرحبا", " ", "15", " ", "Bob", ".", " ", "نعم"])
def test_of_two_directions_in_a_line_no_letter_is_lost_or_copied_twice(words: list[str]) -> None:
    text = "".join(words)
    pdf = made(lambda document: document.paragraph(text))

    copied = texts(pdf)[0].replace("\ufffe", "-")  # as pdfium has a hyphen at a line's end
    assert sorted("".join(copied.split()).translate(OPENED)) == sorted("".join(f"{text}1/1".split()).translate(OPENED))


def test_numbers_of_the_page_s_operators_stand_apart() -> None:
    pdf = made(lambda document: document.paragraph("خصم ٥٠٪ اليوم، 50%. شَهْرًا مُحَمَّدٌ (رَسُولُ) اللَّهِ " * 3))

    (page,) = PdfReader(BytesIO(pdf), strict=True).pages
    contents = page.get_contents()
    assert contents is not None
    arrays = re.findall(r"\[([^\]]*)\] TJ", contents.get_data().decode("ascii"))
    assert arrays
    assert [one for one in arrays if not re.fullmatch(r"(?:<[0-9A-F]*>|-?[0-9]+(?=[ <]|$)| )*", one)] == []


def test_only_the_glyphs_that_are_used_are_in_the_file() -> None:
    def write(document: Document) -> None:
        for place in range(200):
            document.message(
                f"person {place % 9}",
                "12:00",
                f"Hello {place} 😀 مرحبا {chr(0x4E00 + place)} नमस्ते สวัสดี {'🎉🇩🇪👍🏽'[place % 3]}",
            )

    pdf = made(write)

    assert len(pdf) < 200_000


def test_pages_are_written_as_they_fill_and_memory_does_not_grow_with_them() -> None:
    def highest(messages: int) -> int:
        with BytesIO() if messages < 0 else Sink() as file, Document(file, title="x", language="en") as document:
            tracemalloc.start()
            for place in range(messages):
                document.message("Alice", "12:00", f"hello {place % 50} there " * 5)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return peak

    highest(50)  # fonts and words are loaded

    assert highest(400) - highest(100) < 150_000


def test_documents_that_are_made_at_the_same_time_do_not_mix() -> None:
    def write(_place: int) -> bytes:
        file = BytesIO()
        gallery.write(file, ["arabic", "devanagari", "thai", "emoji"])
        return re.sub(rb"/CreationDate \(.*?\)", b"", file.getvalue())

    alone = write(0)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(write, range(8))) == {alone}


@pytest.mark.laboratory  # CI has chat/tests/test_transcript_speed.py, which measures a worker
def test_ten_thousand_messages_take_less_than_twenty_seconds_of_the_processor() -> None:
    words = ["hello", "नमस्ते", "दुनिया", "مرحبا", "بالعالم", "שלום", "עולם", "你好，世界", "สวัสดีครับ", "привет", "😀"]
    words += ["meeting", "tomorrow", "12:30"]
    taken = []
    for count in (1000, 10_000):
        start = time.process_time()
        with Document(Sink(), title="x", language="en") as document:
            for place in range(count):
                document.message(
                    f"person {place % 50}", "12:00", " ".join(words[place % 7 :] + words[: place % 5]) + str(place)
                )
        taken.append(time.process_time() - start)
        print(f"{count} messages: {taken[-1]:.1f} s")

    assert taken[1] < 20
    assert taken[1] < 15 * taken[0]  # linear: ten times, and the clock's moods


def test_objects_are_where_the_table_says() -> None:
    pdf = made(lambda document: document.paragraph("ok"))
    table = pdf[pdf.rindex(b"xref\n0") :]

    offsets = [int(row) for row in re.findall(rb"(\d{10}) 00000 n", table)]
    for number, offset in enumerate(offsets, 1):
        assert pdf[offset:].startswith(b"%d 0 obj" % number)
    assert len(offsets) == pdf.count(b" 0 obj\n")
    assert all(before != after for before, after in pairwise(sorted(offsets)))


def links(page: PageObject) -> list[str]:
    annotations: Any = page["/Annots"]
    return [one.get_object()["/A"]["/URI"] for one in annotations]


class Sink(BytesIO):
    """A file of which nothing is kept."""

    def write(self, data: object, /) -> int:
        return 0
