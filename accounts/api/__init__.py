"""The calls of people, over JSON."""

from accounts.api.data import DeletionView, ExportFileView, ExportsView
from accounts.api.entrance import (
    ActivateView,
    ActivationMailView,
    PasswordResetConfirmView,
    PasswordResetView,
    PasswordView,
    RegisterView,
    TokenRefreshView,
    TokenRevokeView,
    TokenView,
)
from accounts.api.me import AddressesView, AddressView, AvatarView, MeView, PersonView, StatusView
from accounts.api.push import PushKeyView, PushSubscriptionView

__all__ = [
    "ActivateView",
    "ActivationMailView",
    "AddressView",
    "AddressesView",
    "AvatarView",
    "DeletionView",
    "ExportFileView",
    "ExportsView",
    "MeView",
    "PasswordResetConfirmView",
    "PasswordResetView",
    "PasswordView",
    "PersonView",
    "PushKeyView",
    "PushSubscriptionView",
    "RegisterView",
    "StatusView",
    "TokenRefreshView",
    "TokenRevokeView",
    "TokenView",
]
