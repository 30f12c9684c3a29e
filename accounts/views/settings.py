"""The pages of `/settings/`: profile, picture, addresses."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, postal
from accounts.addresses import FIELDS
from accounts.doors import avatar_state, own_address, person_of
from accounts.forms import AddressForm, AvatarForm, ProfileForm, known_time_zones
from accounts.models import Address
from accounts.presence import AUTOMATIC
from accounts.profiles import shown_phone
from core import languages
from core.errors import DomainError


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = ProfileForm(request.POST if request.method == "POST" else None, person=person)
    if request.method != "POST" or not form.is_valid():
        return _show_profile(request, form, AvatarForm())
    person = actions.change_profile(user=person, changes=form.changes)
    status = form.cleaned_data["status"]
    if status != (person.status or AUTOMATIC):
        actions.set_status(user=person, status=status)
    languages.go_on_in(person.language)
    messages.success(request, _("Your profile is saved."))
    return redirect("settings:profile")


@login_required
@require_POST
def avatar(request: HttpRequest) -> HttpResponse:
    form = AvatarForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            actions.upload_avatar(user=person_of(request), content=form.cleaned_data["avatar"].read())
        except DomainError as refusal:
            form.add_error("avatar", list((refusal.fields or {"avatar": refusal.detail}).values()))
        else:
            messages.success(request, _("Your picture has arrived. It is shown in a moment."))
            return redirect("settings:profile")
    return _show_profile(request, ProfileForm(person=person_of(request)), form)


@login_required
@require_POST
def avatar_remove(request: HttpRequest) -> HttpResponse:
    actions.remove_avatar(person_of(request))
    messages.success(request, _("Your picture is gone. Your initials are shown instead."))
    return redirect("settings:profile")


@login_required
@require_POST
def avatar_dismiss(request: HttpRequest) -> HttpResponse:
    actions.dismiss_failed_avatar(person_of(request))
    return redirect("settings:profile")


@never_cache
@login_required
@require_safe
def addresses(request: HttpRequest) -> HttpResponse:
    found = Address.objects.filter(user=person_of(request)).order_by("-is_default", "-pk")
    shown = [{"address": one, "lines": lines_of(one), "phone": shown_phone(one.phone)} for one in found]
    is_full = len(shown) >= actions.MOST_ADDRESSES
    return render(request, "accounts/settings/addresses.html", {"addresses": shown, "is_full": is_full})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def address_new(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    first = not Address.objects.filter(user=person).exists()
    initial = {"type": Address.Type.HOME, "name": person.display_name, "phone": shown_phone(person.phone)}
    form = _address_form(request, initial, may_be_first=not first)
    if _wants_saving(request) and form.is_valid():
        try:
            actions.add_address(user=person, values=form.values, first=bool(form.cleaned_data.get("default")))
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Your address is saved."))
            return redirect("settings:addresses")
    return _show_address(request, form)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def address_edit(request: HttpRequest, address_id: str) -> HttpResponse:
    address = own_address(person_of(request), address_id)
    initial = {name: getattr(address, name) for name in FIELDS}
    initial["phone"] = shown_phone(address.phone)
    form = _address_form(request, initial, may_be_first=not address.is_default)
    if _wants_saving(request) and form.is_valid():
        actions.change_address(address=address, values=form.values, first=bool(form.cleaned_data.get("default")))
        messages.success(request, _("Your address is saved."))
        return redirect("settings:addresses")
    return _show_address(request, form, address)


@login_required
@require_POST
def address_first(request: HttpRequest, address_id: str) -> HttpResponse:
    actions.put_address_first(address=own_address(person_of(request), address_id))
    messages.success(request, _("This address is used first from now on."))
    return redirect("settings:addresses")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def address_delete(request: HttpRequest, address_id: str) -> HttpResponse:
    """Asks first, also where there is no script to ask with."""
    address = own_address(person_of(request), address_id)
    if request.method == "POST":
        actions.remove_address(address=address)
        messages.success(request, _("The address is deleted."))
        return redirect("settings:addresses")
    shown = {"address": address, "lines": lines_of(address)}
    return render(request, "accounts/settings/address_delete.html", shown)


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/settings/account.html")


def lines_of(address: Address) -> list[str]:
    return postal.formatted(address.country, {name: getattr(address, name) for name in FIELDS})


def _show_profile(request: HttpRequest, form: ProfileForm, picture: AvatarForm) -> HttpResponse:
    shown: dict[str, Any] = {
        "form": form,
        "picture": picture,
        "picture_state": avatar_state(person_of(request)),
        "time_zones": known_time_zones(),
        "most_megabytes": settings.AVATAR_BYTES // 1024 // 1024,
    }
    wrong = form.is_bound or picture.is_bound
    return render(request, "accounts/settings/profile.html", shown, status=400 if wrong else 200)


def _wants_saving(request: HttpRequest) -> bool:
    """Another country has other fields: then the form comes back with those first, and what was typed."""
    return request.method == "POST" and "change_country" not in request.POST


def _address_form(request: HttpRequest, initial: dict[str, Any], *, may_be_first: bool) -> AddressForm:
    sent = request.POST if request.method == "POST" else None
    country = sent.get("country", "") if sent is not None else initial.get("country", "")
    country = country if postal.is_country(country) else ""
    if sent is not None and not _wants_saving(request):
        return AddressForm(country=country, initial={**initial, **sent.dict()}, may_be_first=may_be_first)
    return AddressForm(sent, country=country, initial=initial, may_be_first=may_be_first)


def _show_address(request: HttpRequest, form: AddressForm, address: Address | None = None) -> HttpResponse:
    shown = {"form": form, "address": address}
    return render(request, "accounts/settings/address.html", shown, status=400 if form.is_bound else 200)
