"""Brings third-party front-end files into static/, from pinned packages of the npm registry.

    python scripts/vendor.py            fetch what is pinned below and not here yet; write the files and their manifest
    python scripts/vendor.py --check    offline: are all files there, unchanged, and the icons those in use?

Needs `npm` to fetch; the check needs nothing. The icons that templates name by `{% icon "name" %}` are composed
into one sprite, static/img/icons.svg; emoji into one list in English, and one of names for each other language.
"""

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
MANIFEST = STATIC / "vendor" / "manifest.json"
SPRITE = "img/icons.svg"
ICON_TAG = re.compile(r"""{%\s*icon\s+["']([a-z0-9-]+)["']""")
SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
EMOJI = "vendor/emoji/en.json"
EMOJI_LANGUAGES = ("ar",)  # besides English: what static/js/emoji.js also searches in such a page
EMOJI_VERSION = 15.1  # newer ones are boxes on most devices
COMPONENT_GROUP = 2  # skin tones and hair: no emoji by themselves

Composed = dict[str, bytes]  # path in static/ -> content


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    licence: str
    files: dict[str, str]  # path in the package -> path in static/
    compose: Callable[[tarfile.TarFile], Composed] | None = None  # what is made of other files in it


def compose_sprite(tar: tarfile.TarFile) -> Composed:
    drawings = {name: _member(tar, f"icons/{name}.svg").decode() for name in icons_in_use()}
    symbols = []
    for name, svg in drawings.items():
        body = SVG_BODY.search(svg)
        if body is None:
            raise SystemExit(f"The icon {name} is not an SVG.")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(body[1].split())}</symbol>')
    credit = "<!-- Lucide, ISC licence: vendor/lucide/LICENSE. Made by scripts/vendor.py. -->"
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">', credit, *symbols, "</svg>", ""]
    return {SPRITE: "\n".join(lines).encode()}


def compose_emoji(tar: tarfile.TarFile) -> Composed:
    """`[[emoji, name, "words to find it by"], …]` for each group, in the order in which people know them."""
    groups: dict[int, list[list[str]]] = {}
    for one in sorted(json.loads(_member(tar, "en/data.json")), key=lambda one: one.get("order", 0)):
        group = one.get("group", COMPONENT_GROUP)
        if group != COMPONENT_GROUP and one["version"] <= EMOJI_VERSION:
            groups.setdefault(group, []).append([one["emoji"], one["label"], " ".join(one.get("tags", ()))])
    return {EMOJI: _compact_json([groups[number] for number in sorted(groups)])}


def compose_emoji_names(tar: tarfile.TarFile) -> Composed:
    """`{emoji: [name, "words"]}` for each other language. Flags are left out: browsers know the names of countries."""
    english = json.loads((STATIC / EMOJI).read_text(encoding="utf-8"))
    made: Composed = {}
    for language in EMOJI_LANGUAGES:
        annotations = json.loads(_member(tar, f"annotations/{language}/annotations.json"))
        known = annotations["annotations"]["annotations"]
        names = {}
        for emoji in (emoji for group in english for emoji, _, _ in group):
            said = known.get(emoji) or known.get(emoji.replace("\ufe0f", ""))
            if said and "tts" in said:
                names[emoji] = [said["tts"][0], " ".join(said.get("default", ()))]
        made[f"vendor/emoji/{language}.json"] = _compact_json(names)
    return made


LUCIDE = Package("lucide-static", "1.62.0", "ISC", {"LICENSE": "vendor/lucide/LICENSE"}, compose_sprite)
PACKAGES = (
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        {
            "files/inter-latin-wght-normal.woff2": "fonts/inter/latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "fonts/inter/latin-ext.woff2",
            "LICENSE": "fonts/inter/LICENSE",
        },
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
        {
            "files/vazirmatn-arabic-wght-normal.woff2": "fonts/vazirmatn/arabic.woff2",
            "LICENSE": "fonts/vazirmatn/LICENSE",
        },
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
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="verify the committed files, offline")
    if parser.parse_args().check:
        wrong = problems()
        print("\n".join(wrong) or "Vendored files are as the manifest says.")
        return 1 if wrong else 0
    fetch_all()
    return 0


