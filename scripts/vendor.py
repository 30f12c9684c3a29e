"""Brings third-party front-end files into static/, from pinned packages of the npm registry.

    python scripts/vendor.py            fetch what is pinned below, write the files and static/vendor/manifest.json
    python scripts/vendor.py --check    offline: are all files there, unchanged, and the icons those in use?

Needs `npm` to fetch; the check needs nothing. The icons that templates name by `{% icon "name" %}` are composed
into one sprite, static/img/icons.svg.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
MANIFEST = STATIC / "vendor" / "manifest.json"
SPRITE = "img/icons.svg"
ICON_TAG = re.compile(r"""{%\s*icon\s+["']([a-z0-9-]+)["']""")
SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    licence: str
    files: dict[str, str]  # path in the package -> path in static/


LUCIDE = Package("lucide-static", "1.62.0", "ISC", {"LICENSE": "vendor/lucide/LICENSE"})
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
    LUCIDE,
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
    """Writes every vendored file, then the manifest that describes them."""
    known = {entry["name"]: entry for entry in _read_manifest()["packages"]}
    manifest: dict[str, Any] = {"packages": [], "files": {}}
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            archive = _download(package, Path(folder))
            integrity = _integrity(archive)
            before = known.get(package.name, {})
            if before.get("version") == package.version and before["integrity"] != integrity:
                raise SystemExit(f"{package.name} {package.version} is not what it was: {integrity}")
            written = _unpack(package, archive)
            manifest["files"].update({path: _sha256(STATIC / path) for path in written})
            manifest["packages"].append(_entry(package, integrity))
    manifest["files"] = dict(sorted(manifest["files"].items()))
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    print(f"{len(manifest['files'])} files of {len(PACKAGES)} packages, {len(icons_in_use())} icons.")


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
        for source, target in package.files.items():
            _write(target, _member(tar, source))
        if package is not LUCIDE:
            return list(package.files.values())
        _write(SPRITE, _sprite({name: _member(tar, f"icons/{name}.svg").decode() for name in icons_in_use()}))
    return [*package.files.values(), SPRITE]


def _member(tar: tarfile.TarFile, path: str) -> bytes:
    try:
        file = tar.extractfile(f"package/{path}")
    except KeyError:
        file = None
    if file is None:
        raise SystemExit(f"{path} is not in the package.")
    return file.read()


def _sprite(icons: dict[str, str]) -> bytes:
    symbols = []
    for name, svg in icons.items():
        body = SVG_BODY.search(svg)
        if body is None:
            raise SystemExit(f"The icon {name} is not an SVG.")
        drawing = " ".join(body[1].split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>')
    credit = f"<!-- Lucide {LUCIDE.version}, ISC licence: vendor/lucide/LICENSE. Made by scripts/vendor.py. -->"
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', credit, *symbols, "</svg>", ""]).encode()


def _write(target: str, content: bytes) -> None:
    path = STATIC / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _entry(package: Package, integrity: str) -> dict[str, str]:
    entry = {"name": package.name, "version": package.version, "licence": package.licence}
    return entry | {"licence_file": package.files["LICENSE"], "integrity": integrity}


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
