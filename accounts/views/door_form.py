"""A form whose page says what an action refused."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from core.errors import DomainError, Invalid


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
