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
    path("", include("billing.urls_api")),
    path("", include("rooms.urls_api")),
    path("", include("chat.urls_api")),
]

urlpatterns = [
    path("", landing, name="landing"),
    path("", include("accounts.urls")),
    path("", include("billing.urls")),
    path("", include("rooms.urls_blocking")),
    path("admin/", admin.site.urls),
    path("sandbox/", include("billing.urls_sandbox")),
    path("rooms/", include(([*rooms.urls.urlpatterns, *chat.urls.urlpatterns], "rooms"))),
    path("conversations/", include("chat.urls_conversations")),
    path("transcripts/", include("chat.urls_transcripts")),
    path("webhooks/", include("billing.urls_webhooks")),
    path("api/v1/", include(api)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.worker, name="worker"),
    path("offline/", pwa.offline, name="offline"),
    path("offline/<slug:language>/", pwa.offline, name="offline"),
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
