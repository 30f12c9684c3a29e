"""dj-stripe's tables at once: docs/adr/0012. By its own migrations they take minutes of the processor."""

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

APP = "djstripe"


def are_missing(connection: BaseDatabaseWrapper) -> bool:
    """Nothing of it is there: neither a migration that was applied, nor a table."""
    applied = MigrationRecorder(connection).applied_migrations()
    if any(app == APP for app, _name in applied):
        return False
    there = set(connection.introspection.table_names())
    return there.isdisjoint(model._meta.db_table for model in apps.get_app_config(APP).get_models())


def make(connection: BaseDatabaseWrapper) -> None:
    """All of them, and its migrations recorded as applied, in one transaction: whoever is interrupted leaves nothing.

    Made from the models as they are where its migrations end. Those of the running code differ where migrations do not
    look: by dj-stripe's own settings the tables between two others would count with 32 bits, by ours with 64.
    They refer to people, whose table has to be there.
    """
    loader = MigrationLoader(connection)
    its_own = sorted(key for key in loader.graph.nodes if key[0] == APP)
    models = loader.project_state(loader.graph.leaf_nodes(APP)).apps.get_app_config(APP).get_models()
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    with connection.schema_editor(atomic=True) as editor:
        for model in models:
            editor.create_model(model)
        for app, name in its_own:
            recorder.record_applied(app, name)
