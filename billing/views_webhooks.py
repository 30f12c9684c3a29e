"""Where providers tell us, all at one place: the body is stored as it came and answered; a task looks into it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import actions, gateway
from billing.errors import BadWebhook
from core.api import refusal_response
from core.errors import TooLarge

LARGEST = 256 * 1024  # bytes; Stripe's largest events have some 60 KiB


@csrf_exempt  # no cookie is trusted here: the signature is
@require_POST
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """200 once it is stored, also for a copy; 400 for a wrong or old signature, 404 for a provider without keys."""
    gateway.named(provider)
    raw = request.read(LARGEST + 1)
    if len(raw) > LARGEST:
        return refusal_response(TooLarge())
    try:
        actions.take_event(provider=provider, raw=raw, headers=dict(request.headers))
    except gateway.BadSignature:
        return refusal_response(BadWebhook())
    return HttpResponse(status=200)
