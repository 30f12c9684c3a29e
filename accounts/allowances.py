"""How often somebody may try a password, or have a mail sent. Pages and API share the same allowance."""

from accounts.errors import TooManyTries
from core import rates
from core.network import address_key


def take_a_try(who: str, address: str) -> None:
    """Of a password: per account and address together, and per address. Raises TooManyTries."""
    key = address_key(address)
    _take("SIGNIN_ADDRESS", key)
    _take("SIGNIN", f"{who}:{key}")


def take_a_mail(address: str) -> None:
    """Signing up, and asking for a mail: per address. Raises TooManyTries."""
    _take("SIGNUP", address_key(address))


def _take(name: str, key: str) -> None:
    if wait := rates.spend(name, key):
        raise TooManyTries(retry_after=wait)
