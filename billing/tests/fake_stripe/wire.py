"""Stripe's wire format: nested form fields, `expand[]`, pages of lists, errors, idempotency keys."""

import copy
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from billing.tests.fake_stripe.shapes import Object, listed

DEEPEST = 4  # https://docs.stripe.com/expand
_PART = re.compile(r"\[([^\]]*)\]")


class ApiError(Exception):
    """What is answered instead: https://docs.stripe.com/api/errors."""

    def __init__(self, status: int, message: str, *, kind: str = "invalid_request_error", **more: Any) -> None:
        self.status = status
        told = {"message": message, "type": kind, **{name: value for name, value in more.items() if value is not None}}
        self.body = {"error": told}
        super().__init__(message)


def missing(kind: str, ref: str, param: str = "id") -> ApiError:
    return ApiError(404, f"No such {kind}: '{ref}'", code="resource_missing", param=param)


def decode(raw: str) -> Object:
    """`items[0][price]=x&expand[]=y` -> {"items": [{"price": "x"}], "expand": ["y"]}."""
    tree: Object = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        first = name.partition("[")[0]
        parts = [first, *_PART.findall(name[len(first) :])]
        _plant(tree, parts, value)
    planted: Object = _as_lists(tree)
    return planted


def _plant(tree: Object, parts: list[str], value: str) -> None:
    for part in parts[:-1]:
        tree = tree.setdefault(part, {})
    last = parts[-1] or str(len(tree))
    tree[last] = value


def _as_lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    grown = {name: _as_lists(value) for name, value in tree.items()}
    if grown and all(name.isdigit() for name in grown):
        return [grown[name] for name in sorted(grown, key=int)]
    return grown


def refuse_unknown(asked: Object, known: str) -> None:
    for name in asked:
        if name not in known.split() and name != "expand":
            raise ApiError(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def need(asked: Object, *names: str) -> None:
    for name in names:
        if not asked.get(name):
            raise ApiError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def expand(answer: Object, paths: list[str], look_up: Callable[[Object, str], Any]) -> Object:
    """A copy with things in place of their ids. `look_up(thing, field)` knows what is only there on demand."""
    shown = copy.deepcopy(answer)
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST:
            raise ApiError(400, f"You cannot expand more than {DEEPEST} levels of a property: {path}", param="expand")
        _expand(shown, parts, path, look_up)
    return shown


def _expand(thing: Any, parts: list[str], path: str, look_up: Callable[[Object, str], Any]) -> None:
    if thing is None or not parts:
        return
    if isinstance(thing, list):
        for one in thing:
            _expand(one, parts, path, look_up)
        return
    name, rest = parts[0], parts[1:]
    if isinstance(thing.get(name), str) or name not in thing:
        thing[name] = copy.deepcopy(look_up(thing, name))
    elif thing[name] is not None and not isinstance(thing[name], (dict, list)):
        raise ApiError(400, f"This property cannot be expanded ({path}).", param="expand")
    _expand(thing[name], rest, path, look_up)


def page(found: list[Object], asked: Object, url: str) -> Object:
    """The newest first, `limit` of them, after `starting_after`."""
    limit = int(asked.get("limit", 10))
    if not 1 <= limit <= 100:
        raise ApiError(400, "Invalid integer: limit", param="limit")
    after = asked.get("starting_after")
    if after is not None:
        refs = [one["id"] for one in found]
        if after not in refs:
            raise missing("object", after, "starting_after")
        found = found[refs.index(after) + 1 :]
    return listed(found[:limit], url, has_more=len(found) > limit)
