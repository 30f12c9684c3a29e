"""Languages, times, numbers."""

from config.settings.place import BASE_DIR, SECURE
from core import languages

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGES = languages.found(LOCALE_PATHS[0])
LANGUAGE_COOKIE_AGE, LANGUAGE_COOKIE_HTTPONLY = 31536000, True
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_SAMESITE = SECURE, "Lax"
FORMAT_MODULE_PATH = ["config.formats"]  # USE_THOUSAND_SEPARATOR stays off: it would reach ids; counts use `intcomma`
USE_TZ = True
TIME_ZONE = "UTC"
