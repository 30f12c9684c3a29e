from django.urls import path

from accounts import api, api_data, api_me

urlpatterns = [
    path("auth/register", api.RegisterView.as_view(), name="api_register"),
    path("auth/activate", api.ActivateView.as_view(), name="api_activate"),
    path("auth/activation-mail", api.ActivationMailView.as_view(), name="api_activation_mail"),
    path("auth/password", api.PasswordView.as_view(), name="api_password"),
    path("auth/password-reset", api.PasswordResetView.as_view(), name="api_password_reset"),
    path("auth/password-reset/confirm", api.PasswordResetConfirmView.as_view(), name="api_password_reset_confirm"),
    path("auth/token", api.TokenView.as_view(), name="api_token"),
    path("auth/token/refresh", api.TokenRefreshView.as_view(), name="api_token_refresh"),
    path("auth/token/revoke", api.TokenRevokeView.as_view(), name="api_token_revoke"),
    path("me", api_me.MeView.as_view(), name="api_me"),
    path("me/avatar", api_me.AvatarView.as_view(), name="api_me_avatar"),
    path("me/addresses", api_me.AddressesView.as_view(), name="api_me_addresses"),
    path("me/addresses/<str:address_id>", api_me.AddressView.as_view(), name="api_me_address"),
    path("people/<str:username>", api_me.PersonView.as_view(), name="api_person"),
    path("me/status", api.StatusView.as_view(), name="api_me_status"),
    path("me/exports", api_data.ExportsView.as_view(), name="api_exports"),
    path("me/exports/<str:export_id>/file", api_data.ExportFileView.as_view(), name="api_export_file"),
    path("me/deletion", api_data.DeletionView.as_view(), name="api_deletion"),
]
