"""What scripts/vendor.py brings into the tree: packages, which of their files, and what is made of some."""

import json
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
SPRITE = "img/icons.svg"
ICON_TAG = re.compile(r"""{%\s*icon\s+["']([a-z0-9-]+)["']""")
SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
EMOJI = "vendor/emoji/en.json"
EMOJI_LANGUAGES = ("ar",)  # besides English: what static/js/emoji.js also searches in such a page
EMOJI_VERSION = 15.1  # newer ones are boxes on most devices
COMPONENT_GROUP = 2  # skin tones and hair: no emoji by themselves
WEIGHTS = (400, 700)  # of the fonts; as @font-face has them in static/css/plaza.css
UNUSED = {"frac", "numr", "dnom"}  # of a font's features: fractions. All else stays: joining, marks, kerning, figures
# Latin without the letters that English lacks is a file of its own: most pages need no more, Arabic ones neither.
BASIC_LATIN = (
    "U+0020-007E, U+00A0, U+00A9, U+00AB, U+00B7, U+00BB, U+00D7, U+0304, U+0308, U+2009-2014, U+2018-2019, "
    "U+201C-201D, U+2022, U+2026, U+2039-203A, U+20AC, U+2191, U+2193, U+2212"
)
# And so is what Arabic, Persian, Urdu and Kurdish are written with: a quarter less than all Arabic letters together.
BASIC_ARABIC = (
    "U+060C, U+061B, U+061F, U+0621-063A, U+0640-0654, U+0660-066D, U+0670-0671, U+0679, U+067E, U+0686, U+0688, "
    "U+0691, U+0695, U+0698, U+06A4, U+06A9, U+06AF, U+06B5, U+06BA, U+06BE, U+06C1-06C3, U+06C6, U+06CC, U+06CE, "
    "U+06D2-06D5, U+06F0-06F9, U+200E"
)

PDF_FONTS = "core/pdf/fonts"
NAUGHTY = "core/tests/data/naughty"
EMOJI_COLOURS = 64  # of a picture in PDFs: a third of the bytes, and nobody sees it at the size of a letter

Composed = dict[str, bytes]  # path in static/, or from core/ on -> content


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    licence: str
    files: dict[str, str]  # path in the package -> path in static/, or from core/ on
    compose: Callable[["Archive"], Composed] | None = None  # what is made of other files in it
    registry: str = "npm"  # or pypi, debian

    @property
    def licence_file(self) -> str:
        return next(target for target in self.files.values() if "LICENSE" in target)


class Archive:
    """The files of a fetched package."""

    def __init__(self, path: Path, registry: str) -> None:
        self._zip = zipfile.ZipFile(path) if registry == "pypi" else None
        self._tar = None if self._zip else tarfile.open(fileobj=BytesIO(_as_tar(path, registry)))  # noqa: SIM115 - in memory
        self._top = {"npm": "package/", "debian": "./"}.get(registry, "")
        listed = self._zip.namelist() if self._zip else self._tar.getnames() if self._tar else []
        self.names = [name.removeprefix(self._top) for name in listed]

    def read(self, path: str) -> bytes:
        if path not in self.names:
            raise SystemExit(f"{path} is not in the package.")
        if self._zip:
            return self._zip.read(path)
        file = self._tar.extractfile(self._top + path) if self._tar else None
        return file.read() if file else b""


def _as_tar(path: Path, registry: str) -> bytes:
    if registry == "debian":
        return subprocess.run(["dpkg-deb", "--fsys-tarfile", str(path)], check=True, capture_output=True).stdout
    return path.read_bytes()


def compose_sprite(archive: Archive) -> Composed:
    drawings = {name: archive.read(f"icons/{name}.svg").decode() for name in icons_in_use()}
    symbols = []
    for name, svg in drawings.items():
        body = SVG_BODY.search(svg)
        if body is None:
            raise SystemExit(f"The icon {name} is not an SVG.")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(body[1].split())}</symbol>')
    credit = "<!-- Lucide, ISC licence: vendor/lucide/LICENSE. Made by scripts/vendor.py. -->"
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">', credit, *symbols, "</svg>", ""]
    return {SPRITE: "\n".join(lines).encode()}


def compose_emoji(archive: Archive) -> Composed:
    """`[[emoji, name, "words to find it by"], …]` for each group, in the order in which people know them."""
    groups: dict[int, list[list[str]]] = {}
    for one in sorted(json.loads(archive.read("en/data.json")), key=lambda one: one.get("order", 0)):
        group = one.get("group", COMPONENT_GROUP)
        if group != COMPONENT_GROUP and one["version"] <= EMOJI_VERSION:
            groups.setdefault(group, []).append([one["emoji"], one["label"], " ".join(one.get("tags", ()))])
    return {EMOJI: _compact_json([groups[number] for number in sorted(groups)])}


