"""One's own status, chosen in the account menu of every page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from accounts import actions
from accounts.doors import page_before, person_of


@require_POST
@login_required
def set_status(request: HttpRequest) -> HttpResponse:
    actions.set_status(user=person_of(request), status=request.POST.get("status", ""))
    return HttpResponseRedirect(page_before(request))
