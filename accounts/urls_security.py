"""The part of `/settings/` that asks for the password or ends sign-ins."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("email/", views.EmailView.as_view(), name="account_email"),
    path("email/again/", views.email_again, name="account_email_again"),
    path("email/cancel/", views.email_cancel, name="account_email_cancel"),
    path("sign-out-everywhere/", views.sign_out_everywhere, name="account_sign_out_everywhere"),
]
