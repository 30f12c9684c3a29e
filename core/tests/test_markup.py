"""What people write becomes HTML of a few harmless elements, and nothing of it is lost."""

import re
import time
from html.parser import HTMLParser

import pytest
from django.template import Context, Template
from django.utils.safestring import SafeString
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import markdown, markup
from core.markup import render

REL = 'target="_blank" rel="nofollow noopener ugc"'
ALLOWED: dict[str, set[str]] = {
    "p": {"dir"},
    "ul": {"dir"},
    "ol": {"dir", "start"},
    "blockquote": {"dir"},
    "pre": {"dir", "tabindex"},
    "a": {"href", "title", "rel", "target"},
    **{tag: set() for tag in ("li", "br", "strong", "em", "s", "code")},
}
LONGEST = 4000


class Seen(HTMLParser):
    """What a browser would make of some HTML: its elements, its links and what can be read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def assert_harmless(self) -> None:
        for tag, attributes in self.elements:
            assert tag in ALLOWED
            assert set(attributes) <= ALLOWED[tag]
            if tag == "a":
                assert re.match(r"(?i)https?://|mailto:", attributes["href"] or "")
                assert (attributes["rel"], attributes["target"]) == ("nofollow noopener ugc", "_blank")
            assert attributes.get("dir", "auto") == "auto"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Hello there", '<p dir="auto">Hello there</p>'),
        ("one\ntwo\n\nthree", '<p dir="auto">one<br>\ntwo</p>\n<p dir="auto">three</p>'),
        ("**bold** *it* _it_", '<p dir="auto"><strong>bold</strong> <em>it</em> <em>it</em></p>'),
        ("~~gone~~ `a < b`", '<p dir="auto"><s>gone</s> <code>a &lt; b</code></p>'),
        ("**a**\n**b**", '<p dir="auto"><strong>a</strong><br>\n<strong>b</strong></p>'),
        ("```python\nx = '*'\n```", '<pre dir="auto" tabindex="0"><code>x = \'*\'\n</code></pre>'),
        ("> so\n> said", '<blockquote dir="auto">\n<p>so<br>\nsaid</p>\n</blockquote>'),
        ("- a\n- b", '<ul dir="auto">\n<li>a</li>\n<li>b</li>\n</ul>'),
        ("3. c\n4. d", '<ol start="3" dir="auto">\n<li>c</li>\n<li>d</li>\n</ol>'),
        ("\\*as it is\\*", '<p dir="auto">*as it is*</p>'),
        ("snake_case_name 2 * 3 * 4", '<p dir="auto">snake_case_name 2 * 3 * 4</p>'),
    ],
)
def test_the_markdown_of_a_talk(written: str, shown: str) -> None:
    assert render(written) == shown


@pytest.mark.parametrize(
    ("written", "address", "text"),
    [
        ("see https://a.example/x_y_z?q=1.", "https://a.example/x_y_z?q=1", "https://a.example/x_y_z?q=1"),
        ("mail bob@example.com", "mailto:bob@example.com", "bob@example.com"),
        ("[here](https://a.example)", "https://a.example", "here"),
        ("![a cat](https://a.example/cat.png)", "https://a.example/cat.png", "a cat"),
        (
            "https://a.example/%E2%80%AEgnp.exe",
            "https://a.example/%E2%80%AEgnp.exe",
            "https://a.example/%E2%80%AEgnp.exe",
        ),
    ],
)
def test_addresses_are_links_and_images_are_links_to_them(written: str, address: str, text: str) -> None:
    assert f'<a href="{address}" {REL}>{text}</a>' in render(written)
    assert "<img" not in render(written)


@pytest.mark.parametrize(
    "written",
    [
        "# not a heading",
        "a\n===",
        "---",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "<b>not bold</b>",
        "&lt;b&gt; &amp; &copy;",
        "[a]: https://a.example",
        "    not code",
        "example.com is no address",
        "-",
        ">",
        "+ ",
        "1.",
        ">_<",
        "*",
    ],
)
def test_all_else_is_shown_as_it_was_written(written: str) -> None:
    seen = Seen(render(written))

    assert {tag for tag, _ in seen.elements} <= {"p", "br", "a"}
    assert seen.text.split() == written.split()


@pytest.mark.parametrize("written", ["", " ", "\n\n", "\r\n\t"])
def test_nothing_is_nothing(written: str) -> None:
    assert render(written) == ""


def test_an_opened_fence_hides_nothing_but_the_name_of_a_language() -> None:
    assert Seen(render("```all that I say")).text.strip() == "all that I say"
    assert Seen(render("```python")).text.strip() == "python"
    assert Seen(render("```two words\ncode\n```")).text.split() == ["two", "words", "code"]


def test_a_link_without_text_or_address_is_no_link() -> None:
    assert Seen(render("[](https://a.example)")).text == "[](https://a.example)"
    assert render("[a]()") == '<p dir="auto">[a]()</p>'
    assert Seen(render("[ ![](https://a.example/b) ](https://a.example)")).text


# The classics of the filter evasion lists, as raw HTML and as what Markdown can be talked into.
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<style>@import 'https://evil.example'</style>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "</p><script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](  javascript:alert(1))",
    "[a](java\nscript:alert(1))",
    "[a](java&#x09;script:alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a](<javascript:alert(1)>)",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](vbscript:msgbox(1))",
    "[a](file:///etc/passwd)",
    "[a](//evil.example)",
    "[a](/accounts/logout/)",
    "![a](javascript:alert(1))",
    "![a](https://a.example/x' onerror='alert(1))",
    '[a](https://a.example "onmouseover=alert(1) \'")',
    '[a](https://a.example "\\"><script>alert(1)</script>")',
    '[a](https://a.example/"onmouseover="alert(1))',
    "[<img src=x onerror=alert(1)>](https://a.example)",
    "<javascript:alert(1)>",
    "<https://a.example/\"><script>alert(1)</script>>",
    "javascript://a.example/%0aalert(1)",
    "https://a.example/<script>alert(1)</script>",
    "https://a.example/\"onmouseover=\"alert(1)",
    "`<script>alert(1)</script>`",
    "```<script>alert(1)</script>",
    '```"><script>alert(1)</script>\ncode\n```',
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "1000000000000. <script>",
    "**<b onclick=alert(1)>**",
    "[[a](https://a.example)](https://b.example)",
    "[![a](https://a.example)](https://b.example)",
    "[x]: javascript:alert(1)\n[x]",
    "mailto:a@b.example?subject=<script>",
    "\u2028<script>\u2029",
    "\ufeff<script>",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_gets_through(attack: str) -> None:
    Seen(render(attack)).assert_harmless()


SIGNS = st.sampled_from([*"*_`~[]()<>!\\-+#&'\" \n\t.:/@|=", "](", "://", "```\n", "\n> ", "\n- ", "\n1. ", "![", "**"])
ANYTHING = st.lists(
    st.one_of(SIGNS, st.sampled_from(["a", "Bc9", "https://x.example", "سلام", "javascript:"]), st.text())
)


@given(ANYTHING.map("".join))
@settings(max_examples=300)
@example("\0*\ud800")
@example("a\r\nb\rc")
@example("[a](http://[b) http://[b")
def test_whatever_is_written_the_html_is_of_the_allowed_kind(written: str) -> None:
    html = render(written)

    html.encode()
    assert "\0" not in html
    Seen(html).assert_harmless()


WORDS = st.from_regex(r"[a-z]{3,8}", fullmatch=True)


@given(st.lists(st.one_of(SIGNS, SIGNS, WORDS)).map("".join))
@settings(max_examples=300)
def test_whatever_is_written_no_word_of_it_is_lost(written: str) -> None:
    """Each can be read, or is where a link leads or what it says of itself; but for the name of a code's language."""
    written = re.sub(r"(```|~~~)[^\n]*", r"\1", written)
    seen = Seen(render(written))
    kept = seen.text + " ".join(f"{a.get('href')} {a.get('title')}" for _, a in seen.elements)

    assert [word for word in re.findall(r"[a-z]{3,}", written) if word not in kept] == []


