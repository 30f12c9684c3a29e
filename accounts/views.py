"""allauth's pages, where its own do not fit."""

from allauth.account import views
from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from accounts import actions


class PasswordChangeView(views.PasswordChangeView):
    def form_valid(self, form: Form) -> HttpResponse:
        actions.change_password(
            user=self.request.user, password=form.cleaned_data["password1"], session=self.request.session
        )
        messages.success(self.request, _("Your password is changed. Everywhere else you are signed out."))
        return HttpResponseRedirect(self.get_success_url())


password_change = PasswordChangeView.as_view()
