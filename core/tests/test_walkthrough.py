"""docs/style.md walks a newcomer through adding a page. Here that page is built from what it says, and run.

Slow: it makes a copy of the project.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from core.tests.clones import clone_of_the_tree
from core.tests.servers import ROOT, environment

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")]
HEADING = "## Add a page: a form, a list and a mail"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`([\w./]+\.(?:py|html|txt|toml|md))`")


class Step(NamedTuple):
    path: str  # the last file named before the block
    language: str
    text: str


def steps() -> list[Step]:
    page = (ROOT / "docs" / "style.md").read_text(encoding="utf-8").partition(HEADING)[2]
    found = []
    for block in BLOCK.finditer(page):
        named = PATH.findall(BLOCK.sub("", page[: block.start()]))
        found.append(Step(named[-1], block[1], block[2]))
    return found


def apply(step: Step, root: Path) -> None:
    path = root / step.path
    if step.language != "diff":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.text, encoding="utf-8")
        return
    lines = step.text.splitlines()
    before = "\n".join(line[1:] for line in lines if line[0] in " -")
    after = "\n".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{step.path} has these lines once:\n{before}"
    path.write_text(text.replace(before, after), encoding="utf-8")


def run(root: Path, *command: str) -> str:
    env = environment({"PLAZA_DATA": str(root / "data")})
    env.pop("DJANGO_SETTINGS_MODULE", None)
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        command, cwd=root, env=env, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def test_the_page_of_the_walk_through_works_as_it_stands(tmp_path: Path):
    root = clone_of_the_tree(tmp_path / "clone")
    for step in steps():
        apply(step, root)
    for package in ("invitations", "invitations/tests"):
        (root / package / "__init__.py").touch()
    run(root, sys.executable, "manage.py", "makemigrations", "invitations")
    run(root, "ruff", "format", "invitations/migrations")
    said = run(root, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "invitations")
    assert "4 passed" in said
    run(root, "ruff", "check", "invitations")
    run(root, "ruff", "format", "--check", "invitations")
    run(root, "mypy", "invitations")
    run(root, "lint-imports")
