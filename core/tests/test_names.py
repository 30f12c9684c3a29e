"""What may be in a name, and when two names are one."""

import pytest

from core.errors import Invalid
from core.names import clean_name, name_key, name_skeleton


def clean(raw: object, maximum: int = 40) -> str:
    return clean_name(raw, field="name", minimum=2, maximum=maximum)


def alike(one: str, other: str) -> bool:
    """As the two unique constraints see it."""
    return name_key(one) == name_key(other) or name_skeleton(one) == name_skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tea house", "TEA HOUSE"),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("İstanbul", "i\u0307stanbul"),
        ("Café", "Cafe\u0301"),
        ("Ｔｅａ ｈｏｕｓｅ", "Tea house"),  # full width
        ("ｶﾀｶﾅ", "カタカナ"),  # half width
        ("ﬁne", "fine"),  # a ligature
        ("Ⅷ", "VIII"),
        ("①st", "1st"),
        ("𝓽𝓮𝓪", "tea"),
        ("tea house", "ТЕA НОUSE"),  # Cyrillic capitals
        ("alice", "аlice"),  # Cyrillic а
        ("alice", "аӀісе"),  # Cyrillic throughout
        ("ALICE", "АLІСЕ"),  # Cyrillic capitals
        ("scope", "ѕсоре"),
        ("bob", "bоb"),
        ("paypal", "pаypal"),
        ("paypal", "рaypаl"),
        ("google", "gοοgle"),  # Greek omicron
        ("HOUSE", "ΗΟUSΕ"),  # Greek capitals
        ("house", "hоսse"),  # Armenian
        ("alice", "a1ice"),
        ("alice", "aIice"),
        ("alice", "a|ice"),
        ("BOB", "B0B"),
        ("modern", "rnodern"),
        ("Tea house", "Τea house"),
        ("tea❤house", "tea❤\ufe0fhouse"),  # a variation selector chooses a drawing
        ("bo\U000e0101b", "bob"),
        ("it's", "it’s"),
    ],
)
def test_these_are_the_same_name(one, other):
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tea house", "Tea horse"),
        ("Tea house", "Teahouse"),
        ("Room 1", "Room 2"),
        ("Émile", "Emile"),
        ("ñandu", "nandu"),
        ("نادي", "نادر"),
        ("茶館", "茶馆"),
        ("☕", "🍵"),
        ("👋🏻", "👋🏿"),
        ("שלום", "שלוט"),
        ("हिंदी", "हिन्दू"),
        ("Москва", "Москвы"),
        ("boat", "moat"),
        ("can", "con"),
    ],
)
def test_these_are_two_names(one, other):
    assert not alike(one, other)


def test_plain_letters_and_digits_are_all_different_but_the_known_ones():
    families: dict[str, set[str]] = {}
    for sign in "abcdefghijklmnopqrstuvwxyz0123456789":
        families.setdefault(name_skeleton(sign), set()).add(sign)

    known = {frozenset("1l"), frozenset("0o")}  # by their capitals: I, and O
    assert {frozenset(family) for family in families.values() if len(family) > 1} == known


@pytest.mark.parametrize(
    "text", ["alice", "Tea house", "Ünïcødé", "茶館", "بيت", "modern", "हिंदी", "👋🏿 hello", "аӏісе"]
)
def test_a_skeleton_of_a_skeleton_is_itself(text):
    once = name_skeleton(text)

    assert name_skeleton(once) == once


# --- What may be in one


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("Tea house", "Tea house"),
        ("  Tea    house  ", "Tea house"),
        ("Cafe\u0301", "Café"),
        ("☕❤️", "☕❤️"),
        ("👋🏿", "👋🏿"),
        ("🇪🇬", "🇪🇬"),
        ("a\u0301" * 40, "á" * 40),
        ("한" * 40, "한" * 40),
        ("ệ" * 40, "ệ" * 40),
        ("中" * 40, "中" * 40),
        ("😀" * 40, "😀" * 40),
        ("--", "--"),
    ],
)
def test_a_name_is_kept_composed_and_trimmed(raw, kept):
    assert clean(raw) == kept
    assert clean(kept) == kept


