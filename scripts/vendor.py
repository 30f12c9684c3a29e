"""Brings third-party files into static/, and what PDFs are drawn with into core/pdf/fonts/, from pinned packages.

    python scripts/vendor.py            fetch what is pinned below and not here yet; write the files and their manifest
    python scripts/vendor.py --check    offline: are all files there, unchanged, and the icons those in use?

Needs `npm` to fetch, `pip` and Debian's `apt-get` for a package each, fonttools for the fonts of pages, of which only
some weights are kept, and Pillow for the emoji of PDFs; the check needs nothing. The icons that templates name by
`{% icon "name" %}` are composed into one sprite, static/img/icons.svg; emoji into one list in English, and one of names
for each other language.
"""

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # it is started as a script, and imported by tests

from scripts.vendor_packages import (
    LUCIDE,
    PACKAGES,
    ROOT,
    SPRITE,
    STATIC,
    WEIGHTS,
    Archive,
    Package,
    icons_in_use,
    narrowed,
)

MANIFEST = STATIC / "vendor" / "manifest.json"


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
            after["files"].update({path: _sha256(_place(path)) for path in entry["files"]})
            after["packages"].append(entry)
    after["files"] = dict(sorted(after["files"].items()))
    MANIFEST.write_text(json.dumps(after, indent=2) + "\n", encoding="utf-8")
    print(f"{len(after['files'])} files of {len(PACKAGES)} packages, {len(icons_in_use())} icons.")


def _is_current(package: Package, entry: dict[str, Any], digests: dict[str, str]) -> bool:
    if entry.get("version") != package.version or (package is LUCIDE and _sprite_problems()):
        return False
    files = {path: _place(path) for path in entry.get("files", ())}
    if _have_fonts(files) and entry.get("weights") != list(WEIGHTS):
        return False
    whole = all(file.is_file() and _sha256(file) == digests.get(path) for path, file in files.items())
    return whole and set(package.files.values()) <= set(files)


def _have_fonts(targets: Iterable[str]) -> bool:
    return any(target.endswith(".woff2") for target in targets)


def _fetch(package: Package, folder: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """Its entry in the manifest, with its files written."""
    archive = _download(package, folder)
    integrity = _integrity(archive)
    if entry.get("version") == package.version and entry["integrity"] != integrity:
        raise SystemExit(f"{package.name} {package.version} is not what it was: {integrity}")
    files = _unpack(package, Archive(archive, package.registry))
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "licence_file": package.licence_file,
        "integrity": integrity,
        **({"weights": list(WEIGHTS)} if _have_fonts(files) else {}),
        "files": files,
    }


def problems() -> list[str]:
    """One sentence for each file that is missing or changed, and for a sprite that is not up to date."""
    manifest = _read_manifest()
    said = []
    for path, digest in manifest["files"].items():
        file = _place(path)
        if not file.is_file():
            said.append(f"{file.relative_to(ROOT)} is missing. Run: python scripts/vendor.py")
        elif _sha256(file) != digest:
            said.append(f"{file.relative_to(ROOT)} is not the file that was vendored.")
    pinned = [(package.name, package.version) for package in PACKAGES]
    if [(entry["name"], entry["version"]) for entry in manifest["packages"]] != pinned:
        said.append("The manifest has other versions than scripts/vendor.py. Run: python scripts/vendor.py")
    if any(entry.get("weights", list(WEIGHTS)) != list(WEIGHTS) for entry in manifest["packages"]):
        said.append("The fonts have other weights than scripts/vendor.py. Run: python scripts/vendor.py")
    return said + _sprite_problems()


def _sprite_problems() -> list[str]:
    sprite = STATIC / SPRITE
    drawn = re.findall(r'<symbol id="([a-z0-9-]+)"', sprite.read_text(encoding="utf-8")) if sprite.is_file() else []
    if drawn == icons_in_use():
        return []
    missing, spare = set(icons_in_use()) - set(drawn), set(drawn) - set(icons_in_use())
    return [f"The sprite lacks {sorted(missing)} and has unused {sorted(spare)}. Run: python scripts/vendor.py"]


def _download(package: Package, folder: Path) -> Path:
    own = folder / package.name.replace("/", "-")
    own.mkdir()
    commands = {
        "npm": ["npm", "pack", f"{package.name}@{package.version}", "--silent"],
        "pypi": ["python3", "-m", "pip", "download", "--no-deps", "--quiet", f"{package.name}=={package.version}"],
        "debian": ["apt-get", "download", f"{package.name}={package.version}"],
    }
    subprocess.run(commands[package.registry], check=True, capture_output=True, cwd=own)
    (archive,) = own.iterdir()
    return archive


def _unpack(package: Package, archive: Archive) -> list[str]:
    """The paths that were written."""
    made = {target: _as_served(target, archive.read(source)) for source, target in package.files.items()}
    if package.compose:
        made |= package.compose(archive)
    for target, content in made.items():
        _write(target, content)
    return list(made)


def _as_served(target: str, content: bytes) -> bytes:
    return narrowed(content) if target.endswith(".woff2") else content


def _place(target: str) -> Path:
    return (ROOT if target.startswith("core/") else STATIC) / target


def _write(target: str, content: bytes) -> None:
    path = _place(target)
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
