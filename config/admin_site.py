"""`/admin/`: unfold's pages behind our own sign-in, for the models that have a page made for the staff."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from accounts import actions
from core.errors import NotFound
from core.staff_pages import StaffPage

View = Callable[..., HttpResponse]

# What unfold cannot do without: Alpine evaluates its attributes, and sizes and colours stand in the markup.
_relaxed = csp_update({"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]})


class PlazaAdminSite(UnfoldAdminSite):
    index_title = _("Overview")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Packages bring pages of their own, which save and delete past our actions: those are not taken."""
        if admin_class is not None and issubclass(admin_class, StaffPage):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Whoever is signed in and no staff finds nothing here; who is not signed in, our sign-in."""
        inner = super().admin_view(_relaxed(view), cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise NotFound
            return inner(request, *args, **kwargs)

        return guarded

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise NotFound
        return redirect_to_sign_in(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST":
            actions.sign_out(request=request)
        return redirect("landing")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_change_password")


def redirect_to_sign_in(request: HttpRequest) -> HttpResponse:
    asked_for = request.GET.get("next", "")
    return redirect_to_login(asked_for if asked_for.startswith("/admin/") else reverse("admin:index"))
