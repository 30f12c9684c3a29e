"""The page of one's own data: have it packed, take it along, delete the account."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import actions
from accounts.doors import export_file, person_of
from accounts.forms import DeletionForm
from accounts.models import DataExport
from core.errors import DomainError, Invalid
from core.network import client_ip

SHOWN = 5  # of one's exports


@never_cache
@require_safe
@login_required
def data(request: HttpRequest) -> HttpResponse:
    return _page(request, DeletionForm())


@never_cache
@require_safe
@login_required
def exports(request: HttpRequest) -> HttpResponse:
    """The list alone, asked for again and again while one is being packed."""
    return render(request, "accounts/settings/_exports.html", {"exports": _exports(request)})


@require_POST
@login_required
def ask_export(request: HttpRequest) -> HttpResponse:
    try:
        actions.ask_export(user=person_of(request), address=client_ip(request))
    except DomainError as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(
            request, _("We are packing your data. You get a mail when it is ready; you can leave this page.")
        )
    return redirect("settings:data")


@require_safe
@login_required
def download(request: HttpRequest, export_id: int) -> StreamingHttpResponse:
    return export_file(request, person_of(request), export_id)


@require_POST
@login_required
def ask_deletion(request: HttpRequest) -> HttpResponse:
    form = DeletionForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        actions.ask_deletion(
            user=person_of(request),
            password=form.cleaned_data["password"],
            address=client_ip(request),
            keep_session=request.session,
        )
    except Invalid as wrong:
        for field, said in (wrong.fields or {}).items():
            form.add_error(field, said)
        return _page(request, form, status=400)
    except DomainError as refused:
        form.add_error(None, str(refused.detail))
        return _page(request, form, status=refused.status)
    return redirect("settings:data")


@require_POST
@login_required
def keep_account(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    actions.cancel_deletion(user=person, by=person, address=client_ip(request))
    messages.success(request, _("Your account stays. We are glad!"))
    return redirect("settings:data")


def _page(request: HttpRequest, form: forms.Form, status: int = 200) -> HttpResponse:
    return render(request, "accounts/settings/data.html", {"exports": _exports(request), "form": form}, status=status)


def _exports(request: HttpRequest) -> list[DataExport]:
    return list(DataExport.objects.filter(user=person_of(request)).order_by("-pk")[:SHOWN])
