"""The small steps of a message, each alone: `python3 run.py bench micro [pytest-benchmark's arguments]`.

Encoding an event, working out what each seat gets of it, storing a batch, asking whether somebody may speak.
On SQLite, or on what DATABASE_URL names. `--benchmark-autosave` and `--benchmark-compare` keep figures and compare.
"""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    columns = "--benchmark-columns=min,median,iqr,ops,rounds"
    own = ["-c", str(HERE / "pytest.ini"), f"--rootdir={ROOT}", "-q", columns, str(HERE / "steps.py")]
    sys.exit(pytest.main([*own, *sys.argv[1:]]))
