"""Everything in one process: the web server, and the worker and beat as threads beside it."""

import io
import os
import sys
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, call_command

from core import database, health, server, statics
from core.jobs import EmbeddedJobs

JOBS_END_SECONDS = 6  # with uvicorn's grace before it, the whole stays under 15


class Command(BaseCommand):
    help = "Set up what is missing and serve Plaza, its jobs included, until Ctrl-C."

    requires_system_checks = []  # they load every page first; a wrong port or database is said before

    def handle(self, *args: Any, **options: Any) -> None:
        server.end_on_signals()
        listener = server.open_port()
        database.require_database()
        self.check()
        self._set_up()
        jobs = EmbeddedJobs()

        def on_open() -> None:
            self._say(welcome())
            jobs.start()  # after the first request can be answered: nobody waits for them

        server.serve(listener, on_open)
        if not jobs.stop(JOBS_END_SECONDS):
            self._say("A job did not end in time; the schedule will do it again.")
            os._exit(0)  # its thread would hold the process for as long as it likes
        self._say("Plaza has stopped.")

    def _set_up(self) -> None:
        with database.one_starter():
            applied = database.migrate()
            database.require_own_columns()
            if applied:
                self._say(f"The database is up to date: {applied} migrations applied.")
            if settings.DEMO and not get_user_model()._default_manager.exists():
                call_command("demo", stdout=io.StringIO())
                self._say("The demo is loaded.")
            statics.collect_if_needed()
        if settings.REDIS_URL:
            self._warn_without_redis()

    def _warn_without_redis(self) -> None:
        try:
            health.ping_redis()
        except (redis.RedisError, OSError) as wrong:
            self.stderr.write(f"REDIS_URL names a Redis that does not answer ({wrong}). Plaza starts and waits for it.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        sys.stdout.flush()


def welcome() -> str:
    if not settings.DEMO:
        return f"Plaza is open at {settings.PUBLIC_URL}/ (listening on {settings.HOST}:{settings.PORT})."
    here = f"http://{settings.HOST}:{settings.PORT}"
    return f"""
  Plaza is open at {here}/

    People   alice, bob, charlie, petra, sana, tariq and dana (staff), password plaza-demo
    Mail     {here}/dev/mail/
    Data     {settings.PLAZA_DATA}
    Stop     Ctrl-C
"""
