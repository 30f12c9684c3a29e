"""What Plaza's intake is compared to: a bare Django view that inserts what it is sent, and does nothing else.

`bare.py PORT` makes the table and serves, with the same database (and its options), Django and uvicorn as Plaza, in one
process. It checks no signature, knows no copies, starts no job.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import django
import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application

from config.settings.database import DATABASES

os.environ.pop("DJANGO_SETTINGS_MODULE", None)
settings.configure(
    DATABASES=DATABASES,
    ROOT_URLCONF=__name__,
    SECRET_KEY="of no use",  # noqa: S106 - nothing is signed here
    ALLOWED_HOSTS=["*"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.db import connection, models  # noqa: E402 - after the setup
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402


class Event(models.Model):
    body = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return str(self.pk)


def take(request: HttpRequest) -> HttpResponse:
    Event.objects.create(body=request.body)
    return HttpResponse(status=200, headers={"Content-Length": "0"})


urlpatterns = [path("webhooks/sandbox/", take), path("healthz", lambda request: HttpResponse("ok"))]

if __name__ == "__main__":
    sys.modules["bare"] = sys.modules["__main__"]
    with connection.schema_editor() as editor:
        editor.create_model(Event)
    uvicorn.run(
        get_asgi_application(),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        http="httptools",
        access_log=False,
        log_level="error",
        lifespan="off",
        timeout_keep_alive=75,  # as Plaza's
    )
