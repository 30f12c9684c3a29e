"""Where somebody can be reached: at most twenty addresses, of which exactly one comes first.

Each locks its person's row: one after the other, two can neither both become the first one nor the twenty-first.
"""

from django.db import transaction

from accounts.errors import TooManyAddresses
from accounts.models import Address, User
from core.errors import NotFound

MOST_ADDRESSES = 20


@transaction.atomic
def add_address(*, user: User, values: dict[str, str], first: bool = False) -> Address:
    """Checked input (`accounts.addresses`). The only one is the first one. Raises TooManyAddresses."""
    _lock(user.pk)
    there = Address.objects.filter(user=user).count()
    if there >= MOST_ADDRESSES:
        raise TooManyAddresses
    address = Address.objects.create(user=user, **values)
    if first or not there:
        _put_first(address)
    return address


@transaction.atomic
def change_address(*, address: Address, values: dict[str, str], first: bool = False) -> Address:
    """Checked input. Another one takes its place as the first one by being put first."""
    _lock_owner_of(address)
    for name, value in values.items():
        setattr(address, name, value)
    address.save(update_fields=list(values))
    if first:
        _put_first(address)
    return address


@transaction.atomic
def put_address_first(*, address: Address) -> None:
    _lock_owner_of(address)
    _put_first(address)


@transaction.atomic
def remove_address(*, address: Address) -> None:
    """After the first one, the newest of the others comes first."""
    _lock_owner_of(address)
    address.delete()
    others = Address.objects.filter(user_id=address.user_id)
    newest = others.order_by("-pk").first()
    if newest and not others.filter(is_default=True).exists():
        _put_first(newest)


def _put_first(address: Address) -> None:
    Address.objects.filter(user_id=address.user_id, is_default=True).exclude(pk=address.pk).update(is_default=False)
    Address.objects.filter(pk=address.pk).update(is_default=True)
    address.is_default = True


def _lock(user_id: int) -> None:
    User.objects.select_for_update().get(pk=user_id)


def _lock_owner_of(address: Address) -> None:
    """Raises NotFound if it was deleted a moment ago."""
    _lock(address.user_id)
    if not Address.objects.filter(pk=address.pk).exists():
        raise NotFound
