"""The parser behind core/markup.py, which alone asks it, and the cleaner of what comes out."""

import re
from collections.abc import Iterator, Sequence

import nh3
from django.utils.html import escape
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, link
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from core.markup import Naming, Piece, chip

DEEPEST = 8  # levels of tokens, of which a list takes two: what is nested deeper is shown as it was written
_CAN_BEGIN_MARKUP = re.compile(r"[\n!:*_`~\[\]\\]")
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>]", re.I)
_TARGET = re.compile(r"\]\(\s*<?" + _ADDRESS.pattern, re.I)
_QUOTE = re.compile(r">+[ \t]+\S")
_ITEM = re.compile(r"(?:[-+*]|\d{1,9}[.)])[ \t]+\S")
_LANGUAGE = re.compile(r"[\w+#.-]{1,20}")


def as_clean_html(text: str, naming: Naming | None = None) -> str:
    return _cleaner.clean(_parser.render(text, {"naming": naming})).rstrip()


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


def _name(state: StateCore) -> None:
    """Whoever is named in what is shown as text: not in code, nor in the text of a link."""
    naming: Naming | None = state.env.get("naming")
    if naming is None:
        return
    for token in state.tokens:
        if token.children:
            token.children = list(_named(token.children, naming))


def _named(tokens: Sequence[Token], naming: Naming) -> Iterator[Token]:
    links = 0
    for token in tokens:
        links += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type != "text" or links:
            yield token
            continue
        for piece in naming(token.content):
            yield Token("mention" if piece.names else "text", "", 0, content=piece.text, meta={"names": piece.names})


def _mention(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    return chip(Piece(tokens[index].content, tokens[index].meta["names"]))


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
    parser.core.ruler.push("name", _name)
    parser.inline.terminator_re = _CAN_BEGIN_MARKUP
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("mention", _mention)
    parser.linkify = _Addresses({"ftp:": None, "//": None}, {"fuzzy_link": False})
    return parser


def _make_cleaner() -> nh3.Cleaner:
    blocks = ("p", "ul", "ol", "blockquote", "pre")
    return nh3.Cleaner(
        tags={*blocks, "li", "br", "strong", "em", "s", "code", "a", "bdi"},
        tag_attribute_values={
            **{block: {"dir": {"auto"}, "tabindex": {"0"}} for block in blocks},
            "bdi": {"class": {"mention"}},
        },
        attributes={"a": {"href", "title"}, "ol": {"start"}, "bdi": {"data-member"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow noopener ugc",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


_parser = _make_parser()
_cleaner = _make_cleaner()
