"""What a clean clone of this tree would hold."""

import shutil
import subprocess
from pathlib import Path

from core.tests.servers import ROOT


def clone_of_the_tree(target: Path) -> Path:
    """Tracked files and new ones, as they are now; nothing that is ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target
