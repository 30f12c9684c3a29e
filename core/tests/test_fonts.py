"""The fonts are cut into files by character: each file has what the style sheet asks of it."""

import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from scripts import vendor_packages as vendor
from scripts.vendor_packages import characters

ROOT = Path(__file__).resolve().parent.parent.parent
CSS = ROOT / "static/css/plaza.css"
FACES = re.findall(r"@font-face \{(.*?)\}", CSS.read_text(encoding="utf-8"), re.DOTALL)
ARABIC, PERSIAN, URDU, KURDISH = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهويىًٌٍَُِّْ٠٩،؛؟", "پچژگکی۰۹", "ٹڈڑںھہۂۃےۓ۔", "ڕڵۆێە"
PASHTO, UYGHUR = "ټځڅډړږښڼېۍ", "ۇۈۋېڭ"


def told(face: str, name: str) -> str:
    found = re.search(rf"{name}:\s*([^;]+);", face)
    assert found, face
    return " ".join(found[1].split())


def font(face: str) -> TTFont:
    path = told(face, "src").partition('"../')[2].partition('"')[0]
    return TTFont(ROOT / "static" / path)


def faces_of(family: str) -> list[str]:
    return [face for face in FACES if told(face, "font-family").strip('"') == family]


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.partition("fonts/")[2].partition(".woff2")[0])
def test_a_file_has_the_weights_that_the_style_sheet_says(face):
    axes = {axis.axisTag: (int(axis.minValue), int(axis.maxValue)) for axis in font(face)["fvar"].axes}

    assert axes == {"wght": vendor.WEIGHTS}
    assert told(face, "font-weight") == "{} {}".format(*vendor.WEIGHTS)


def test_each_latin_letter_is_asked_of_a_file_that_has_it_and_english_of_one_file_alone():
    asked = [(characters(told(face, "unicode-range")), set(font(face).getBestCmap())) for face in faces_of("Inter")]
    basic = characters(vendor.BASIC_LATIN)

    assert any(ranges == basic for ranges, _drawn in asked)
    for sign in [
        *range(0x20, 0x7F),
        *range(0xA1, 0xAD),
        *range(0xAE, 0x100),
        *map(ord, "ŒœıĄąćęłńśźżčďěňřšťůžğİş–—‘’“”„…€™"),
    ]:
        files = [drawn for ranges, drawn in asked if sign in ranges]
        assert any(sign in drawn for drawn in files), chr(sign)
        assert sign not in basic or len(files) == 1, chr(sign)


def test_arabic_persian_urdu_and_kurdish_are_in_one_file_that_joins_their_letters():
    face, _rare = faces_of("Vazirmatn")
    drawn = font(face)
    joining = {record.FeatureTag for record in drawn["GSUB"].table.FeatureList.FeatureRecord}
    placing = {record.FeatureTag for record in drawn["GPOS"].table.FeatureList.FeatureRecord}

    letters = set(map(ord, ARABIC + PERSIAN + URDU + KURDISH))
    assert letters <= set(drawn.getBestCmap())
    assert letters <= characters(told(face, "unicode-range")) == characters(vendor.BASIC_ARABIC)
    assert {"init", "medi", "fina", "rlig"} <= joining
    assert {"mark", "mkmk"} <= placing


def test_pashto_and_uyghur_find_their_other_letters_in_the_second_file_and_no_letter_is_asked_of_both():
    basic, rare = faces_of("Vazirmatn")
    asked, joining = characters(told(rare, "unicode-range")), font(rare)["GSUB"].table.FeatureList.FeatureRecord

    assert set(map(ord, PASHTO + UYGHUR)) <= asked & set(font(rare).getBestCmap())
    assert {"init", "medi", "fina"} <= {record.FeatureTag for record in joining}
    assert not asked & characters(told(basic, "unicode-range"))
