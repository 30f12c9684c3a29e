"""Plaza as shipped, with the addresses that refuse (refusing_urls.py)."""

from config.settings import *  # noqa: F403 - all of it

ROOT_URLCONF = "config.tests.refusing_urls"
