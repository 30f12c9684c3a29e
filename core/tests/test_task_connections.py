"""A worker's tasks share its connections, as a web process' requests do."""

import time

import psycopg

from core.tests.servers import ON_SERVICES, PlazaFactory, manage

pytestmark = ON_SERVICES
TASKS = 40
ONE_AFTER_ANOTHER = f"""
import time
from core.tasks import send_mails
for _ in range({TASKS}):
    send_mails.delay()
    time.sleep(0.05)
"""


def sessions(url: str) -> int:
    """How many have been begun in this database ever, with this one."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT sessions FROM pg_stat_database WHERE datname = current_database()").fetchone()
    assert row is not None
    return int(row[0])


def test_a_worker_does_not_connect_for_each_task(start_plaza: PlazaFactory) -> None:
    web = start_plaza(command="web")
    start_plaza({**web.env}, command="worker")
    before = sessions(web.env["DATABASE_URL"])

    done = manage("shell", "--no-imports", "-c", ONE_AFTER_ANOTHER, env=web.env)

    assert done.returncode == 0, done.stderr
    until = time.monotonic() + 20
    while b"\njobs_pending 0.0\n" not in web.get("/metrics")[1] and time.monotonic() < until:
        time.sleep(0.2)
    time.sleep(2)  # what ends is counted a moment later
    assert sessions(web.env["DATABASE_URL"]) - before < TASKS / 2
