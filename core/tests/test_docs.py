"""What others rely on is written down, and what is written down is so."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from chat.ops import OPERATIONS, not_yet
from core.errors import DomainError

ROOT = Path(__file__).resolve().parent.parent.parent
EVENTS = ROOT / "docs" / "events.md"
ADR = ROOT / "docs" / "adr"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.S)
APPS = ("accounts", "billing", "chat", "config", "core", "rooms")
SERVED_BY_UVICORN = {1007, 1011, 1012}  # text that is none; who answers no ping; when core/server.py stops it


def markdown() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def sources() -> list[Path]:
    """Python of the apps, without tests and migrations."""
    found = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]
    return [path for path in found if not {"tests", "migrations"} & set(path.parts)]


def table(heading: str) -> dict[str, str]:
    """First cell -> whole row of the table under a heading of docs/events.md."""
    _, found, after = EVENTS.read_text(encoding="utf-8").partition(f"\n{heading}\n")
    assert found, f"docs/events.md has no heading {heading!r}"
    section = re.split(r"\n#+ ", after)[0]
    return {row[1]: row[0] for row in re.finditer(r"^\| `([^`]+)` \|.*$", section, re.M)}


def calls() -> Iterator[ast.Call]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield node


def text_of(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def sent_events() -> set[str]:
    """Every `{"op": "…"}` written in the code, as fields or as JSON, and every `Event.of("…")`."""
    named = {text_of(call.args[0]) for call in calls() if ast.unparse(call.func).endswith("Event.of") and call.args}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                named |= {
                    text_of(value) for key, value in zip(node.keys, node.values, strict=True) if text_of(key) == "op"
                }
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                named |= set(re.findall(r'^\{"op":"(\w+)"', node.value))
    return {name for name in named if name}


def close_codes() -> set[int]:
    """Numbers of the websocket kind, wherever a name is given to one."""
    given: set[int] = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign):
                numbers = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                given |= {one.value for one in numbers if isinstance(one, ast.Constant) and isinstance(one.value, int)}
    return {number for number in given if number == 1012 or 4400 <= number < 4600}


def refusals() -> dict[str, int]:
    """Code -> status of every refusal that an app defines."""
    for path in sources():
        if path.stem in {"errors", "views", "api"}:
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))

    def below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from below(child)

    return {kind.code: kind.status for kind in below(DomainError) if kind.__module__.split(".")[0] in APPS}


def anchors(path: Path) -> set[str]:
    """The addresses of a page's headings, as GitHub makes them."""
    headings = re.findall(
        r"^#+ (.+)$", CODE.sub(lambda code: code[0].strip("`"), path.read_text(encoding="utf-8")), re.M
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_operation_is_documented_and_every_documented_one_exists():
    assert set(table("## Operations")) == set(OPERATIONS)


def test_the_page_says_which_operations_are_not_there_yet():
    documented = table("## Operations")
    said = {name for name, row in documented.items() if re.search(r"not yet|the same \|$", row)}
    assert said == {name for name, run in OPERATIONS.items() if run is not_yet}


def test_every_event_is_documented_and_every_documented_one_is_sent():
    assert set(table("## Events")) == sent_events()


def test_every_close_code_is_documented_and_every_documented_one_is_used():
    assert {int(code) for code in table("## Close codes")} == close_codes() | SERVED_BY_UVICORN


def test_every_refusal_is_documented_with_its_status():
    documented = {code: int(row.split("|")[2]) for code, row in table("## Refusals").items()}
    assert documented == refusals()


@pytest.mark.parametrize("page", markdown(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_within_the_project_lead_somewhere(page: Path):
    broken = []
    for target in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        leads_to = (page.parent / name).resolve() if name else page
        if not leads_to.exists() or (anchor and anchor not in anchors(leads_to)):
            broken.append(target)
    assert broken == []


def test_every_decision_is_listed_with_its_title():
    listed = {target for target in LINK.findall((ADR / "README.md").read_text(encoding="utf-8")) if target[0].isdigit()}
    assert listed == {path.name for path in ADR.glob("[0-9]*.md")}


@pytest.mark.parametrize("record", sorted(ADR.glob("[0-9]*.md")), ids=lambda record: record.name[:4])
def test_a_decision_says_why_what_and_what_follows(record: Path):
    text = record.read_text(encoding="utf-8")
    assert text.startswith(f"# {record.name[:4]} · ")
    assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Consequences"]


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_package_that_we_ask_for_is_explained(name: str):
    explained = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    asked = re.findall(r"^([a-zA-Z0-9][\w-]*)", (ROOT / f"{name}.in").read_text(encoding="utf-8"), re.M)
    assert [package for package in asked if not re.search(rf"(?<![\w-]){package}(?![\w-])", explained)] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_files_pin_and_hash_everything(name: str):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if re.match(r"[a-zA-Z0-9]", line)]
    assert packages
    assert [line for line in packages if "==" not in line] == []
    assert len(packages) <= sum("--hash=sha256:" in line for line in lines)
