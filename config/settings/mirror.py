"""dj-stripe: tables that show what Stripe has told us. Its addresses are not mounted, and nothing is decided by it."""

DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"  # rows refer to each other by Stripe's ids
