"""Static files, what people send in, and where both are kept."""

from config.settings.place import BASE_DIR, DEMO, PLAZA_DATA

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
