"""Where allauth's pages meet our actions: it brings views, forms and stages, we decide and change."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import actions, policies
from accounts.errors import EmailUnverified
from accounts.models import User
from accounts.usernames import clean_username
from core.errors import Invalid
from core.network import client_ip


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_taken": _("This name is taken already."),
        "username_password_mismatch": _("This name and password do not belong together."),
        "email_password_mismatch": _("This name and password do not belong together."),
    }

    def clean_username(self, username: str, shallow: bool = False) -> str:
        try:
            name = clean_username(username)
        except Invalid as refused:
            raise ValidationError((refused.fields or {})["username"]) from refused
        if not shallow and User.objects.named(name).exists():
            raise self.validation_error("username_taken")
        return name

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        login = credentials.get("username") or credentials["email"]
        return actions.find_by_password(
            login=login, password=credentials["password"], address=self.get_client_ip(request)
        )

    def pre_login(self, request: HttpRequest, user: User, **hooks: Any) -> HttpResponse | None:
        """Whoever has the right password and may not sign in all the same."""
        refused = super().pre_login(request, user, **hooks)
        if refused is not None or policies.has_verified_address(user):
            return refused
        actions.send_activation_again(user=user)
        messages.warning(request, EmailUnverified.detail)
        return self.respond_email_verification_sent(request, user)

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        user_agent = request.META.get("HTTP_USER_AGENT", "")
        actions.note_sign_in(user=user, address=self.get_client_ip(request), user_agent=user_agent)

    def logout(self, request: HttpRequest) -> None:
        actions.sign_out(request=request)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)
