"""Accounts over JSON: the same actions as the pages."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions
from accounts.errors import CookieTokensNotSupported
from accounts.forms import SignUpForm
from accounts.models import User
from accounts.serializers import (
    DetailSerializer,
    EmailInput,
    KeyInput,
    MeSerializer,
    RefreshInput,
    RegisterInput,
    ResetInput,
    SignInInput,
    TokensSerializer,
)
from core.api import ErrorSerializer
from core.errors import NotAuthenticated
from core.network import client_ip

_WRONG = {400: ErrorSerializer, 413: ErrorSerializer, 429: ErrorSerializer}
_REFUSED = {**_WRONG, 401: ErrorSerializer}


class DoorView(APIView):
    """Whoever knocks here shows no credentials yet; what is trusted comes in the body, so no CSRF token is asked."""

    authentication_classes = []


def _address(request: Request) -> str:
    http: HttpRequest = request._request
    return client_ip(http)


class RegisterView(DoorView):
    @extend_schema(operation_id="register", request=RegisterInput, responses={202: DetailSerializer, **_WRONG})
    def post(self, request: Request) -> Response:
        """Sign up. The answer is the same for an e-mail address that has an account: its owner gets a mail."""
        checked = SignUpForm.read(**RegisterInput.read(request.data))
        actions.register(**checked, address=_address(request))
        return Response({"detail": _("Please look into your mailbox.")}, status=202)


class ActivateView(DoorView):
    @extend_schema(operation_id="activate", request=KeyInput, responses={200: DetailSerializer, **_WRONG})
    def post(self, request: Request) -> Response:
        """Confirm the e-mail address with the key from the mail."""
        actions.activate(**KeyInput.read(request.data))
        return Response({"detail": _("Your e-mail address is confirmed. You can sign in now.")})


class PasswordResetView(DoorView):
    @extend_schema(operation_id="ask_password_reset", request=EmailInput, responses={202: DetailSerializer, **_WRONG})
    def post(self, request: Request) -> Response:
        """Ask for a mail with a key to a new password. 202 whether the address has an account or not."""
        actions.ask_password_reset(**EmailInput.read(request.data), address=_address(request))
        return Response({"detail": _("If this address has an account, a mail is on its way.")}, status=202)


class PasswordResetConfirmView(DoorView):
    @extend_schema(operation_id="reset_password", request=ResetInput, responses={200: DetailSerializer, **_WRONG})
    def post(self, request: Request) -> Response:
        """Set a new password with the key from the mail. Ends every sign-in and session."""
        actions.reset_password(**ResetInput.read(request.data))
        return Response({"detail": _("Your password is changed. You can sign in with it now.")})


class TokenView(DoorView):
    @extend_schema(
        operation_id="sign_in",
        request=SignInInput,
        responses={200: TokensSerializer, **_REFUSED, 403: ErrorSerializer},
        parameters=[OpenApiParameter("cookie", str, description="Not offered yet: 400 `not_supported`.")],
    )
    def post(self, request: Request) -> Response:
        """Tokens for a name (or e-mail address) and password. 403 `email_unverified` before the activation."""
        if request.query_params.get("cookie"):
            raise CookieTokensNotSupported
        user_agent = request.META.get("HTTP_USER_AGENT", "")
        tokens = actions.sign_in_with_password(
            **SignInInput.read(request.data), address=_address(request), user_agent=user_agent
        )
        return Response(tokens._asdict())


class TokenRefreshView(DoorView):
    @extend_schema(operation_id="refresh_tokens", request=RefreshInput, responses={200: TokensSerializer, **_REFUSED})
    def post(self, request: Request) -> Response:
        """New tokens for a refresh token, once: using one again ends the whole sign-in."""
        tokens = actions.rotate_refresh_token(**RefreshInput.read(request.data))
        return Response(tokens._asdict())


class TokenRevokeView(DoorView):
    @extend_schema(operation_id="revoke_tokens", request=RefreshInput, responses={204: None, **_WRONG})
    def post(self, request: Request) -> Response:
        """End the sign-in that this refresh token belongs to. 204 also for a token that is no good (RFC 7009)."""
        actions.revoke_refresh_token(**RefreshInput.read(request.data))
        return Response(status=204)


class MeView(APIView):
    @extend_schema(operation_id="me", responses={200: MeSerializer, 401: ErrorSerializer, 429: ErrorSerializer})
    def get(self, request: Request) -> Response:
        """Who one is."""
        user = request.user
        if not isinstance(user, User):
            raise NotAuthenticated
        return Response({"id": str(user.pk), "username": user.username, "email": user.email})
