"""The doors to an account. allauth's views where they fit, with what our actions refuse said on the form."""

from collections.abc import Callable
from typing import Any

from allauth.account import views as allauth
from allauth.account.models import EmailConfirmationHMAC
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from accounts import actions
from accounts.doors import page_before, person_of
from accounts.errors import BadKey
from accounts.forms import (
    ASKED_EMAIL,
    ActivationForm,
    ChangeEmailForm,
    ChangePasswordForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from accounts.models import User
from core.errors import DomainError, Invalid
from core.network import client_ip


class DoorForm(FormView):
    """What an action refuses stands on the form, beside its field, and what was typed stays."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        try:
            return self.form_valid(form) if form.is_valid() else self.form_invalid(form)
        except DomainError as refusal:
            return self._refused(form, refusal)

    def _refused(self, form: Form, refusal: DomainError) -> HttpResponse:
        for name, said in (refusal.fields or {"": str(refusal.detail)}).items():
            form.add_error(name if name in form.fields else None, said)
        response = self.form_invalid(form)
        if not isinstance(refusal, Invalid):
            response.status_code = refusal.status
        if refusal.retry_after is not None:
            response["Retry-After"] = str(int(refusal.retry_after) + 1)
        return response


secret_form: list[Callable[..., Any]] = [never_cache, sensitive_post_parameters()]
own_form: list[Callable[..., Any]] = [login_required, *secret_form]


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


@method_decorator(own_form, name="dispatch")
class PasswordChangeView(DoorForm):
    form_class = ChangePasswordForm
    template_name = "account/password_change.html"
    success_url = reverse_lazy("account_change_password")

    def form_valid(self, form: Form) -> HttpResponse:
        actions.change_password(
            **form.cleaned_data,
            user=person_of(self.request),
            address=client_ip(self.request),
            keep_session=self.request.session,
        )
        messages.success(self.request, _("Your password is changed. Everywhere else you are signed out."))
        return super().form_valid(form)


@method_decorator(own_form, name="dispatch")
class EmailView(DoorForm):
    """The address that belongs to the account, the one that waits to, and the form to move to another."""

    form_class = ChangeEmailForm
    template_name = "account/email.html"
    success_url = reverse_lazy("account_email")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(waiting=actions.waiting_email(person_of(self.request)), **kwargs)

    def form_valid(self, form: Form) -> HttpResponse:
        actions.ask_email_change(**form.cleaned_data, user=person_of(self.request), address=client_ip(self.request))
        messages.success(self.request, _("Look into the new mailbox: the link in our mail makes the change."))
        return super().form_valid(form)


@login_required
@require_POST
def email_again(request: HttpRequest) -> HttpResponse:
    actions.repeat_email_change(user=person_of(request), address=client_ip(request))
    messages.success(request, _("The link is on its way again."))
    return redirect("account_email")


@login_required
@require_POST
def email_cancel(request: HttpRequest) -> HttpResponse:
    actions.cancel_email_change(user=person_of(request), address=client_ip(request))
    messages.success(request, _("Your address stays as it is."))
    return redirect("account_email")


@login_required
@never_cache
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Everywhere else: this browser stays."""
    if request.method != "POST":
        return render(request, "account/sign_out_everywhere.html")
    user, address = person_of(request), client_ip(request)
    actions.sign_out_everywhere(user=user, by=user, address=address, keep_session=request.session)
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("account_change_password")


@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """For this browser, by a cookie; for a person also on their other devices and in their mails."""
    language = request.POST.get("language", "")
    actions.set_language(user=request.user if isinstance(request.user, User) else None, language=language)
    response = HttpResponseRedirect(page_before(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
