"""A hundred jobs, and a worker that is killed again and again while it does them."""

import random
import time
from collections.abc import Callable
from typing import Any

import psycopg

from bench.chaos.results import Result
from bench.chaos.services import House, Lab
from core.tests.servers import manage
from core.tests.smtp import SlowSmtp

MAILS, EXPORTS = 93, 7
CONCURRENCY = 2  # jobs that one kill can hit
CLAIM_SECONDS = 300  # core.mails.CLAIM: a mail that was being handed over waits so long before it is tried again
LONGEST_WAIT = 180  # for everything else
THINKS = 1.5  # seconds that the mail server needs for one mail, so that kills come in the middle

ASK = f"""
from accounts.actions import ask_export
from accounts.models import User
from core.mails import start_sending
from core.models import Mail
for number in range({MAILS}):
    Mail.objects.create(to=f"job{{number}}@plaza.example", name="core/test", subject="Hello", text="Hello")
    start_sending()
for user in User.objects.order_by("pk")[:{EXPORTS}]:
    ask_export(user=user, address="127.0.0.1")
"""
LAPSE = "UPDATE core_mail SET due_at = now() WHERE sent_at IS NULL"
LEFT = """
SELECT (SELECT count(*) FROM core_mail WHERE sent_at IS NULL),
       (SELECT count(*) FROM accounts_dataexport WHERE due_at IS NOT NULL)
"""


def ask(house: House, query: str) -> list[Any]:
    """Past the code that is judged."""
    with psycopg.connect(house.env["DATABASE_URL"], autocommit=True, connect_timeout=5) as connection:
        cursor = connection.execute(query)  # type: ignore[arg-type]  # our own words
        return cursor.fetchall() if cursor.description else []


def until(done: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def kill_worker(lab: Lab, kills: int, *, wait_for_claims: bool) -> Result:
    """`wait_for_claims`: really wait the five minutes that a killed mail's claim lasts, else move its clock."""
    smtp = SlowSmtp(THINKS)
    lab.ends.callback(smtp.close)
    with lab.house(EMAIL_URL=f"smtp://127.0.0.1:{smtp.port}") as house:
        said = manage("shell", "--no-imports", "-c", ASK, env=dict(house.env))
        if said.returncode:
            raise AssertionError(said.stderr)
        worker = house.part("worker")
        for _ in range(kills):
            before = smtp.taken.total()
            until(lambda before=before: smtp.taken.total() > before, 90)  # type: ignore[misc]
            time.sleep(random.uniform(0, 1))
            worker.kill()
            worker.start()
        smtp.thinks = 0.0
        if not wait_for_claims:
            until(lambda: not ask(house, "SELECT 1 FROM core_mail WHERE attempts = 0 LIMIT 1"), LONGEST_WAIT)
            ask(house, LAPSE)
        done = until(lambda: ask(house, LEFT) == [(0, 0)], LONGEST_WAIT + (CLAIM_SECONDS if wait_for_claims else 0))
        return judge(house, smtp, kills, done=done)


def judge(house: House, smtp: SlowSmtp, kills: int, *, done: bool) -> Result:
    result = Result("jobs, worker killed")
    if not done:
        result.wrong.append(f"mails and exports that are not done: {ask(house, LEFT)}")
    jobs = {name: count for name, count in smtp.taken.items() if name.startswith("job")}
    again = {name: count - 1 for name, count in jobs.items() if count > 1}
    lost = MAILS - len(jobs)
    if lost:
        result.wrong.append(f"{lost} mails never came")
    if any(more > kills for more in again.values()) or sum(again.values()) > kills * CONCURRENCY:
        result.wrong.append(f"more than once more per kill: {again}")
    exports = ask(house, "SELECT user_id, state, attempts, file <> '' FROM accounts_dataexport ORDER BY user_id")
    result.wrong += [f"export not made: {row}" for row in exports if row[1] != "done" or not row[3]]
    told = ask(house, "SELECT count(*) FROM core_mail WHERE name LIKE '%export%'")[0][0]
    if len(exports) != EXPORTS or told != EXPORTS:
        result.wrong.append(f"{EXPORTS} exports asked for: {len(exports)} there, {told} told of")
    result.figures |= {
        "jobs": f"{MAILS} mails, {EXPORTS} exports",
        "worker killed": kills,
        "mails that came once / more than once": f"{len(jobs) - len(again)} / {len(again)}",
        "most often one mail came": max(jobs.values(), default=0),
        "exports done, each once": sum(row[1] == "done" for row in exports),
    }
    return result
