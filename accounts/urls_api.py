from django.urls import path

from accounts import api

urlpatterns = [
    path("auth/register", api.RegisterView.as_view(), name="api_register"),
    path("auth/activate", api.ActivateView.as_view(), name="api_activate"),
    path("auth/password-reset", api.PasswordResetView.as_view(), name="api_password_reset"),
    path("auth/password-reset/confirm", api.PasswordResetConfirmView.as_view(), name="api_password_reset_confirm"),
    path("auth/token", api.TokenView.as_view(), name="api_token"),
    path("auth/token/refresh", api.TokenRefreshView.as_view(), name="api_token_refresh"),
    path("auth/token/revoke", api.TokenRevokeView.as_view(), name="api_token_revoke"),
    path("me", api.MeView.as_view(), name="api_me"),
]
