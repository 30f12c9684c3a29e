"""The ZIP of an export: a README, one JSON file for each part of a person's data, and their files."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from core import languages, person_data
from core.person_data import PersonData

SIGN_SECONDS = 2.0  # between two signs of life


class Archive:
    """Written as it is read: never more than a chunk of rows is in memory.

    `advance` is told the percentage with every part, and again and again while a long one is being written.
    """

    def __init__(self, user: User, to: BinaryIO, advance: Callable[[int], None]) -> None:
        self._user = user
        self._zip = ZipFile(to, "w", ZIP_DEFLATED)
        self._advance = advance
        self._percent = 0
        self._signed_at = time.monotonic()

    def write(self) -> None:
        parts = person_data.parts()
        with self._zip, languages.spoken_to(self._user.language, self._user.time_zone):
            self._zip.writestr("README.txt", _readme(self._user, parts))
            for number, part in enumerate(parts):
                self._percent = 100 * number // len(parts)
                self._sign()
                self._write_part(part)

    def _write_part(self, part: PersonData) -> None:
        with self._zip.open(f"{part.name}.json", "w", force_zip64=True) as file:
            for text in _json(part.export(self._user)):
                file.write(text.encode())
                self._sign_now_and_then()
        for name, content in part.files(self._user):
            with content, self._zip.open(name, "w", force_zip64=True) as file:
                shutil.copyfileobj(content, file)
            self._sign_now_and_then()

    def _sign_now_and_then(self) -> None:
        if time.monotonic() - self._signed_at > SIGN_SECONDS:
            self._sign()

    def _sign(self) -> None:
        self._signed_at = time.monotonic()
        self._advance(self._percent)


def _readme(user: User, parts: list[PersonData]) -> str:
    return render_to_string("accounts/export_readme.txt", {"person": user, "parts": parts, "now": timezone.now()})


def _json(content: Any) -> Iterator[str]:
    if isinstance(content, Iterator):
        yield "["
        for number, row in enumerate(content):
            yield f"{',' if number else ''}\n{_text(row)}"
        yield "\n]\n"
    else:
        yield f"{_text(content)}\n"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
