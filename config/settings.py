"""All settings, from environment variables. `manage.py settings_help` lists them; docs/settings.md explains them."""

import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import mail, unfold
from core import languages
from core.environment import one_of, own_folder, rate, read, url, whole_number
from core.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where and how ------------------------------------------------------------------------------------------------
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
    path = PLAZA_DATA / "secret_key"
    if not path.exists():
        PLAZA_DATA.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"secret_key.{secrets.token_hex(4)}")
        fresh.write_text(secrets.token_urlsafe(64), encoding="ascii")
        fresh.chmod(0o600)
        try:
            path.hardlink_to(fresh)  # the first of several starters wins; the others read its key
        except FileExistsError:
            pass
        fresh.unlink()
    return path.read_text(encoding="ascii")


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

# --- Rooms and rates ----------------------------------------------------------------------------------------------
ROOM_LIFETIME = read("ROOM_LIFETIME", 43200, "Seconds that a fly-away room lives.", cast=whole_number(1))
ROOM_SWEEP_AFTER = read(
    "ROOM_SWEEP_AFTER", 3600, "Seconds after its end until a room's content is deleted.", cast=whole_number(0)
)
RATE_SENDS = read("RATE_SENDS", "20/5s", "Messages sent, per person.", cast=rate)
RATE_OPS = read("RATE_OPS", "200/10s", "Other gateway operations, per person.", cast=rate)
RATE_JOINS = read("RATE_JOINS", "10/min", "Joins and tried room passwords, per person, else per address.", cast=rate)
RATE_SIGNIN = read("RATE_SIGNIN", "10/min", "Tried sign-ins, per account name and address together.", cast=rate)
RATE_SIGNIN_ADDRESS = read("RATE_SIGNIN_ADDRESS", "100/min", "Tried sign-ins, per address.", cast=rate)
RATE_SIGNUP = read("RATE_SIGNUP", "20/min", "Sign-ups and asked mails, per address.", cast=rate)
RATE_API = read("RATE_API", "600/min", "API requests, per person, else per address.", cast=rate)
RATE_MAILS = read("RATE_MAILS", "20/h", "Account mails of one kind, per e-mail address.", cast=rate)
RATE_EXPORTS = read("RATE_EXPORTS", "3/d", "Exports of all one's data, per person.", cast=rate)
RATE_AVATARS = read("RATE_AVATARS", "10/h", "Pictures of oneself sent in, per person.", cast=rate)
AVATAR_BYTES = read("AVATAR_BYTES", 5 * 1024 * 1024, "Bytes of a picture of oneself.", cast=whole_number(1024))
AVATAR_PIXELS = read(
    "AVATAR_PIXELS", 40_000_000, "Pixels of one; a worker needs up to 6 bytes for each.", cast=whole_number(65536)
)
AVATAR_WAIT = read("AVATAR_WAIT", 2, "Seconds that the API waits for a picture's worker.", cast=whole_number(0, 20))
ACCESS_TOKEN_LIFETIME = read(
    "ACCESS_TOKEN_LIFETIME", 600, "Seconds an API access token is good for.", cast=whole_number(30, 86400)
)
REFRESH_TOKEN_LIFETIME = read(
    "REFRESH_TOKEN_LIFETIME", 30 * 86400, "Seconds an unused refresh token is good for.", cast=whole_number(60)
)
EXPORT_KEPT = read("EXPORT_KEPT", 7 * 86400, "Seconds that an export can be downloaded.", cast=whole_number(60))
ACCOUNT_GRACE = read(
    "ACCOUNT_GRACE",
    14 * 86400,
    "Seconds in which somebody who asked for their account's deletion can change their mind.",
    cast=whole_number(0),
)

SOCKET_PENDING_BYTES = read(
    "SOCKET_PENDING_BYTES",
    1024 * 1024,
    "Bytes that may wait for one socket that does not read, before it is closed (4503).",
    cast=whole_number(65536),
)

# --- Apps ---------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    *(["daphne"] if sys.argv[1:2] == ["runserver"] else []),  # which it replaces; loading it costs 0.3 seconds
    "unfold.apps.BasicAppConfig",  # before the admin, whose templates it replaces
    "unfold.contrib.filters",
    "config.apps.PlazaAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_countries",
    "django_htmx",
    "csp",
    "chat",
    "rooms",
    "accounts",
    "core",
]
MIDDLEWARE = [
    "core.metrics.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.statics.StaticFilesMiddleware",
    "core.media.MediaMiddleware",
    "core.middleware.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LanguageMiddleware",  # before all that may refuse in words
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.middleware.MaintenanceMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.plaza",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Data ---------------------------------------------------------------------------------------------------------
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

# --- Jobs ---------------------------------------------------------------------------------------------------------
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# --- People -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",  # signs in
    "accounts.permissions.StaffBackend",  # says what staff may do
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # who has no account gets no mail from us, whoever asks for one
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - a class
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = False  # accounts.actions has ours, the same for pages and API
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "rooms:list"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_NAME = "plaza_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "core.views.csrf_failure"

UNFOLD = unfold.settings(demo=DEMO)

# --- Mail ---------------------------------------------------------------------------------------------------------
EMAIL_URL = EMAIL_PROVIDER = EMAIL_FROM = ""  # and what else django needs for it
globals().update(mail.settings(demo=DEMO, data=PLAZA_DATA, host=urlsplit(PUBLIC_URL).hostname or ""))

# --- API ----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "accounts.authentication.SessionAuthentication",
        "accounts.authentication.AccessCookieAuthentication",
        "rooms.authentication.GuestCookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["core.throttles.ApiThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "NUM_PROXIES": TRUSTED_PROXIES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Plaza",
    "DESCRIPTION": (
        "Talk and trade in one place. Errors are `{code, detail, fields?}`; the gateway at `/ws/` is in docs/events.md."
    ),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {"ShownStatus": "accounts.presence.SHOWN", "ChosenStatus": "accounts.presence.CHOSEN"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Safety -------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "worker-src": [SELF],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = logging_config(DEMO)

# --- Words, files -------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGES = languages.found(LOCALE_PATHS[0])
LANGUAGE_COOKIE_AGE, LANGUAGE_COOKIE_HTTPONLY = 31536000, True
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_SAMESITE = SECURE, "Lax"
FORMAT_MODULE_PATH = ["config.formats"]  # USE_THOUSAND_SEPARATOR stays off: it would reach ids; counts use `intcomma`
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = None if DEMO else BASE_DIR / "staticfiles"  # in demo mode whitenoise would warn that it is missing
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEMO  # demo serves straight from static/; production after collectstatic
MEDIA_ROOT, MEDIA_URL = PLAZA_DATA / "media", "/media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},  # for everyone who knows the address
    "private": {  # reached through views that ask who is there
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PLAZA_DATA / "private", "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO
        else "core.storage.ManifestStaticFilesStorage"
    },
}
