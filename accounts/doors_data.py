"""What the page and the API of one's data share."""

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.timezone import localdate

from accounts.models import DataExport, User
from core.downloads import private_file
from core.errors import NotFound


def export_file(request: HttpRequest, user: User, export_id: int) -> StreamingHttpResponse:
    """Raises NotFound for other people's, and for one that is not ready or was thrown away."""
    export = DataExport.objects.ready().filter(pk=export_id, user=user).first()
    if export is None:
        raise NotFound
    shown_name = f"plaza-{user.username}-{localdate(export.created_at):%Y-%m-%d}.zip"
    return private_file(request, export.file, shown_name=shown_name, content_type="application/zip")
