"""Signing up and in, and the way back in for who has lost the password. allauth's views where they fit."""

from typing import Any

from allauth.account import views as allauth
from allauth.account.models import EmailConfirmationHMAC
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts import actions
from accounts.errors import BadKey
from accounts.forms import (
    ASKED_EMAIL,
    ActivationForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from accounts.views.door_form import DoorForm, secret_form
from core.network import client_ip


class SignInView(DoorForm, allauth.LoginView):
    pass


class SignUpView(DoorForm, allauth.SignupView):
    pass


@method_decorator(never_cache, name="dispatch")
class LookIntoYourMailView(DoorForm):
    """After signing up: sends the mail once more, to whoever waits for it. The answer is the same for any address."""

    form_class = ActivationForm
    template_name = "account/verification_sent.html"
    success_url = reverse_lazy("account_email_verification_sent")

    def get_initial(self) -> dict[str, Any]:
        return {"email": self.request.session.get(ASKED_EMAIL, "")}

    def form_valid(self, form: Form) -> HttpResponse:
        email = form.cleaned_data["email"]
        actions.ask_activation(email=email, address=client_ip(self.request))
        self.request.session[ASKED_EMAIL] = email
        messages.success(self.request, _("If somebody waits to confirm this address, the link is on its way again."))
        return super().form_valid(form)


@never_cache
def confirm_email(request: HttpRequest, key: str) -> HttpResponse:
    """Asks first: programs that look into mail follow links too."""
    if request.method == "POST":
        return _confirm_email(request, key)
    confirmation = EmailConfirmationHMAC.from_key(key)
    return _confirmation_page(request, key, confirmation and confirmation.email_address)


def _confirm_email(request: HttpRequest, key: str) -> HttpResponse:
    try:
        confirmed = actions.activate(key=key, address=client_ip(request))
    except BadKey:
        return _confirmation_page(request, key, None)
    if request.user.pk == confirmed.user_id:
        messages.success(request, _("Your new e-mail address is confirmed."))
        return redirect("account_email")
    messages.success(request, _("Your e-mail address is confirmed. You can sign in now."))
    return redirect("account_login")


def _confirmation_page(request: HttpRequest, key: str, email_address: Any) -> HttpResponse:
    known = {"email_address": email_address, "key": key}
    return render(request, "account/email_confirm.html", known, status=200 if email_address else BadKey.status)


class PasswordResetView(DoorForm):
    form_class = ResetPasswordForm
    template_name = "account/password_reset.html"
    success_url = reverse_lazy("account_reset_password_done")

    def form_valid(self, form: Form) -> HttpResponse:
        actions.ask_password_reset(email=form.cleaned_data["email"], address=client_ip(self.request))
        return super().form_valid(form)


@method_decorator(secret_form, name="dispatch")
class PasswordResetFromKeyView(DoorForm, allauth.PasswordResetFromKeyView):
    """allauth's takes the key out of the address first, so that no Referer tells it."""

    def get_form_class(self) -> type[Form]:
        return ResetPasswordKeyForm

    def form_valid(self, form: ResetPasswordKeyForm) -> HttpResponse:
        password = form.cleaned_data["password"]
        actions.reset_password(key=form.key(), password=password, address=client_ip(self.request))
        return HttpResponseRedirect(self.get_success_url())