def compose_emoji_names(archive: Archive) -> Composed:
    """`{emoji: [name, "words"]}` for each other language. Flags are left out: browsers know the names of countries."""
    english = json.loads((STATIC / EMOJI).read_text(encoding="utf-8"))
    made: Composed = {}
    for language in EMOJI_LANGUAGES:
        annotations = json.loads(archive.read(f"annotations/{language}/annotations.json"))
        known = annotations["annotations"]["annotations"]
        names = {}
        for emoji in (emoji for group in english for emoji, _, _ in group):
            said = known.get(emoji) or known.get(emoji.replace("\ufe0f", ""))
            if said and "tts" in said:
                names[emoji] = [said["tts"][0], " ".join(said.get("default", ()))]
        made[f"vendor/emoji/{language}.json"] = _compact_json(names)
    return made


def compose_latin(archive: Archive) -> Composed:
    latin, basic = archive.read("files/inter-latin-wght-normal.woff2"), characters(BASIC_LATIN)
    return {
        "fonts/inter/latin.woff2": narrowed(latin, only=basic),
        "fonts/inter/latin-1.woff2": narrowed(latin, without=basic),
    }


def compose_emoji_pictures(archive: Archive) -> Composed:
    """`emoji.zip`: a PNG of 64 pixels for each sequence, named by its code points."""
    from PIL import Image

    made = BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name in sorted(
            name for name in archive.names if name.startswith("img/google/64/") and name.endswith(".png")
        ):
            reduced = (
                Image.open(BytesIO(archive.read(name)))
                .convert("RGBA")
                .quantize(EMOJI_COLOURS, Image.Quantize.FASTOCTREE)
            )
            picture = BytesIO()
            reduced.save(picture, "PNG", optimize=True)
            packed.writestr(zipfile.ZipInfo(Path(name).name), picture.getvalue())  # ZipInfo: with no time of its own
    return {f"{PDF_FONTS}/emoji.zip": made.getvalue()}


def compose_arabic(archive: Archive) -> Composed:
    arabic, basic = archive.read("files/vazirmatn-arabic-wght-normal.woff2"), characters(BASIC_ARABIC)
    return {
        "fonts/vazirmatn/arabic.woff2": narrowed(arabic, only=basic),
        "fonts/vazirmatn/arabic-ext.woff2": narrowed(arabic, without=basic),
    }


def pdf_font(name: str, version: str, *, bold: bool = False) -> Package:
    """A family of Noto Sans as TrueType: `name` is what comes after "Noto Sans"."""
    file = f"NotoSans{name.title().replace('-', '')}"
    files = {
        f"400Regular/{file}_400Regular.ttf": f"{PDF_FONTS}/{file}.ttf",
        "LICENSE_FONT": f"{PDF_FONTS}/{file}.LICENSE",
    }
    if bold:
        files[f"700Bold/{file}_700Bold.ttf"] = f"{PDF_FONTS}/{file}-Bold.ttf"
    return Package(f"@expo-google-fonts/noto-sans{f'-{name}' if name else ''}", version, "OFL-1.1", files)


