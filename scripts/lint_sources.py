"""What no linter looks for: what a page's CSP would block, and what may not leave the machine it was written on.

Called by scripts/lint.py; `python scripts/lint_sources.py` says `path:line: sentence` for each finding.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 1024 * 1024  # bytes; larger files are data
LOCKS = ("requirements.txt", "requirements-dev.txt", "package-lock.json")

INLINE = [
    (re.compile(r"<style\b", re.I), "inline <style>: put it into static/css (the CSP blocks it)"),
    (re.compile(r"<[^>]*\sstyle\s*=", re.I), "style attribute: use a class (the CSP blocks it)"),
    (
        re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
        "inline event handler: add a listener in static/js (the CSP blocks it)",
    ),
    (re.compile(r"\bjavascript:", re.I), "javascript: address (the CSP blocks it)"),
    (re.compile(r"\|\s*safe\b|{%\s*autoescape off"), "unescaped output: sanitised HTML is made in one place only"),
]
# A data block (application/json) is no script; everything else needs src=.
SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*type\s*=\s*[\"']application/(?:ld\+)?json[\"'])", re.I)
MARKUP_FROM_TEXT = re.compile(
    r"\.(?:innerHTML|outerHTML)\b|\bdocument\.write\b"
    r"|\b(?:insertAdjacentHTML|createContextualFragment|setHTMLUnsafe|DOMParser)\b"
)
MARKUP_MODULE = "static/js/markup.js"  # where the HTML that the server has sanitised comes into a page
OTHER_ORIGIN = re.compile(
    r"""(?:src|href|action)\s*=\s*["']https?://|@import\s+["']?https?://|url\(\s*["']?https?://"""
)

MACHINE_PATH = re.compile(r"(?<![\w.:/~-])/(?:home|Users|root|work|workspace|mnt)/[\w.-]+|\b[A-Z]:\\Users\\")
CACHE_MOUNT = "/root/.cache"  # inside a container image
PACKAGE_INDEX = re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host|\bregistry\s*=\s*http", re.I)
OWN_FILE = "scripts/lint_sources.py"

Finding = tuple[int, str]


def tracked() -> list[Path]:
    """What git has or would take; in an unpacked archive without git, nothing."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        named = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return sorted(ROOT / name for name in named.split("\0") if name and (ROOT / name).is_file())


def package_hosts() -> set[str]:
    """Hosts from which pip and npm fetch on this machine: a committed file that names one works nowhere else."""
    commands = ([sys.executable, "-m", "pip", "config", "list"], ["npm", "config", "get", "registry"])
    said = " ".join(value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "npm_config_")))
    for command in commands:
        try:
            said += subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout
        except OSError:
            continue
    hosts = {urlsplit(found).hostname for found in re.findall(r"https?://[^\s'\",]+", said)}
    return {host for host in hosts if host and not host.startswith("localhost")}


def template_findings(text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern, sentence in INLINE:
            if pattern.search(line):
                yield number, sentence
        if OTHER_ORIGIN.search(line) and "<a " not in line:
            yield number, "something from another origin: vendor it (the CSP blocks it)"
    for match in SCRIPT.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, "inline <script>: put it into static/js (the CSP blocks it)"


def browser_code_findings(name: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), start=1):
        if MARKUP_FROM_TEXT.search(line) and name != MARKUP_MODULE:
            yield number, "markup made from text: use textContent or clone a <template>"
        if OTHER_ORIGIN.search(line):
            yield number, "something from another origin: vendor it (the CSP blocks it)"


def machine_findings(name: str, text: str, hosts: set[str]) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), start=1):
        if str(ROOT) in line or MACHINE_PATH.search(line.replace(CACHE_MOUNT, "")):
            yield number, "a path of one machine"
        if any(host in line for host in hosts) or PACKAGE_INDEX.search(line):
            yield number, "names a package index: that belongs into the machine's own configuration"
        if Path(name).name in LOCKS and re.search(r"\"resolved\"|^[^#]*https?://\S+\.(?:whl|tgz|tar\.gz)", line):
            yield number, "a lock file names where packages come from: lock versions and hashes only"


def findings(path: Path, hosts: set[str]) -> Iterator[Finding]:
    name = path.relative_to(ROOT).as_posix()
    raw = path.read_bytes()
    if name == OWN_FILE or len(raw) > LARGEST or b"\0" in raw:
        return
    text = raw.decode("utf-8", errors="replace")
    vendored = name.startswith("static/vendor/")
    # Mail has its style inline: templates/core/mail/base.html says why.
    if name.startswith("templates/") and path.suffix == ".html" and "/mail/" not in name:
        yield from template_findings(text)
    if path.suffix in (".js", ".css") and name.startswith("static/") and not vendored:
        yield from browser_code_findings(name, text)
    if not vendored:
        yield from machine_findings(name, text, hosts)


def main() -> int:
    hosts = package_hosts()
    found = [
        f"{path.relative_to(ROOT)}:{number}: {sentence}"
        for path in tracked()
        for number, sentence in findings(path, hosts)
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
