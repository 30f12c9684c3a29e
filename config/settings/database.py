"""The database and the cache."""

import environ

from config.settings.place import DATABASE_URL, PLAZA_DATA, REDIS_URL
from core import prepared
from core.environment import read, whole_number

DB_POOL_MAX = read("DB_POOL_MAX", 16, "PostgreSQL connections per process.", cast=whole_number(2, 1000))
if DATABASE_URL:
    _named = environ.Env.db_url_config(DATABASE_URL)
    DATABASES = {
        "default": {
            **_named,
            "ENGINE": "django.db.backends.postgresql",
            "CONN_MAX_AGE": 0,
            "OPTIONS": {
                **_named.get("OPTIONS", {}),  # what stands behind the question mark, as ?sslmode=require
                "pool": {"min_size": 1, "max_size": DB_POOL_MAX, "timeout": 10},
                "connect_timeout": 5,
                **prepared.OPTIONS,
                # A stopped process must not hold a room: docs/architecture.md, "Places and messages".
                "options": "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=5000",
            },
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": PLAZA_DATA / "plaza.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    }
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache"
        if REDIS_URL
        else "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": REDIS_URL or "plaza",
        "KEY_PREFIX": "plaza",
    }
}
if REDIS_URL:
    CACHES["default"]["OPTIONS"] = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
