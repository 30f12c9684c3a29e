"""Every change to an account and to who is signed in. The pages (through allauth's forms) and the API both end here.

What takes access away raises `auth_rev` in the same transaction and tells the sockets after the commit. `address` is
where a request came from. Passwords are hashed outside of transactions: it takes long, and SQLite has one writer.
"""

from accounts.actions.access import deactivate, forget_old_sign_ins, sign_out_everywhere
from accounts.actions.addresses import (
    MOST_ADDRESSES,
    add_address,
    change_address,
    put_address_first,
    remove_address,
)
from accounts.actions.asked_mails import (
    answer_asked_mail,
    ask_activation,
    ask_password_reset,
    forget_asked_mails,
    send_activation_again,
)
from accounts.actions.avatars import (
    dismiss_failed_avatar,
    make_avatar,
    remove_avatar,
    sweep_avatar_files,
    upload_avatar,
)
from accounts.actions.email import ask_email_change, cancel_email_change, repeat_email_change, waiting_email
from accounts.actions.erasure import ask_deletion, cancel_deletion, erase_person
from accounts.actions.exports import ask_export, pack_export, throw_away_exports_of, throw_away_old_exports
from accounts.actions.passwords import change_password, reset_password
from accounts.actions.preferences import set_language
from accounts.actions.profile import change_profile
from accounts.actions.push import browsers_of, queue_pushes, send_push, subscribe_to_push, unsubscribe_from_push
from accounts.actions.sign_in import (
    Tokens,
    find_by_password,
    note_sign_in,
    revoke_refresh_token,
    revoke_sign_in,
    rotate_refresh_token,
    sign_in_with_password,
    sign_out,
)
from accounts.actions.sign_up import activate, confirm_address, forget_unconfirmed, register
from accounts.actions.staff import (
    deactivate_person,
    end_sign_in,
    keep_persons_account,
    reactivate_person,
    resend_activation,
    send_mail_again,
    sign_person_out,
)
from accounts.actions.status import set_status

__all__ = [
    "MOST_ADDRESSES",
    "Tokens",
    "activate",
    "add_address",
    "answer_asked_mail",
    "ask_activation",
    "ask_deletion",
    "ask_email_change",
    "ask_export",
    "ask_password_reset",
    "browsers_of",
    "cancel_deletion",
    "cancel_email_change",
    "change_address",
    "change_password",
    "change_profile",
    "confirm_address",
    "deactivate",
    "deactivate_person",
    "dismiss_failed_avatar",
    "end_sign_in",
    "erase_person",
    "find_by_password",
    "forget_asked_mails",
    "forget_old_sign_ins",
    "forget_unconfirmed",
    "keep_persons_account",
    "make_avatar",
    "note_sign_in",
    "pack_export",
    "put_address_first",
    "queue_pushes",
    "reactivate_person",
    "register",
    "remove_address",
    "remove_avatar",
    "repeat_email_change",
    "resend_activation",
    "reset_password",
    "revoke_refresh_token",
    "revoke_sign_in",
    "rotate_refresh_token",
    "send_activation_again",
    "send_mail_again",
    "send_push",
    "set_language",
    "set_status",
    "sign_in_with_password",
    "sign_out",
    "sign_out_everywhere",
    "sign_person_out",
    "subscribe_to_push",
    "sweep_avatar_files",
    "throw_away_exports_of",
    "throw_away_old_exports",
    "unsubscribe_from_push",
    "upload_avatar",
    "waiting_email",
]
