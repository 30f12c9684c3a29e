"""dj-stripe, as far as Plaza uses it: its tables and what fills them."""

from djstripe.apps import DjstripeAppConfig


class MirrorConfig(DjstripeAppConfig):  # type: ignore[misc]  # dj-stripe has no types
    """Without its checks, which ask the database whenever a command or a worker starts, about addresses that are not
    mounted; and without its event handlers, which would decide."""

    verbose_name = "Stripe"

    def ready(self) -> None:
        from djstripe import _stripe_compat  # noqa: F401 - for its effect: it fits dj-stripe to today's SDK
