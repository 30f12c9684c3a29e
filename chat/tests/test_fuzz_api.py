"""The whole OpenAPI schema against a real server: nothing answers 5xx, and every answer is as the schema promises.

The same seed each time, so what it finds once it finds again. To look closer at a finding, start Plaza and run
`.venv/bin/schemathesis run http://127.0.0.1:8000/api/schema/?format=json` with the options below.
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from core.tests.servers import PlazaFactory, RunningPlaza

pytestmark = pytest.mark.slow  # a fifth of the suite's time, for what CI finds early enough

SEED = "20"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
RATES = dict.fromkeys(
    [f"RATE_{name}" for name in ("API", "JOINS", "SENDS", "SIGNIN", "SIGNIN_ADDRESS", "SIGNUP")], "100000/s"
)
# After these the one who asks has no room, no message or no sign-in left for the others to find.
ENDINGS = ("rooms_leave_create", "messages_destroy", "revoke_tokens")
LONGEST_PASS = 90  # seconds; a pass takes about 20 on two quiet cores


@pytest.fixture
def plaza(start_plaza: PlazaFactory) -> RunningPlaza:
    return start_plaza(RATES)


def fuzz(plaza: RunningPlaza, *options: str, examples: int, config: Path) -> None:
    """One pass of schemathesis over the operations that `options` choose."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config),
        "run", f"{plaza.url}/api/schema/?format=json",
        "--seed", SEED, "--max-examples", str(examples), "--checks", CHECKS, "--phases", "coverage,fuzzing",
        "--generation-database", "none", "--warnings", "off", "--no-color", *options,
    ]  # fmt: skip
    ours = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    done = subprocess.run(
        command, cwd=config.parent, env=ours, capture_output=True, text=True, timeout=LONGEST_PASS, check=False
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert " passed" in done.stdout


def assert_nothing_fell_over(plaza: RunningPlaza) -> None:
    assert plaza.get("/healthz")[0] == 200
    assert "Traceback" not in plaza.log(), plaza.log()[-20_000:]


def test_a_stranger_finds_no_server_error(plaza: RunningPlaza, tmp_path: Path):
    config = tmp_path / "schemathesis.toml"
    config.touch()
    fuzz(plaza, examples=8, config=config)
    assert_nothing_fell_over(plaza)


def test_a_member_finds_no_server_error(plaza: RunningPlaza, tmp_path: Path):
    """Inside a room, with ids that exist: what is behind the doors is reached, not only the doors."""
    with httpx.Client(base_url=f"{plaza.url}/api/v1/") as client:
        tokens = client.post("auth/token", json={"login": "alice", "password": "plaza-demo"}).json()
        client.headers["Authorization"] = f"Bearer {tokens['access']}"
        room = client.post("rooms", json={"name": "Fuzz", "nickname": "alice"}).json()
        message = client.post(f"channels/{room['channel']}/messages", json={"nonce": "n1", "body": "Hello"}).json()
    config = tmp_path / "schemathesis.toml"
    ids = {"slug": room["slug"], "channel": room["channel"], "message": message["id"]}
    config.write_text("[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in ids.items()))
    bearer = ("--header", f"Authorization: Bearer {tokens['access']}")

    fuzz(plaza, *bearer, *option("--exclude-operation-id", ENDINGS), examples=12, config=config)
    fuzz(plaza, *bearer, *option("--include-operation-id", ENDINGS), examples=4, config=config)
    assert_nothing_fell_over(plaza)


def option(name: str, values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (name, value)]
