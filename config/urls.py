"""Every address of Plaza."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import chat.urls
import rooms.urls
from config.views import landing
from core import pwa
from core.health import healthz, readyz
from core.metrics import metrics

api = [
    path("", include("accounts.urls_api")),
    path("", include("rooms.urls_api")),
    path("", include("chat.urls_api")),
]

urlpatterns = [
    path("", landing, name="landing"),
    path("accounts/", include("accounts.urls")),
    path("settings/", include("accounts.urls_security")),
    path("settings/", include("accounts.urls_settings")),
    path("people/", include("accounts.urls_people")),
    path("admin/", admin.site.urls),
    path("rooms/", include(([*rooms.urls.urlpatterns, *chat.urls.urlpatterns], "rooms"))),
    path("api/v1/", include(api)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.worker, name="worker"),
    path("offline/", pwa.offline, name="offline"),
    path("robots.txt", pwa.robots, name="robots"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
if settings.DEMO:
    urlpatterns.append(path("dev/", include("core.urls_dev")))

handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"
