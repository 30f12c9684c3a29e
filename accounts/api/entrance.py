"""Signing up and in, and the tokens, over JSON: the same actions as the pages."""

from django.conf import settings
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions
from accounts.actions import Tokens
from accounts.authentication import AccessCookieAuthentication, BearerAuthentication
from accounts.credentials import ACCESS_COOKIE
from accounts.doors import address_of, person_of
from accounts.models import SignIn
from accounts.serializers import (
    DetailSerializer,
    EmailInput,
    KeyInput,
    PasswordInput,
    RefreshInput,
    RegisterInput,
    ResetInput,
    RevokeInput,
    SignInInput,
    TokensSerializer,
)
from core.api import ErrorSerializer
from core.errors import Invalid

_WRONG = {400: ErrorSerializer, 413: ErrorSerializer, 429: ErrorSerializer}
_REFUSED = {**_WRONG, 401: ErrorSerializer}
_COOKIE = OpenApiParameter(
    "cookie", str, description="`1`: the access token is set as the HttpOnly cookie `plaza_access` as well."
)


class DoorView(APIView):
    """Whoever knocks here shows no credentials yet; what is trusted comes in the body, so no CSRF token is asked."""

    authentication_classes = []


def _token_answer(request: Request, tokens: Tokens, *, as_cookie: bool) -> Response:
    """With the cookie comes the CSRF token (cookie `csrftoken`) that is asked of whoever signs requests by it."""
    response = Response(tokens._asdict())
    if as_cookie:
        get_token(request._request)
        response.set_cookie(
            ACCESS_COOKIE,
            tokens.access,
            max_age=tokens.expires_in,
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _wants_cookie(request: Request) -> bool:
    return request.query_params.get("cookie", "") not in ("", "0")


class RegisterView(DoorView):
    @extend_schema(operation_id="register", request=RegisterInput, responses={202: DetailSerializer, **_WRONG})
    def post(self, request: Request) -> Response:
        """Sign up. The answer is the same for an e-mail address that has an account: its owner gets a mail."""
        actions.register(**RegisterInput.read(request.data), address=address_of(request))
        return Response({"detail": _("Please look into your mailbox.")}, status=202)


class ActivateView(DoorView):
    @extend_schema(operation_id="activate", request=KeyInput, responses={200: DetailSerializer, **_WRONG})
    def post(self, request: Request) -> Response:
        """Confirm the e-mail address with the key from the mail."""
        actions.activate(**KeyInput.read(request.data), address=address_of(request))
        return Response({"detail": _("Your e-mail address is confirmed. You can sign in now.")})


class ActivationMailView(DoorView):
    @extend_schema(operation_id="ask_activation", request=EmailInput, responses={202: DetailSerializer, **_WRONG})
    def post(self, request: Request) -> Response:
        """Ask for the activation mail once more. 202 whether somebody waits to confirm this address or not."""
        actions.ask_activation(**EmailInput.read(request.data), address=address_of(request))
        return Response({"detail": _("If somebody waits to confirm this address, a mail is on its way.")}, status=202)


class PasswordResetView(DoorView):
    @extend_schema(operation_id="ask_password_reset", request=EmailInput, responses={202: DetailSerializer, **_WRONG})
    def post(self, request: Request) -> Response:
        """Ask for a mail with a key to a new password. 202 whether the address has an account or not."""
        actions.ask_password_reset(**EmailInput.read(request.data), address=address_of(request))
        return Response({"detail": _("If this address has an account, a mail is on its way.")}, status=202)


class PasswordResetConfirmView(DoorView):
    @extend_schema(operation_id="reset_password", request=ResetInput, responses={200: DetailSerializer, **_WRONG})
    def post(self, request: Request) -> Response:
        """Set a new password with the key from the mail. Ends every sign-in and session."""
        actions.reset_password(**ResetInput.read(request.data), address=address_of(request))
        return Response({"detail": _("Your password is changed. You can sign in with it now.")})


class PasswordView(APIView):
    @extend_schema(
        operation_id="change_password",
        request=PasswordInput,
        responses={
            200: PolymorphicProxySerializer(
                component_name="PasswordChanged",
                serializers=[TokensSerializer, DetailSerializer],
                resource_type_field_name=None,
            ),
            **_REFUSED,
            403: ErrorSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Change one's password. Everything else that is signed in ends; a token's sign-in is given new tokens."""
        user = person_of(request)
        sign_in = request.auth if isinstance(request.auth, SignIn) else None
        tokens = actions.change_password(
            **PasswordInput.read(request.data),
            user=user,
            address=address_of(request),
            keep_sign_in=sign_in,
            keep_session=None if sign_in else request._request.session,
        )
        if tokens is None:
            return Response({"detail": _("Your password is changed. Everywhere else you are signed out.")})
        by_cookie = isinstance(request.successful_authenticator, AccessCookieAuthentication)
        return _token_answer(request, tokens, as_cookie=by_cookie)


class TokenView(DoorView):
    @extend_schema(
        operation_id="sign_in",
        request=SignInInput,
        responses={200: TokensSerializer, **_REFUSED, 403: ErrorSerializer},
        parameters=[_COOKIE],
    )
    def post(self, request: Request) -> Response:
        """Tokens for a name (or e-mail address) and password. 403 `email_unverified` before the activation."""
        user_agent = request.META.get("HTTP_USER_AGENT", "")
        tokens = actions.sign_in_with_password(
            **SignInInput.read(request.data), address=address_of(request), user_agent=user_agent
        )
        return _token_answer(request, tokens, as_cookie=_wants_cookie(request))


class TokenRefreshView(DoorView):
    @extend_schema(
        operation_id="refresh_tokens",
        request=RefreshInput,
        responses={200: TokensSerializer, **_REFUSED},
        parameters=[_COOKIE],
    )
    def post(self, request: Request) -> Response:
        """New tokens for a refresh token, once: using one again ends the whole sign-in."""
        tokens = actions.rotate_refresh_token(**RefreshInput.read(request.data), address=address_of(request))
        return _token_answer(request, tokens, as_cookie=_wants_cookie(request))


class TokenRevokeView(DoorView):
    @extend_schema(
        operation_id="revoke_tokens",
        request=RevokeInput,
        responses={204: None, **_REFUSED, 403: ErrorSerializer},
    )
    def post(self, request: Request) -> Response:
        """End the sign-in that this refresh token belongs to; without one, that of the access token which is shown.

        204 also for a refresh token that is no good (RFC 7009).
        """
        sent = RevokeInput.read(request.data)
        if "refresh" in sent:
            actions.revoke_refresh_token(**sent, address=address_of(request))
        else:
            actions.revoke_sign_in(sign_in=_shown_sign_in(request), address=address_of(request))
        response = Response(status=204)
        response.delete_cookie(ACCESS_COOKIE, samesite="Lax")
        return response


def _shown_sign_in(request: Request) -> SignIn:
    """Of the access token in the header or in the cookie. Raises Invalid if there is none."""
    for way in (BearerAuthentication(), AccessCookieAuthentication()):
        shown = way.authenticate(request)
        if shown and isinstance(shown[1], SignIn):
            return shown[1]
    raise Invalid(fields={"refresh": _("Please send the refresh token, or show the access token that shall end.")})
