"""The words of every language: takes them from the source into locale/, and makes from there what runs.

    python scripts/messages.py extract [code …]   bring every locale/*/LC_MESSAGES/django.po to what the source says;
                                                  a code that has no folder yet becomes a new language
    python scripts/messages.py compile            write the .mo beside each .po
    python scripts/messages.py --check            offline: is all translated and compiled, with the same placeholders?

Only `extract` needs gettext (apt-get install gettext). The check compares the .po with the source where gettext is
installed; in CI it must be.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from functools import cache
from gettext import c2py  # how gettext itself reads plural rules
from pathlib import Path

import django.conf
import polib
from django.conf import settings
from django.core.management.commands.makemessages import Command as MakeMessages

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")
SAMPLES = range(201)  # every plural form of every language is that of one of these
MAKEMESSAGES = ["--locale=en", "--extension=html,txt,py", "--no-location", "--no-wrap", "--keep-pot", "--verbosity=0"]
HEADER = {
    "Project-Id-Version": "Plaza",
    "Report-Msgid-Bugs-To": "",
    "Last-Translator": "",
    "Language-Team": "",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", nargs="?", choices=("extract", "compile"))
    parser.add_argument("codes", nargs="*", help="languages to extract into; all that there are, if none is named")
    parser.add_argument("--check", action="store_true", help="verify the committed files, offline")
    asked = parser.parse_args()
    if asked.check:
        wrong = problems()
        print("\n".join(wrong) or "Every language is complete.")
        return 1 if wrong else 0
    if asked.command == "extract":
        extract(asked.codes)
    elif asked.command == "compile":
        compile_all(LOCALE)
    else:
        parser.error("say extract, compile or --check")
    return 0


# --- From the source ----------------------------------------------------------------------------------------------


def extract(codes: list[str]) -> None:
    source = messages_of_source()
    for code in codes or [path.parent.parent.name for path in catalogues(LOCALE)]:
        path = LOCALE / code / "LC_MESSAGES" / "django.po"
        words = read(path) if path.exists() else new_catalogue(code)
        words.merge(source)
        for gone in words.obsolete_entries():
            words.remove(gone)
        for entry in words:
            if entry.msgid_plural:
                entry.msgstr_plural = {form: entry.msgstr_plural.get(form, "") for form in forms_of(words)}
        write(words, path)
        print(f"{code}: {len(words)} messages, {len(words.untranslated_entries())} to translate")


@cache
def messages_of_source() -> polib.POFile:
    """What the source marks for translation. Django's makemessages finds it, in a copy: it writes beside the files."""
    if not settings.configured:
        settings.configure(USE_I18N=True)
    with tempfile.TemporaryDirectory() as folder:
        for part in ROOT.iterdir():
            if part.name == "templates" or (part / "__init__.py").exists():
                shutil.copytree(part, Path(folder) / part.name, ignore=shutil.ignore_patterns("tests", "migrations"))
        (Path(folder) / "locale").mkdir()
        with chdir(folder):
            MakeMessages().run_from_argv(["", "makemessages", *MAKEMESSAGES])
        return polib.pofile(str(Path(folder) / "locale" / "django.pot"), wrapwidth=0)


def new_catalogue(code: str) -> polib.POFile:
    """Empty, with the plural rule of Django's own translation into that language, if there is one."""
    words = polib.POFile(wrapwidth=0)
    words.metadata = {"Language": code}
    known = Path(django.conf.__file__).parent / "locale" / code / "LC_MESSAGES" / "django.po"
    if known.exists():
        words.metadata["Plural-Forms"] = polib.pofile(str(known)).metadata["Plural-Forms"]
    else:
        words.metadata["Plural-Forms"] = "nplurals=2; plural=(n != 1);"
        print(f"{code}: Django does not know this language; please put its rule into Plural-Forms.")
    return words


# --- Files --------------------------------------------------------------------------------------------------------


def catalogues(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/LC_MESSAGES/django.po"))


def read(path: Path) -> polib.POFile:
    return polib.pofile(str(path), encoding="utf-8", wrapwidth=0)


def write(words: polib.POFile, path: Path) -> None:
    """Sorted and without dates, so that two people's changes do not meet in lines that nobody wrote."""
    kept = {name: value for name, value in words.metadata.items() if name in ("Language", "Plural-Forms")}
    words.metadata = {**HEADER, **kept}
    words.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    words.save(str(path), newline="\n")


def compile_all(folder: Path) -> None:
    for path in catalogues(folder):
        path.with_suffix(".mo").write_bytes(read(path).to_binary())


# --- The check ----------------------------------------------------------------------------------------------------


def problems() -> list[str]:
    found = [f"{path.relative_to(ROOT)}: {said}" for path in catalogues(LOCALE) for said in catalogue_problems(path)]
    if shutil.which("xgettext"):
        found += [f"{path.relative_to(ROOT)}: {said}" for path in catalogues(LOCALE) for said in drift(path)]
    elif os.environ.get("CI") == "true":
        found.append("gettext is not installed (apt-get install gettext): locale/ is not compared with the source")
    return found


def catalogue_problems(path: Path) -> Iterator[str]:
    words = read(path)
    compiled = path.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != words.to_binary():
        yield "the .mo is not what this compiles to. Run: python scripts/messages.py compile"
    for entry in words:
        if entry.fuzzy:
            yield f"fuzzy: {entry.msgid!r}"
        elif not entry.translated():
            yield f"not translated: {entry.msgid!r}"
        else:
            yield from placeholder_problems(entry, forms_of(words))


def placeholder_problems(entry: polib.POEntry, forms: Counter[int]) -> Iterator[str]:
    """A translation has the placeholders of its message. A form for one number only may leave the number out."""
    if not entry.msgid_plural:
        if placeholders(entry.msgstr) != placeholders(entry.msgid):
            yield f"other placeholders than {entry.msgid!r}: {entry.msgstr!r}"
        return
    wanted = placeholders(entry.msgid_plural)
    if set(entry.msgstr_plural) != set(forms):
        yield f"has {len(entry.msgstr_plural)} plural forms, the language has {len(forms)}: {entry.msgid!r}"
    for form, text in entry.msgstr_plural.items():
        missing, unknown = wanted - placeholders(text), placeholders(text) - wanted
        may_miss = forms[form] == 1 and not {"%d", "%s"} & set(wanted)  # what is filled in by position must be there
        if unknown or missing.total() > may_miss:
            yield f"other placeholders than {entry.msgid_plural!r}: {text!r}"


def placeholders(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text.replace("%%", "")))


def forms_of(words: polib.POFile) -> Counter[int]:
    """The plural forms of the language, each with how many of the sample numbers take it."""
    rule = words.metadata["Plural-Forms"].partition("plural=")[2]
    form_of = c2py(rule.rstrip("; "))
    return Counter(form_of(number) for number in SAMPLES)


def drift(path: Path) -> Iterator[str]:
    """What the source says and the catalogue lacks, and the other way round."""
    ours, theirs = (
        {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in words if entry.msgid}
        for words in (read(path), messages_of_source())
    )
    for _context, message, _plural in sorted(theirs - ours, key=str):
        yield f"missing: {message!r}. Run: python scripts/messages.py extract"
    for _context, message, _plural in sorted(ours - theirs, key=str):
        yield f"no longer in the source: {message!r}. Run: python scripts/messages.py extract"


if __name__ == "__main__":
    sys.exit(main())
