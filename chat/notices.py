"""Lines that a place itself says: what happened to somebody in it.

A row keeps the code and the names; readers get the sentence in their own language (`static/js/words.js` and the page's
words, or `sentence`), and clients that know no codes the English one in `body`.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

SENTENCES = {
    "banned": gettext_noop("%(name)s was banned"),
    "unbanned": gettext_noop("%(name)s may come back"),
    "blocked": gettext_noop("%(name)s may not write for now"),
    "unblocked": gettext_noop("%(name)s may write again"),
    "handed_over": gettext_noop("%(name)s looks after this room now"),
    "left": gettext_noop("%(name)s left"),
}


def sentence(code: str, names: Sequence[str]) -> str:
    """In the language of now."""
    return _(SENTENCES[code]) % {"name": ", ".join(names)}


def body(code: str, names: Sequence[str]) -> str:
    with override("en"):
        return sentence(code, names)
