"""Starting and stopping the whole, as a person, a supervisor or an accident does it."""

import json
import os
import signal
import socket
import subprocess
import time

import pytest

from core.tests.servers import PlazaFactory, RunningPlaza, free_port, manage

EMBEDDED = {"DATABASE_URL": None, "REDIS_URL": None}


def group_members(pid: int) -> str:
    return subprocess.run(["pgrep", "-g", str(pid)], capture_output=True, text=True, check=False).stdout


def assert_clean_end(plaza: RunningPlaza, code: int) -> None:
    assert code == 0, plaza.log()
    assert "Traceback" not in plaza.log(), plaza.log()
    assert group_members(plaza.pid) == ""


def test_a_first_start_sets_up_and_says_where(start_plaza: PlazaFactory) -> None:
    plaza = start_plaza({**EMBEDDED, "PLAZA_DATA": start_plaza.data_folder(empty=True)})
    assert plaza.get("/healthz") == (200, b'{"status": "ok"}')
    status, body = plaza.get("/readyz")
    assert (status, json.loads(body)) == (200, {"database": "ok", "layer": "ok", "broker": "ok"})
    said = plaza.log()
    assert f"Plaza is open at {plaza.url}/" in said
    assert "password plaza-demo" in said
    assert f"{plaza.url}/dev/mail/" in said
    key = (plaza.data / "secret_key").read_text()
    plaza.restart()
    assert (plaza.data / "secret_key").read_text() == key
    assert plaza.log().count("The demo is loaded.") == 1


@pytest.mark.parametrize(("number", "group"), [(signal.SIGTERM, False), (signal.SIGINT, True)])
def test_a_signal_ends_everything(start_plaza: PlazaFactory, number: int, group: bool) -> None:
    plaza = start_plaza()
    with socket.create_connection(("127.0.0.1", plaza.port)):  # somebody who is connected does not hold it up
        assert_clean_end(plaza, plaza.stop(number, group=group))


def test_an_impatient_ctrl_c_ends_it_as_cleanly(start_plaza: PlazaFactory) -> None:
    plaza = start_plaza()
    for _ in range(3):
        if plaza.is_running:
            os.killpg(plaza.pid, signal.SIGINT)
        time.sleep(0.2)
    assert_clean_end(plaza, plaza.stop())


def test_a_taken_port_is_said_in_a_sentence(start_plaza: PlazaFactory) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        said = manage("serve", env={"PLAZA_DATA": start_plaza.data_folder(empty=True), "PORT": port})
    assert said.returncode != 0
    assert f"PORT {port} is taken" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("service", ["web", "worker"])
def test_a_service_refuses_an_empty_database(start_plaza: PlazaFactory, service: str) -> None:
    said = manage(service, env={"PLAZA_DATA": start_plaza.data_folder(empty=True), "PORT": str(free_port())})
    assert said.returncode != 0
    assert "run.py manage migrate" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_dead_redis_delays_nobody(start_plaza: PlazaFactory) -> None:
    plaza = start_plaza({"DATABASE_URL": None, "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"})
    assert "REDIS_URL names a Redis that does not answer" in plaza.log()
    status, body = plaza.get("/readyz")
    assert (status, json.loads(body)) == (200, {"database": "ok", "layer": "degraded", "broker": "degraded"})
    assert_clean_end(plaza, plaza.stop())
