"""The demo's mailbox: every mail, with its link to click. Routed in demo mode only."""

import time

from django.apps import apps
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.api import refusal_response
from core.errors import NotFound
from core.models import Mail, Work

PAGE_SIZE = 50
LONGEST_WAIT = 3  # seconds


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    mails = Paginator(Mail.objects.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "core/dev_mail.html", {"mails": mails})


@require_safe
def mail_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "core/dev_mail_one.html", {"mail": get_object_or_404(Mail, pk=pk)})


def _wait_for_workers() -> None:
    works = [model for model in apps.get_models() if issubclass(model, Work)]
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until and any(model.waits_for_a_worker() for model in works):
        time.sleep(0.05)


@require_safe
def latest_mail(request: HttpRequest) -> JsonResponse:
    """The newest mail, of the address `to` if that is given. One that a worker is just writing is waited for."""
    _wait_for_workers()
    mails = Mail.objects.order_by("-pk")
    if "to" in request.GET:
        mails = mails.filter(to__iexact=request.GET["to"].strip().replace("\0", ""))
    mail = mails.first()
    if mail is None:
        return refusal_response(NotFound())
    return JsonResponse({part: getattr(mail, part) for part in ("to", "subject", "text", "html", "key", "link")})
