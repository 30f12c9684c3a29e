"""The part of `/settings/` that asks for the password or ends sign-ins."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import actions
from accounts.doors import person_of
from accounts.forms import (
    ChangeEmailForm,
    ChangePasswordForm,
)
from accounts.views.door_form import DoorForm, own_form
from core.network import client_ip


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
