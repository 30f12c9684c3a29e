"""Where allauth's pages meet our actions: it brings views, forms and stages, we decide and change."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import actions, mails
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

    def logout(self, request: HttpRequest) -> None:
        actions.sign_out(request=request)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        confirmed = actions.confirm_address(email_address=email_address)
        if confirmed:
            text = _("Your e-mail address is confirmed. You can sign in now.")
            self.add_message(request, messages.SUCCESS, message=str(text))
        return confirmed

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:  # noqa: ARG002 - allauth's
        """When somebody signs in on the page whose address is not confirmed yet."""
        mails.send_activation(emailconfirmation.email_address)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)
