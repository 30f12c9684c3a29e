"""Every change to an account and to who is signed in. The pages (through allauth's forms) and the API both end here.

What takes access away raises `auth_rev` in the same transaction and tells the sockets after the commit. `address` is
where a request came from. Passwords are hashed outside of transactions: it takes long, and SQLite has one writer.
"""

from accounts.actions.access import deactivate, forget_old_sign_ins
from accounts.actions.passwords import ask_password_reset, change_password, reset_password
from accounts.actions.sign_in import (
    Tokens,
    find_by_password,
    revoke_refresh_token,
    revoke_sign_in,
    rotate_refresh_token,
    sign_in_with_password,
    sign_out,
)
from accounts.actions.sign_up import activate, confirm_address, register, send_activation_again

__all__ = [
    "Tokens",
    "activate",
    "ask_password_reset",
    "change_password",
    "confirm_address",
    "deactivate",
    "find_by_password",
    "forget_old_sign_ins",
    "register",
    "reset_password",
    "revoke_refresh_token",
    "revoke_sign_in",
    "rotate_refresh_token",
    "send_activation_again",
    "sign_in_with_password",
    "sign_out",
]