def fetch_all() -> None:
    """Fetches what is not here as the manifest says, then writes the manifest anew."""
    before = _read_manifest()
    known = {entry["name"]: entry for entry in before["packages"]}
    after: dict[str, Any] = {"packages": [], "files": {}}
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            entry = known.get(package.name, {})
            if not _is_current(package, entry, before["files"]):
                entry = _fetch(package, Path(folder), entry)
            after["files"].update({path: _sha256(STATIC / path) for path in entry["files"]})
            after["packages"].append(entry)
    after["files"] = dict(sorted(after["files"].items()))
    MANIFEST.write_text(json.dumps(after, indent=2) + "\n", encoding="utf-8")
    print(f"{len(after['files'])} files of {len(PACKAGES)} packages, {len(icons_in_use())} icons.")


def _is_current(package: Package, entry: dict[str, Any], digests: dict[str, str]) -> bool:
    if entry.get("version") != package.version or (package is LUCIDE and _sprite_problems()):
        return False
    files = {path: STATIC / path for path in entry.get("files", ())}
    whole = all(file.is_file() and _sha256(file) == digests.get(path) for path, file in files.items())
    return whole and set(package.files.values()) <= set(files)


def _fetch(package: Package, folder: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """Its entry in the manifest, with its files written."""
    archive = _download(package, folder)
    integrity = _integrity(archive)
    if entry.get("version") == package.version and entry["integrity"] != integrity:
        raise SystemExit(f"{package.name} {package.version} is not what it was: {integrity}")
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "licence_file": package.files["LICENSE"],
        "integrity": integrity,
        "files": _unpack(package, archive),
    }


def problems() -> list[str]:
    """One sentence for each file that is missing or changed, and for a sprite that is not up to date."""
    manifest = _read_manifest()
    said = []
    for path, digest in manifest["files"].items():
        file = STATIC / path
        if not file.is_file():
            said.append(f"static/{path} is missing. Run: python scripts/vendor.py")
        elif _sha256(file) != digest:
            said.append(f"static/{path} is not the file that was vendored.")
    pinned = [(package.name, package.version) for package in PACKAGES]
    if [(entry["name"], entry["version"]) for entry in manifest["packages"]] != pinned:
        said.append("The manifest has other versions than scripts/vendor.py. Run: python scripts/vendor.py")
    return said + _sprite_problems()


def icons_in_use() -> list[str]:
    """Names of the icons in templates, in alphabetical order."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "templates").rglob("*.html")))
    return sorted({name for text in texts for name in ICON_TAG.findall(text)})


def _sprite_problems() -> list[str]:
    sprite = STATIC / SPRITE
    drawn = re.findall(r'<symbol id="([a-z0-9-]+)"', sprite.read_text(encoding="utf-8")) if sprite.is_file() else []
    if drawn == icons_in_use():
        return []
    missing, spare = set(icons_in_use()) - set(drawn), set(drawn) - set(icons_in_use())
    return [f"The sprite lacks {sorted(missing)} and has unused {sorted(spare)}. Run: python scripts/vendor.py"]


def _download(package: Package, folder: Path) -> Path:
    command = ["npm", "pack", f"{package.name}@{package.version}", "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return folder / done.stdout.split()[-1]


def _unpack(package: Package, archive: Path) -> list[str]:
    """The paths in static/ that were written."""
    with tarfile.open(archive) as tar:
        made = {target: _member(tar, source) for source, target in package.files.items()}
        if package.compose:
            made |= package.compose(tar)
    for target, content in made.items():
        _write(target, content)
    return list(made)


def _member(tar: tarfile.TarFile, path: str) -> bytes:
    try:
        file = tar.extractfile(f"package/{path}")
    except KeyError:
        file = None
    if file is None:
        raise SystemExit(f"{path} is not in the package.")
    return file.read()


def _compact_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _write(target: str, content: bytes) -> None:
    path = STATIC / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _read_manifest() -> dict[str, Any]:
    if not MANIFEST.is_file():
        return {"packages": [], "files": {}}
    manifest: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return manifest


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _integrity(archive: Path) -> str:
    """As npm writes it: sha512 of the archive, in base64."""
    return "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()


if __name__ == "__main__":
    sys.exit(main())
