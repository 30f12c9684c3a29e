"""Where Plaza runs and how: the services it has, its mode, its addresses, its key."""

from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from core.environment import kept_secret, one_of, own_folder, read, url, whole_number

BASE_DIR = Path(__file__).resolve().parent.parent.parent

DATABASE_URL = read(
    "DATABASE_URL",
    "",
    "PostgreSQL, as postgres://user:password@host:5432/name. Without it: SQLite in PLAZA_DATA.",
    cast=url("postgres", "postgresql"),
)
REDIS_URL = read(
    "REDIS_URL",
    "",
    "Redis, as redis://host:6379/0: carries events between processes, jobs and the cache. Without it: one process.",
    cast=url("redis", "rediss"),
)
PLAZA_MODE = read(
    "PLAZA_MODE",
    "production" if DATABASE_URL else "demo",
    "demo or production. Demo has people with known passwords and /dev/ pages, and listens on 127.0.0.1 only.",
    cast=one_of("demo", "production"),
    shown_default="demo without DATABASE_URL, else production",
)
DEMO = PLAZA_MODE == "demo"
PLAZA_DATA = Path(
    read("PLAZA_DATA", "var", "Folder for the database, media, mail and the jobs' broker.", shown_default="var")
)
PLAZA_DATA = own_folder("PLAZA_DATA", PLAZA_DATA if PLAZA_DATA.is_absolute() else BASE_DIR / PLAZA_DATA)
PORT = read("PORT", 8000, "Port of the web server.", cast=whole_number(1, 65535))
HOST = read(
    "HOST",
    "127.0.0.1" if DEMO else "0.0.0.0",  # noqa: S104 - production listens where its proxy can reach it
    "Address the web server listens on. Demo mode refuses anything but loopback.",
    shown_default="127.0.0.1 in demo mode, else 0.0.0.0",
)
PUBLIC_URL = read(
    "PUBLIC_URL",
    f"http://127.0.0.1:{PORT}" if DEMO else "",
    "The address people use, as https://plaza.example. Links in mails begin with it.",
    cast=url("http", "https"),
    shown_default="http://127.0.0.1:PORT in demo mode, else required",
).rstrip("/")
ALLOWED_HOSTS = read(
    "ALLOWED_HOSTS",
    ["localhost", "127.0.0.1", "[::1]", "testserver"] if DEMO else [],
    "Host names that are answered, with commas between.",
    cast=lambda raw: [host.strip() for host in raw.split(",") if host.strip()],
    shown_default="localhost,127.0.0.1,[::1] in demo mode, else the host of PUBLIC_URL",
)
TRUSTED_PROXIES = read(
    "TRUSTED_PROXIES",
    0,
    "How many reverse proxies stand before Plaza, counted from the right of X-Forwarded-For.",
    cast=whole_number(0, 10),
)
MAINTENANCE = read(
    "MAINTENANCE",
    "",
    "1, or a sentence for people: everybody but staff is answered 503 until it is gone. Read at the start.",
)
DEBUG = False


def _secret_key() -> str:
    """Demo keeps a key of its own in PLAZA_DATA, so that no two instances trust each other's cookies."""
    if not DEMO:
        raise ImproperlyConfigured("SECRET_KEY is not set. Production needs one: 50 random characters or more.")
    return kept_secret(PLAZA_DATA / "secret_key")


SECRET_KEY = (
    read("SECRET_KEY", "", "Signs cookies and tokens. Required in production.", shown_default="made in demo mode")
    or _secret_key()
)
if not DEMO:
    if not PUBLIC_URL:
        raise ImproperlyConfigured("PUBLIC_URL is not set. Production needs it, as https://plaza.example.")
    ALLOWED_HOSTS = ALLOWED_HOSTS or [urlsplit(PUBLIC_URL).hostname or ""]
if DEMO and HOST not in ("127.0.0.1", "::1", "localhost"):
    raise ImproperlyConfigured(
        f"HOST={HOST!r} is not usable: demo mode has people with known passwords, so it listens on 127.0.0.1 only. "
        "Set PLAZA_MODE=production to serve others."
    )
SECURE = PUBLIC_URL.startswith("https://")
