"""What people write, as HTML that is safe to show: the part of Markdown that suits a talk.

Bold, italic, struck out, code, quotes, lists, links, and line breaks as they were written. No headings, tables, images
(an image becomes a link to it) or HTML. What is not understood is shown as it was written.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, link
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

MOST_SIGNS = 200  # of markup, code not counted; what has more is shown as it was written, since each takes its time
DEEPEST = 8  # levels of tokens, of which a list takes two: what is nested deeper is shown as it was written
# Whatever could be more than text. Most of what people say has none of it, and needs no parser.
_MARKUP = re.compile(r"[*_`~\[\\@\r\0\ud800-\udfff]|://|^[ \t]*(?:>|[-+][ \t]|\d{1,9}[.)][ \t])", re.M)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_COSTLY = re.compile(r"[*_`~\[\]\\@\n]|://")  # an address takes the time of three signs
_FENCED = re.compile(r"^(```|~~~)[^`\n]*\n.*?^\1", re.M | re.S)
_PARAGRAPH_END = re.compile(r"[ \t]*\n[ \t]*\n\s*")
_LINE_END = re.compile(r"[ \t]*\n[ \t]*")
_CAN_BEGIN_MARKUP = re.compile(r"[\n!:*_`~\[\]\\]")
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>]", re.I)
_TARGET = re.compile(r"\]\(\s*<?" + _ADDRESS.pattern, re.I)
_QUOTE = re.compile(r">+[ \t]+\S")
_ITEM = re.compile(r"(?:[-+*]|\d{1,9}[.)])[ \t]+\S")
_LANGUAGE = re.compile(r"[\w+#.-]{1,20}")


def render(text: str) -> SafeString:
    """Never raises, whatever the text, and loses nothing of it that could be seen."""
    if _MARKUP.search(text):
        return _parsed(text)
    return _as_written(text)


def _as_written(text: str) -> SafeString:
    if not text.strip():
        return SafeString()
    paragraphs = (_LINE_END.sub("<br>\n", part) for part in _PARAGRAPH_END.split(str(escape(text.strip()))))
    return mark_safe("\n".join(f'<p dir="auto">{part}</p>' for part in paragraphs))


@lru_cache(maxsize=256)  # a new message is wanted twice: for those who hear it, and as the answer to its author
def _parsed(text: str) -> SafeString:
    text = _UNSTORABLE.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")
    if len("".join(_COSTLY.findall(_FENCED.sub("", text)))) > MOST_SIGNS:
        return _as_written(text)
    return mark_safe(_cleaner.clean(_parser.render(text)).rstrip())


def _block_quote(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    return state.level < DEEPEST and _begins_with(_QUOTE, state, first) and blockquote(state, first, last, silent)


def _list(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    return state.level < DEEPEST and _begins_with(_ITEM, state, first) and list_block(state, first, last, silent)


def _begins_with(pattern: re.Pattern[str], state: StateBlock, line: int) -> bool:
    """Whether something is said behind the sign: somebody who writes only "-" or ">" means that."""
    return bool(pattern.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line]))


def _link(state: StateInline, silent: bool) -> bool:
    """An image is a link to it. None in the text of another, which HTML does not know."""
    began = state.pos
    if state.linkLevel or state.src.find("](", began) < 0:
        return False
    if state.src.startswith("![", began):
        state.pos += 1
    if state.src[state.pos] == "[" and _leads_somewhere(state) and link(state, silent):
        return True
    state.pos = began
    return False


def _leads_somewhere(state: StateInline) -> bool:
    """Whether the link has a text to click on and an address that we link to."""
    end = state.md.helpers.parseLinkLabel(state, state.pos, True)
    return end >= 0 and bool(_TARGET.match(state.src, end)) and bool(state.src[state.pos + 1 : end].strip())


def _turn_blocks(state: StateCore) -> None:
    """Each block goes the way of its first letter. Not those within it: a list would then not look at its items."""
    for token in state.tokens:
        if token.level == 0 and token.nesting >= 0:
            token.attrSet("dir", "auto")


def _fence(renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    """Only the name of a language may stand behind the opening fence and not be shown."""
    token = tokens[index]
    hidden = not token.info.strip() or (_LANGUAGE.fullmatch(token.info.strip()) and token.content.strip())
    code = token.content if hidden else f"{token.info}\n{token.content}"
    token.attrSet("tabindex", "0")  # long lines are scrolled to, which must be possible from the keyboard
    return f"<pre{renderer.renderAttrs(token)}><code>{escape(code)}</code></pre>\n"


class _Addresses(LinkifyIt):  # type: ignore[misc]  # linkify_it publishes no types
    def pretest(self, text: str) -> bool:
        """Quicker than its own: what has no scheme and is no mail address is not looked for."""
        return "://" in text or "@" in text


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return bool(_ADDRESS.match(url)) and " href=" in _cleaner.clean(f'<a href="{escape(url)}">')

    def normalizeLinkText(self, link: str) -> str:
        """As written. The library would decode it, and with it signs that turn the direction of what follows."""
        return link


def _make_parser() -> MarkdownIt:
    parser = _Parser("zero", {"linkify": True, "breaks": True, "maxNesting": 40})
    parser.enable(["linkify", "newline", "escape", "backticks", "strikethrough", "emphasis", "link"])
    parser.enable(["fence", "blockquote", "list"])
    parser.block.ruler.at("blockquote", _block_quote, {"alt": ["paragraph", "blockquote", "list"]})
    parser.block.ruler.at("list", _list, {"alt": ["paragraph", "blockquote"]})
    parser.inline.ruler.at("link", _link)
    parser.core.ruler.push("turn_blocks", _turn_blocks)
    parser.inline.terminator_re = _CAN_BEGIN_MARKUP
    parser.add_render_rule("fence", _fence)
    parser.linkify = _Addresses({"ftp:": None, "//": None}, {"fuzzy_link": False})
    return parser


def _make_cleaner() -> nh3.Cleaner:
    blocks = ("p", "ul", "ol", "blockquote", "pre")
    return nh3.Cleaner(
        tags={*blocks, "li", "br", "strong", "em", "s", "code", "a"},
        tag_attribute_values={block: {"dir": {"auto"}, "tabindex": {"0"}} for block in blocks},
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow noopener ugc",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


_parser = _make_parser()
_cleaner = _make_cleaner()
