"""Settings of the test run: those of the demo, on a folder of its own, with nobody slowed down.

DATABASE_URL and REDIS_URL of the environment count, so that the same suite runs on SQLite and on PostgreSQL + Redis.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_data = tempfile.mkdtemp(prefix="plaza-test-")  # never the developer's own var/
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["PLAZA_DATA"] = _data
os.environ["PLAZA_MODE"] = "demo"
for _rate in (
    "SENDS", "OPS", "JOINS", "SIGNIN", "SIGNIN_ADDRESS", "SIGNUP", "API", "MAILS", "AVATARS", "EXPORTS",
    "CONVERSATIONS",
):  # fmt: skip
    os.environ.setdefault(f"RATE_{_rate}", "1000000/s")
for _key in [name for name in os.environ if name.startswith("STRIPE_")]:
    del os.environ[_key]  # the developer's own account is nobody's business here
os.environ.setdefault("ROOM_COOLDOWN", "0")  # rooms/tests/test_limits.py sets the real one
os.environ.setdefault("AVATAR_WAIT", "0")  # no worker runs beside a test

from config.settings import *  # noqa: E402, F403 - after the environment; everything but what follows is as shipped
from config.settings import DATABASE_URL, DATABASES  # noqa: E402 - the same

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # sign-ins by the hundred; Argon2 has its own test
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "plaza-test"}}
if DATABASE_URL:
    # A test is one transaction, and its thread may wait for longer than a request may leave one open.
    DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"
else:
    # A file: threads of one test share it, as they would share the real one.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_data) / "test.sqlite3")}
