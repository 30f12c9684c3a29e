"""scripts/messages.py: what it finds wrong with a translation."""

import polib
import pytest

from scripts import messages

ARABIC = "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5"


def catalogue(*entries: polib.POEntry) -> polib.POFile:
    words = polib.POFile()
    words.metadata = {"Plural-Forms": f"nplurals=6; plural={ARABIC};"}
    words.extend(entries)
    return words


def wrong(entry: polib.POEntry) -> list[str]:
    return list(messages.placeholder_problems(entry, messages.forms_of(catalogue())))


def counted(*forms: str) -> polib.POEntry:
    return polib.POEntry(msgid="%(n)s room", msgid_plural="%(n)s rooms", msgstr_plural=dict(enumerate(forms)))


@pytest.mark.parametrize(
    ("message", "translation", "is_right"),
    [
        ("Hello %(name)s", "%(name)s مرحبا", True),
        ("{name} says: {text}", "{text}: {name}", True),
        ("100%% of %(name)s", "%(name)s", True),
        ("Hello %(name)s", "مرحبا", False),
        ("Hello %(name)s", "%(nom)s", False),
        ("Hello %(name)s", "%(name)d", False),
        ("{count} left", "{cuenta}", False),
        ("Hello", "{name}", False),
    ],
)
def test_a_translation_has_the_placeholders_of_its_message(message, translation, is_right):
    assert (wrong(polib.POEntry(msgid=message, msgstr=translation)) == []) is is_right


def test_only_a_form_for_one_number_may_leave_the_number_out():
    assert wrong(counted("none", "one", "two", "%(n)s few", "%(n)s many", "%(n)s")) == []
    assert len(wrong(counted("none", "one", "two", "few", "%(n)s many", "%(n)s"))) == 1
    assert len(wrong(counted("none", "one %(m)s", "two", "%(n)s", "%(n)s", "%(n)s"))) == 1


def test_every_plural_form_of_the_language_is_there():
    assert "has 2 plural forms, the language has 6" in wrong(counted("%(n)s", "%(n)s"))[0]


def test_what_is_not_whole_is_said(tmp_path):
    words = catalogue(
        polib.POEntry(msgid="Rooms", msgstr="غرف"),
        polib.POEntry(msgid="Mail"),
        polib.POEntry(msgid="Send", msgstr="أرسل", flags=["fuzzy"]),
    )
    path = tmp_path / "ar" / "LC_MESSAGES" / "django.po"
    messages.write(words, path)

    said = list(messages.catalogue_problems(path))

    assert [one.partition(":")[0] for one in said[1:]] == ["not translated", "fuzzy"]
    assert "messages.py compile" in said[0]


def test_a_catalogue_is_written_the_same_however_it_came(tmp_path):
    entries = [polib.POEntry(msgid="b", msgstr="ب"), polib.POEntry(msgid="a", msgstr="ا")]
    first, second = tmp_path / "1.po", tmp_path / "2.po"
    messages.write(catalogue(*entries), first)
    messages.write(catalogue(*entries[::-1]), second)

    assert first.read_bytes() == second.read_bytes()
    assert b"Date" not in first.read_bytes()
