"""Celery's beat as a service of its own: starts jobs when the clock says so. There must be exactly one."""

from core.services import CeleryProgram


class Command(CeleryProgram):
    help = "Start scheduled jobs when their time comes. Options are those of `celery beat`."
    program = ["beat", "--loglevel=INFO"]
