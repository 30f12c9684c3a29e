"""The house rules that no linter knows: docs/style.md and docs/architecture.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = [folder for folder in sorted(ROOT.iterdir()) if (folder / "__init__.py").exists()]
LONGEST_FUNCTION = 50
LONGEST_FILE = 400
SILENCED = re.compile(
    r"# (?:noqa|type: ignore)(?P<codes>:\s*[A-Z0-9, ]+?|\[[\w, -]+\]|)(?P<reason>\s*(?:-|#)\s+\w.*)?$"
)
LEFT_FOR_LATER = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")


def sources(*, tests: bool = False) -> list[Path]:
    """Python that somebody wrote: not migrations; tests when asked for."""
    found = [path for folder in [*APPS, ROOT / "scripts"] for path in sorted(folder.rglob("*.py"))]
    found += sorted(ROOT.glob("*.py"))
    return [path for path in found if "migrations" not in path.parts and (tests or "tests" not in path.parts)]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and lines of each function, decorators not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def lines_that_match(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{named(path)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_there_is_something_to_look_at():
    assert {"accounts", "billing", "chat", "config", "core", "rooms"} <= {app.name for app in APPS}


def test_no_function_is_longer_than_a_screen():
    long = {
        f"{named(path)}:{name}": length
        for path in sources()
        for name, length in functions(path)
        if length > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_file_is_longer_than_can_be_kept_in_mind():
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_functions_are_short_as_a_rule():
    lengths = sorted(length for path in sources() for _, length in functions(path))
    median, ninth_of_ten = lengths[len(lengths) // 2], lengths[len(lengths) * 9 // 10]
    assert (median <= 10, ninth_of_ten <= 25) == (True, True), f"median {median}, 90th percentile {ninth_of_ten}"


def test_there_is_no_drawer_for_everything():
    drawers = {"utils.py", "helpers.py", "misc.py", "common.py"}
    assert [named(path) for path in sources() if path.name in drawers] == []


def test_unfinished_work_is_an_issue_and_not_a_comment():
    paths = [path for path in sources(tests=True) if path != Path(__file__).resolve()]
    assert paths
    assert lines_that_match(LEFT_FOR_LATER, paths) == []


def test_catching_everything_carries_its_reason_on_the_same_line():
    """`except Exception:  # why`; a handler that ends by raising again swallows nothing."""
    unexplained = []
    for path in sources(tests=True):
        text = path.read_text(encoding="utf-8")
        handlers = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ExceptHandler)]
        for handler in handlers:
            catches_all = handler.type is None or ast.unparse(handler.type) in {"Exception", "BaseException"}
            line = text.splitlines()[handler.lineno - 1]
            if catches_all and not isinstance(handler.body[-1], ast.Raise) and "#" not in line:
                unexplained.append(f"{named(path)}:{handler.lineno}: {line.strip()}")
    assert unexplained == []


def test_silenced_findings_carry_their_reason():
    """`# noqa: S311 - jitter, not a secret`; `# type: ignore[arg-type]  # why`. Said once, it holds for the file."""
    unexplained = []
    for path in [path for path in sources(tests=True) if path != Path(__file__).resolve()]:
        explained = set[str]()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            silenced = SILENCED.search(line)
            if silenced and silenced["codes"] and silenced["reason"]:
                explained.add(silenced["codes"])
            elif silenced and silenced["codes"] not in explained:
                unexplained.append(f"{named(path)}:{number}: {line.strip()}")
    assert unexplained == []


def test_every_action_is_called_by_name():
    """`ban_member(member=…, by=…)`: only the one thing that an action is about may stand without its name."""
    unnamed = []
    for path in [path for app in APPS for path in sorted(app.glob("actions*.py"))]:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                asked = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
                unnamed += [f"{named(path)}:{node.name}({', '.join(asked)})"] if len(asked) > 1 else []
    assert unnamed == []


def test_nobody_listens_to_the_rows_of_another():
    """Model signals are effects at a distance."""
    assert lines_that_match(re.compile(r"\bmodels\.signals\b|\bmodels import signals\b"), sources()) == []


def test_what_decides_never_prints_nor_reads_the_environment():
    """Settings are read in one place; logs go through structlog."""
    elsewhere = [path for path in sources() if named(path).split("/")[0] in {"accounts", "billing", "chat", "rooms"}]
    assert lines_that_match(re.compile(r"\bos\.environ\b|\bos\.getenv\b|^\s*print\("), elsewhere) == []