def icons_in_use() -> list[str]:
    """Names of the icons in templates, in alphabetical order."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "templates").rglob("*.html")))
    return sorted({name for text in texts for name in ICON_TAG.findall(text)})


def narrowed(woff2: bytes, *, only: Collection[int] = (), without: Collection[int] = ()) -> bytes:
    """A font with WEIGHTS alone, without UNUSED, and with `only` some characters, or all `without` some.

    The same bytes each time, with the same versions of fonttools and brotli.
    """
    from fontTools import subset  # here: what only checks does without them
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    font = TTFont(BytesIO(woff2), recalcTimestamp=False)
    tables = [font[name].table for name in ("GSUB", "GPOS") if name in font]
    features = {record.FeatureTag for table in tables for record in table.FeatureList.FeatureRecord}
    options = subset.Options(hinting=False, glyph_names=False, notdef_outline=True)
    options.layout_features = sorted(features - UNUSED)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=set(font.getBestCmap()) & set(only or font.getBestCmap()) - set(without))
    subsetter.subset(font)
    instantiateVariableFont(font, {"wght": WEIGHTS}, inplace=True)
    font.flavor = "woff2"
    made = BytesIO()
    font.save(made)
    return made.getvalue()


def characters(ranges: str) -> set[int]:
    """Of a `unicode-range` as CSS writes it."""
    found: set[int] = set()
    for part in ranges.replace("U+", "").split(","):
        first, _, last = part.strip().partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


def _compact_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


LUCIDE = Package("lucide-static", "1.62.0", "ISC", {"LICENSE": "vendor/lucide/LICENSE"}, compose_sprite)
PACKAGES = (
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        {
            "files/inter-latin-ext-wght-normal.woff2": "fonts/inter/latin-ext.woff2",
            "LICENSE": "fonts/inter/LICENSE",
        },
        compose_latin,
    ),
    Package(
        "@fontsource-variable/noto-sans-arabic",
        "5.3.0",
        "OFL-1.1",
        {
            "files/noto-sans-arabic-arabic-wght-normal.woff2": "fonts/noto-sans-arabic/arabic.woff2",
            "LICENSE": "fonts/noto-sans-arabic/LICENSE",
        },
    ),
    Package(
        "@fontsource-variable/noto-sans-devanagari",
        "5.3.0",
        "OFL-1.1",
        {
            "files/noto-sans-devanagari-devanagari-wght-normal.woff2": "fonts/noto-sans-devanagari/devanagari.woff2",
            "LICENSE": "fonts/noto-sans-devanagari/LICENSE",
        },
    ),
    Package(
        "@fontsource-variable/vazirmatn",
        "5.3.0",
        "OFL-1.1",
        {"LICENSE": "fonts/vazirmatn/LICENSE"},
        compose_arabic,
    ),
    LUCIDE,
    Package("emojibase-data", "17.0.0", "MIT", {"LICENSE": "vendor/emoji/LICENSE"}, compose_emoji),
    # After the emoji, whose names it has in other languages.
    Package(
        "cldr-annotations-full",
        "48.2.0",
        "Unicode-3.0",
        {"LICENSE": "vendor/emoji/LICENSE.unicode"},
        compose_emoji_names,
    ),
    pdf_font("", "0.4.2", bold=True),
    Package(
        "@expo-google-fonts/vazirmatn",
        "0.4.1",
        "OFL-1.1",
        {
            "400Regular/Vazirmatn_400Regular.ttf": f"{PDF_FONTS}/Vazirmatn.ttf",
            "700Bold/Vazirmatn_700Bold.ttf": f"{PDF_FONTS}/Vazirmatn-Bold.ttf",
            "LICENSE_FONT": f"{PDF_FONTS}/Vazirmatn.LICENSE",
        },
    ),
    pdf_font("arabic", "0.4.3"),
    pdf_font("hebrew", "0.4.1", bold=True),
    pdf_font("armenian", "0.4.2"),
    pdf_font("bengali", "0.4.4"),
    pdf_font("ethiopic", "0.4.2"),
    pdf_font("georgian", "0.4.3"),
    pdf_font("gujarati", "0.4.2"),
    pdf_font("gurmukhi", "0.4.1"),
    pdf_font("kannada", "0.4.3"),
    pdf_font("khmer", "0.4.3"),
    pdf_font("lao", "0.4.2"),
    pdf_font("malayalam", "0.4.2"),
    pdf_font("math", "0.4.2"),
    pdf_font("myanmar", "0.4.2"),
    pdf_font("oriya", "0.4.2"),
    pdf_font("sinhala", "0.4.2"),
    pdf_font("symbols", "0.4.1"),
    pdf_font("symbols-2", "0.4.1"),
    pdf_font("tamil", "0.4.3"),
    pdf_font("telugu", "0.4.2"),
    pdf_font("thai", "0.4.2"),
    Package(
        "fonts-droid-fallback",
        "1:6.0.1r16-1.1",
        "Apache-2.0",
        {
            "usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf": f"{PDF_FONTS}/DroidSansFallback.ttf",
            "usr/share/doc/fonts-droid-fallback/copyright": f"{PDF_FONTS}/DroidSansFallback.LICENSE",
        },
        registry="debian",
    ),
    Package(
        "emoji-datasource-google",
        "16.0.0",
        "MIT AND Apache-2.0",
        {"LICENSE": f"{PDF_FONTS}/emoji.LICENSE"},
        compose_emoji_pictures,
    ),
    Package(
        "big-list-of-naughty-strings",
        "1.0.0",
        "MIT",
        {"blns.json": f"{NAUGHTY}/blns.json", "LICENSE": f"{NAUGHTY}/LICENSE"},
    ),
    Package(
        "pythainlp",
        "5.4.0",
        "Apache-2.0 AND CC0-1.0",
        {
            "pythainlp/corpus/words_th.txt": f"{PDF_FONTS}/thai-words.txt",
            "pythainlp/corpus/corpus_license.md": f"{PDF_FONTS}/thai-words.LICENSE.md",
            "pythainlp-5.4.0.dist-info/licenses/LICENSE": f"{PDF_FONTS}/Apache-2.0.LICENSE",
        },
        registry="pypi",
    ),
)