INVISIBLE = {
    "NUL": "\0", "tab": "\t", "newline": "\n", "carriage return": "\r", "bell": "\x07", "escape": "\x1b",
    "delete": "\x7f", "next line": "\x85", "no-break space": "\xa0", "soft hyphen": "\xad", "grapheme joiner": "\u034f",
    "Arabic letter mark": "\u061c", "Hangul fillers": "\u115f", "and": "\u1160", "Ogham space": "\u1680",
    "Khmer vowels": "\u17b4", "also": "\u17b5", "Mongolian selectors": "\u180b", "second": "\u180c", "third": "\u180d",
    "vowel separator": "\u180e", "fourth": "\u180f", "en quad": "\u2000", "zero width space": "\u200b",
    "zero width non-joiner": "\u200c", "zero width joiner": "\u200d", "left-to-right mark": "\u200e",
    "right-to-left mark": "\u200f", "line separator": "\u2028", "paragraph separator": "\u2029",
    "left-to-right override": "\u202d", "right-to-left override": "\u202e", "narrow space": "\u202f",
    "mathematical space": "\u205f", "word joiner": "\u2060", "invisible plus": "\u2064", "isolate": "\u2066",
    "pop isolate": "\u2069", "Braille blank": "\u2800", "ideographic space": "\u3000", "Hangul filler": "\u3164",
    "lone surrogate": "\ud800", "private use": "\ue000", "byte order mark": "\ufeff", "half-width filler": "\uffa0",
    "annotation": "\ufff9", "unassigned": "\u0378", "noncharacter": "\uffff", "Khitan filler": "\U00016fe4",
    "null notehead": "\U0001d159", "musical": "\U0001d173", "tag": "\U000e0041", "plane 16": "\U0010ffff",
}  # fmt: skip


@pytest.mark.parametrize("sign", INVISIBLE.values(), ids=INVISIBLE)
@pytest.mark.parametrize("around", ["{}Tea house", "Tea{}house", "Tea house{}", "{0}{0}"])
def test_an_invisible_sign_is_refused_wherever_it_stands(sign, around):
    with pytest.raises(Invalid) as refused:
        clean(around.format(sign))

    assert set(refused.value.fields) == {"name"}
    assert "invisible" in str(refused.value.fields["name"])


@pytest.mark.parametrize("raw", [None, 7, 7.5, True, [], ["Tea"], {}, b"Tea house"])
def test_only_text_is_a_name(raw):
    with pytest.raises(Invalid):
        clean(raw)


@pytest.mark.parametrize("raw", ["", " ", "x", " x ", "     ", "\ufe0f\ufe0f", "\U000e0100" * 3])
def test_too_short_once_trimmed(raw):
    with pytest.raises(Invalid):
        clean(raw)


@pytest.mark.parametrize("raw", ["x" * 41, "😀" * 41, "x" * 1_000_000, "\u0301" * 400, "ﷺ" * 40, "㌖" * 40])
def test_too_long_also_when_written_out(raw):
    with pytest.raises(Invalid):
        clean(raw)


def test_the_field_that_is_wrong_is_named():
    with pytest.raises(Invalid) as refused:
        clean_name("x", field="nickname", minimum=2, maximum=30)

    assert set(refused.value.fields) == {"nickname"}


@pytest.mark.parametrize("maximum", [30, 40])
def test_the_keys_of_any_name_fit_their_columns(maximum):
    """SQLite does not look at lengths, PostgreSQL refuses with an error."""
    for sign in ("ﷺ", "㌖", "ﬃ", "㈝", "한", "ệ", "⁗", "½", "ΐ", "😀", "m", "ẞ"):
        for count in range(2, maximum + 1):
            try:
                name = clean(sign * count, maximum)
            except Invalid:
                break
            assert len(name_key(name)) <= 4 * maximum
            assert len(name_skeleton(name)) <= 4 * maximum
