"""One's own status, chosen in the account menu of every page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts import actions
from accounts.doors import person_of


@require_POST
@login_required
def set_status(request: HttpRequest) -> HttpResponse:
    actions.set_status(user=person_of(request), status=request.POST.get("status", ""))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    return HttpResponseRedirect(back)
