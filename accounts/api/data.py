"""One's own data and one's account's end, over JSON: the same actions as the page."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions
from accounts.doors import address_of, export_file, person_of
from accounts.models import DataExport, SignIn
from accounts.payloads import export_payload
from accounts.serializers import DeletionInput, DeletionSerializer, ExportPageSerializer, ExportSerializer
from core.api import LARGEST_ID, ErrorSerializer, cursor_page
from core.errors import NotFound
from core.times import iso

_REFUSED = {401: ErrorSerializer, 403: ErrorSerializer, 429: ErrorSerializer}


class ExportsView(APIView):
    @extend_schema(operation_id="ask_export", request=None, responses={202: ExportSerializer, **_REFUSED})
    def post(self, request: Request) -> Response:
        """Have all of one's data packed. One at a time: asking again answers the one that is under way."""
        export = actions.ask_export(user=person_of(request), address=address_of(request))
        return Response(export_payload(export), status=202)

    @extend_schema(operation_id="exports", responses={200: ExportPageSerializer, **_REFUSED})
    def get(self, request: Request) -> Response:
        """One's exports, newest first."""
        return cursor_page(request, DataExport.objects.filter(user=person_of(request)).order_by("-pk"), export_payload)


class ExportFileView(APIView):
    @extend_schema(
        operation_id="export_file",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, 404: ErrorSerializer, **_REFUSED},
    )
    def get(self, request: Request, export_id: str) -> StreamingHttpResponse:
        """The ZIP, while it is kept."""
        user = person_of(request)
        if not (export_id.isascii() and export_id.isdigit() and int(export_id[:20]) <= LARGEST_ID):
            raise NotFound
        return export_file(request._request, user, int(export_id))


class DeletionView(APIView):
    @extend_schema(
        operation_id="ask_deletion",
        request=DeletionInput,
        responses={202: DeletionSerializer, 400: ErrorSerializer, 409: ErrorSerializer, **_REFUSED},
    )
    def post(self, request: Request) -> Response:
        """Have one's account deleted after a time to think; every other session and sign-in ends at once."""
        user = person_of(request)
        erase_at = actions.ask_deletion(
            user=user,
            **DeletionInput.read(request.data),
            address=address_of(request),
            keep_session=None if isinstance(request.auth, SignIn) else request._request.session,
            keep_sign_in=request.auth if isinstance(request.auth, SignIn) else None,
        )
        return Response({"erase_at": iso(erase_at)}, status=202)

    @extend_schema(operation_id="cancel_deletion", responses={204: None, **_REFUSED})
    def delete(self, request: Request) -> Response:
        """Keep the account. 204 also if nothing was asked."""
        user = person_of(request)
        actions.cancel_deletion(user=user, by=user, address=address_of(request))
        return Response(status=204)
