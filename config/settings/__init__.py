"""All settings, from environment variables. `manage.py settings_help` lists them; docs/settings.md explains them.

Each file here has one part of them, in capitals; a new setting is one line in the file of its part.
"""

import sys

from config import unfold
from config.settings.api import *  # noqa: F403 - a name in capitals is a setting, wherever it stands
from config.settings.database import *  # noqa: F403
from config.settings.files import *  # noqa: F403
from config.settings.jobs import *  # noqa: F403
from config.settings.limits import *  # noqa: F403
from config.settings.mail import *  # noqa: F403
from config.settings.mirror import *  # noqa: F403
from config.settings.money import *  # noqa: F403
from config.settings.people import *  # noqa: F403
from config.settings.place import *  # noqa: F403
from config.settings.place import BASE_DIR, DEMO
from config.settings.push import *  # noqa: F403
from config.settings.safety import *  # noqa: F403
from config.settings.words import *  # noqa: F403
from core.logs import logging_config

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
    "billing.gateway.mirror_app.MirrorConfig",
    "chat",
    "rooms",
    "billing",
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

UNFOLD = unfold.settings(demo=DEMO)
LOGGING = logging_config(DEMO)