@given(st.text(st.sampled_from("ab ?!.,'&<>\"\n\r\t-+1é\u00a0\u2028س")))
@settings(max_examples=300)
def test_what_needs_no_parser_looks_as_if_it_had_been_parsed(written: str) -> None:
    if markup._MARKUP.search(written) or not written.strip():
        return
    parsed = markdown._cleaner.clean(markdown._parser.render(written))

    assert _without_spaces(render(written)) == _without_spaces(parsed)


def _without_spaces(html: str) -> str:
    return re.sub(r"\s+", "", html.replace("&nbsp;", "").replace("&quot;", '"').replace("&#x27;", "'"))


MONSTERS = [
    *("*", "_", "`", "~", "[", "]", ">", "> ", "<", "\\", "![", "[](", "- ", "1. ", "a*", "*a ", "**a *b", "a_b", "(:"),
    *(
        "[a](",
        "[a](http://",
        "[a](http://b)",
        '[a](http://b "',
        "http://",
        "http://a ",
        "https://u:",
        "a@",
        "a@b.c ",
        "b.",
    ),
    *("- a\n", "> a\n", "1. a\n", "*a\n", "```\n", "~~~\n", "a\n", "\t-\t", "mailto:", "//", "```x`\n![", "<http://a"),
]


@pytest.mark.parametrize("monster", MONSTERS)
def test_no_message_takes_long(monster: str) -> None:
    """Some ten milliseconds at the very most; ten times that is allowed here, for a busy machine."""
    written = f"*{monster * LONGEST}"[:LONGEST]

    began = time.process_time()
    html = render(written)

    assert time.process_time() - began < 0.1
    Seen(html).assert_harmless()


@pytest.mark.parametrize("sign", ["> ", "- ", "*", "[", "(", "1. ", "`", ">"])
def test_however_deep_something_is_nested_it_is_answered(sign: str) -> None:
    html = render(f"{sign * 10_000}end")

    assert Seen(html).text.rstrip().endswith("end")
    assert html.count("<blockquote") + html.count("<ul") + html.count("<ol") <= markdown.DEEPEST


def test_what_is_mostly_signs_is_shown_as_it_was_written_but_long_code_is_code() -> None:
    assert render("*a* " * 200) == f'<p dir="auto">{("*a* " * 200).strip()}</p>'
    assert "<code>" in render("```\n" + "a[i] = b_c * d\n" * 100 + "```")


def test_templates_show_markup() -> None:
    shown = Template("{% load markup %}{{ about|markup }}").render(Context({"about": "**hi** <b>"}))

    assert shown == '<p dir="auto"><strong>hi</strong> &lt;b&gt;</p>'
    assert isinstance(render("**hi**"), SafeString)
