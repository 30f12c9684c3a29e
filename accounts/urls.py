"""The pages of an account, under the names that allauth knows them by. Not listed is not offered yet."""

from allauth.account import views as allauth
from django.urls import path, re_path

from accounts import views, views_status

urlpatterns = [
    path("login/", views.SignInView.as_view(), name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("language/", views.switch_language, name="set_language"),
    path("status/", views_status.set_status, name="set_status"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", views.SignUpView.as_view(), name="account_signup"),
    path("confirm-email/", views.LookIntoYourMailView.as_view(), name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", views.confirm_email, name="account_confirm_email"),
    path("password/change/", views.PasswordChangeView.as_view(), name="account_change_password"),
    path("password/reset/", views.PasswordResetView.as_view(), name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.PasswordResetFromKeyView.as_view(),
        name="account_reset_password_from_key",
    ),
]
