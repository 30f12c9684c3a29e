"""What a scenario found: figures, and what of the promises was broken."""

import json
import platform
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

MOST_SHOWN = 8


@dataclass
class Result:
    scenario: str
    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0


def show(result: Result) -> None:
    verdict = f"skipped: {result.skipped}" if result.skipped else "BROKEN" if result.wrong else "kept"
    print(f"\n{result.scenario:<22} {verdict}  ({result.seconds:.0f} s)", flush=True)
    for name, value in result.figures.items():
        print(f"    {name:<44} {_shown(value)}")
    for wrong in result.wrong[:MOST_SHOWN]:
        print(f"    BROKEN: {wrong}")
    if len(result.wrong) > MOST_SHOWN:
        print(f"    … and {len(result.wrong) - MOST_SHOWN} more")


def _shown(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def write(results: list[Result], path: Path) -> None:
    report = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {"python": platform.python_version(), "system": platform.platform()},
        "scenarios": [asdict(result) for result in results],
    }
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
