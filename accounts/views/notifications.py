"""The page of notifications: each browser has its own, so most of it is static/js/notifications.js."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.doors import person_of
from accounts.models import PushSubscription


@never_cache
@login_required
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    browsers = PushSubscription.objects.filter(user=person_of(request)).count()
    return render(request, "accounts/settings/notifications.html", {"browsers": browsers})
