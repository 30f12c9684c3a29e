"""Django's `migrate`, which makes dj-stripe's tables at once where there are none of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from billing.gateway import mirror_tables


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with _all_the_time_it_takes(connection):
            if _goes_all_the_way(options) and mirror_tables.are_missing(connection):
                self._up_to_the_mirror(connection, verbosity=options["verbosity"])
            super().handle(*args, **options)

    def _up_to_the_mirror(self, connection: BaseDatabaseWrapper, *, verbosity: int) -> None:
        """All others first: with each of those that came after, Django would think all of dj-stripe's models over."""
        self.verbosity = verbosity
        executor = MigrationExecutor(connection, self.migration_progress_callback)  # type: ignore[arg-type]  # as Django's own
        executor.loader.check_consistent_history(connection)
        executor.migrate([leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] != mirror_tables.APP])
        mirror_tables.make(connection)
        if verbosity:
            self.stdout.write(f"  The tables of {mirror_tables.APP} are made from its models.")


def _goes_all_the_way(options: dict[str, Any]) -> bool:
    whole = options["app_label"] in (None, mirror_tables.APP) and not options["migration_name"]
    only_looks = options["plan"] or options["check_unapplied"] or options["prune"]
    return whole and not only_looks and not options["fake"] and not options["fake_initial"]


@contextmanager
def _all_the_time_it_takes(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Between two statements of a migration Django may think for longer than a request may leave a transaction open:
    with all of dj-stripe's models for more than 5 seconds."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET idle_in_transaction_session_timeout")
