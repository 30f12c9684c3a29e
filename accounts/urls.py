"""Every address of people and their accounts.

The pages of signing in and of safety have the names that allauth knows them by. Not listed is not offered yet.
"""

from allauth.account import views as allauth
from django.urls import include, path, re_path

from accounts import api
from accounts.views import data, entrance, menu, notifications, people, security, settings

entrance_pages = [
    path("login/", entrance.SignInView.as_view(), name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("language/", menu.switch_language, name="set_language"),
    path("status/", menu.set_status, name="set_status"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", entrance.SignUpView.as_view(), name="account_signup"),
    path("confirm-email/", entrance.LookIntoYourMailView.as_view(), name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", entrance.confirm_email, name="account_confirm_email"),
    path("password/change/", security.PasswordChangeView.as_view(), name="account_change_password"),
    path("password/reset/", entrance.PasswordResetView.as_view(), name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        entrance.PasswordResetFromKeyView.as_view(),
        name="account_reset_password_from_key",
    ),
]

security_pages = [
    path("email/", security.EmailView.as_view(), name="account_email"),
    path("email/again/", security.email_again, name="account_email_again"),
    path("email/cancel/", security.email_cancel, name="account_email_cancel"),
    path("sign-out-everywhere/", security.sign_out_everywhere, name="account_sign_out_everywhere"),
]

settings_pages = [
    path("", settings.profile, name="profile"),
    path("avatar/", settings.avatar, name="avatar"),
    path("avatar/remove/", settings.avatar_remove, name="avatar_remove"),
    path("avatar/dismiss/", settings.avatar_dismiss, name="avatar_dismiss"),
    path("addresses/", settings.addresses, name="addresses"),
    path("addresses/new/", settings.address_new, name="address_new"),
    path("addresses/<str:address_id>/", settings.address_edit, name="address"),
    path("addresses/<str:address_id>/first/", settings.address_first, name="address_first"),
    path("addresses/<str:address_id>/delete/", settings.address_delete, name="address_delete"),
    path("account/", settings.account, name="account"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("data/", data.data, name="data"),
    path("data/exports/", data.exports, name="exports"),
    path("data/exports/new/", data.ask_export, name="ask_export"),
    path("data/exports/<int:export_id>/", data.download, name="download"),
    path("data/delete/", data.ask_deletion, name="ask_deletion"),
    path("data/keep/", data.keep_account, name="keep_account"),
]

people_pages = [path("<str:username>/", people.profile, name="profile")]

calls = [
    path("auth/register", api.RegisterView.as_view(), name="api_register"),
    path("auth/activate", api.ActivateView.as_view(), name="api_activate"),
    path("auth/activation-mail", api.ActivationMailView.as_view(), name="api_activation_mail"),
    path("auth/password", api.PasswordView.as_view(), name="api_password"),
    path("auth/password-reset", api.PasswordResetView.as_view(), name="api_password_reset"),
    path("auth/password-reset/confirm", api.PasswordResetConfirmView.as_view(), name="api_password_reset_confirm"),
    path("auth/token", api.TokenView.as_view(), name="api_token"),
    path("auth/token/refresh", api.TokenRefreshView.as_view(), name="api_token_refresh"),
    path("auth/token/revoke", api.TokenRevokeView.as_view(), name="api_token_revoke"),
    path("me", api.MeView.as_view(), name="api_me"),
    path("me/avatar", api.AvatarView.as_view(), name="api_me_avatar"),
    path("me/addresses", api.AddressesView.as_view(), name="api_me_addresses"),
    path("me/addresses/<str:address_id>", api.AddressView.as_view(), name="api_me_address"),
    path("people/<str:username>", api.PersonView.as_view(), name="api_person"),
    path("me/status", api.StatusView.as_view(), name="api_me_status"),
    path("me/exports", api.ExportsView.as_view(), name="api_exports"),
    path("me/exports/<str:export_id>/file", api.ExportFileView.as_view(), name="api_export_file"),
    path("push/key", api.PushKeyView.as_view(), name="api_push_key"),
    path("me/push", api.PushSubscriptionView.as_view(), name="api_push"),
    path("me/deletion", api.DeletionView.as_view(), name="api_deletion"),
]

urlpatterns = [
    path("accounts/", include(entrance_pages)),
    path("settings/", include(security_pages)),
    path("settings/", include((settings_pages, "settings"))),
    path("people/", include((people_pages, "people"))),
    path("api/v1/", include(calls)),
]
