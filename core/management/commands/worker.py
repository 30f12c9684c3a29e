"""Celery's worker as a service of its own."""

from core.services import CeleryProgram


class Command(CeleryProgram):
    help = "Do the jobs. Options are those of `celery worker`, as --concurrency 4."
    program = ["worker", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
