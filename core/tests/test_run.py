"""run.py on a small stand-in project: what it says, and how its .venv heals. test_first_run.py has the real thing."""

import ast
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = "import sys; print('managed', *sys.argv[1:])"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "run.py").write_bytes((ROOT / "run.py").read_bytes())
    (tmp_path / "manage.py").write_text(MANAGE)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    return tmp_path


@pytest.fixture
def made(project: Path) -> Path:
    """A project whose .venv is there already."""
    assert run(project, "manage").returncode == 0
    return project


def environment(**changes: str) -> dict[str, str]:
    base = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    return {**base, "PIP_CONFIG_FILE": os.devnull, **changes}


def run(project: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [base_python(), str(project / "run.py"), *arguments],
        env=environment(**changes),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def base_python() -> str:
    """The Python that the tests' own environment was made from, as a person would start run.py with."""
    return getattr(sys, "_base_executable", sys.executable)


def test_an_old_python_can_read_it() -> None:
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_is_told_in_a_sentence() -> None:
    pretend = "import runpy, sys; sys.version_info = (3, 8, 10); runpy.run_path(sys.argv[1], run_name='__main__')"
    said = subprocess.run(
        [sys.executable, "-c", pretend, str(ROOT / "run.py")], capture_output=True, text=True, timeout=30, check=False
    )
    assert said.returncode == 1
    assert said.stderr.startswith("Plaza needs Python 3.11 or newer, and this is Python 3.8.")
    assert "Traceback" not in said.stderr


def test_help_needs_no_environment(project: Path) -> None:
    said = run(project, "help")
    assert said.returncode == 0
    assert "python3 run.py test" in said.stdout
    assert not (project / ".venv").exists()


def test_an_unknown_command_is_refused(project: Path) -> None:
    said = run(project, "sevre")
    assert said.returncode == 1
    assert "does not know 'sevre'" in said.stderr
    assert not (project / ".venv").exists()


def test_it_sets_up_once(project: Path) -> None:
    first = run(project, "manage", "check", "--deploy")
    assert first.stdout.splitlines()[-1] == "managed check --deploy"
    assert "Making .venv" in first.stdout
    second = run(project, "manage", "check")
    assert second.stdout == "managed check\n"


def test_changed_requirements_are_installed(made: Path) -> None:
    (made / "requirements.txt").write_text("# nothing else\n")
    again = run(made, "manage")
    assert "Installing" in again.stdout
    assert "Making" not in again.stdout
    assert run(made, "manage").stdout == "managed\n"


def test_a_venv_whose_python_is_gone_is_made_anew(made: Path) -> None:
    (made / ".venv/bin/python").unlink()
    healed = run(made, "manage")
    assert "Making .venv" in healed.stdout
    assert healed.stdout.endswith("managed\n")


def test_an_interrupted_installation_starts_over(made: Path) -> None:
    (made / ".venv/unfinished").touch()
    (made / ".venv/half-a-package").touch()
    assert run(made, "manage").stdout.endswith("managed\n")
    assert not (made / ".venv/half-a-package").exists()
    assert not (made / ".venv/unfinished").exists()


def test_two_at_once_take_turns(project: Path) -> None:
    both = [
        subprocess.Popen(
            [base_python(), str(project / "run.py"), "manage"], env=environment(), stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("Making .venv" in text for text in said) == 1


def test_without_network_it_says_so_and_tries_again_later(project: Path) -> None:
    (project / "requirements.txt").write_text(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    said = run(project, "manage", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0")
    assert said.returncode == 1
    assert "could not be downloaded. Check the network" in said.stderr
    assert "Traceback" not in said.stderr + said.stdout
    (project / "requirements.txt").write_text("# nothing\n")
    assert run(project, "manage").stdout.endswith("managed\n")


def test_without_the_venv_module_debians_package_is_named(project: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    missing.mkdir()
    (missing / "venv.py").write_text("raise SystemExit('ensurepip is not available')")
    said = run(project, "manage", PYTHONPATH=str(missing))
    assert said.returncode == 1
    assert f"apt install python3.{sys.version_info[1]}-venv" in said.stderr
    assert "Traceback" not in said.stderr
    assert run(project, "manage").stdout.endswith("managed\n")


def test_modules_are_compiled_even_where_that_is_switched_off(made: Path) -> None:
    (made / "manage.py").write_text("import sys; print(sys.dont_write_bytecode, sys.pycache_prefix)")
    assert run(made, "manage").stdout == "False None\n"
    kept_away = run(made, "manage", PYTHONDONTWRITEBYTECODE="1")
    assert kept_away.stdout == f"False {made / '.venv/pycache'}\n"


def test_a_stop_while_installing_leaves_no_process(project: Path) -> None:
    (project / "requirements.txt").write_text(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    with socket.create_server(("127.0.0.1", 0)) as index:  # it takes the call and never answers, and pip waits
        waiting = subprocess.Popen(
            [base_python(), str(project / "run.py"), "manage"],
            env=environment(PIP_INDEX_URL=f"http://127.0.0.1:{index.getsockname()[1]}/simple", NO_PROXY="127.0.0.1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        index.settimeout(60)
        called, _address = index.accept()
        with called:
            waiting.send_signal(signal.SIGTERM)
            said = waiting.communicate(timeout=10)[1]
    assert waiting.returncode == 1
    assert "Stopped" in said
    assert "Traceback" not in said
    left = subprocess.run(["pgrep", "-f", str(project)], capture_output=True, text=True, check=False)
    assert left.stdout == ""
