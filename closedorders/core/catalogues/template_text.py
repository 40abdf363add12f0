"""Finds visible words in templates that stand outside translate tags and so cannot be translated."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.template.base import DebugLexer, Token, TokenType

# Names and addresses are the same in every language.
SAME_EVERYWHERE = (
    "Closed Orders",
    "AliExpress",
    "Alipay",
    "Shopify",
    "WooCommerce",
    "PayPal",
    "CSV",
    "PDF",
    "htmx",
    # Each language is offered under its own name.
    "English",
    "Español",
)
_ADDRESS = re.compile(r"\b[\w.+-]+@[\w.-]+\b|\bhttps?://\S+")
_LETTER = re.compile(r"[^\W\d_]")
_VISIBLE_ATTRIBUTES = {"title", "placeholder", "aria-label", "aria-description", "alt", "label"}
_BUTTONS = {"submit", "button", "reset"}
# What a program says or reads, not what we say.
_VERBATIM_ELEMENTS = {"script", "style", "code", "pre", "kbd", "samp"}
_TEXT_ARGUMENT = re.compile(
    r"""\b(?:title|label|heading|text|message|help|body|caption|placeholder|alt|action_label)=(["'])(.*?)\1"""
)

Finding = tuple[int, str]


def hard_coded_text(template: str, *, is_html: bool = True) -> list[Finding]:
    """Return line and words of every visible text outside translate tags, in the order of the file."""
    findings: list[Finding] = []
    remaining = _without_tags(template, findings)
    if is_html:
        reader = _VisibleText(findings)
        reader.feed(remaining)
        reader.close()
    else:
        _note(findings, 1, remaining)
    return sorted(findings)


def _without_tags(template: str, findings: list[Finding]) -> str:
    """The template with tags, comments and translated blocks blanked, lines and columns kept."""
    kept: list[str] = []
    end = 0
    inside = ""
    for token in DebugLexer(template).tokenize():
        start, stop = token.position or (end, end)
        kept.append(_blank(template[end:start]))
        source, end = template[start:stop], stop
        word = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if inside:
            inside = "" if token.token_type == TokenType.BLOCK and word == inside else inside
            kept.append(_blank(source))
        elif token.token_type == TokenType.TEXT:
            kept.append(source)
        else:
            if token.token_type == TokenType.BLOCK:
                if word in {"blocktranslate", "blocktrans", "comment"}:
                    inside = f"end{word}"
                elif word == "block" and token.split_contents()[1].endswith("_class"):
                    inside = "endblock"  # It fills a class attribute of the page it extends.
                else:
                    findings.extend(_arguments(token))
            kept.append(_blank(source))
    kept.append(_blank(template[end:]))
    return "".join(kept)


def _arguments(token: Token) -> list[Finding]:
    """`{% include "_empty.html" with title="No orders" %}` says something too."""
    found: list[Finding] = []
    for match in _TEXT_ARGUMENT.finditer(token.contents):
        _note(found, token.lineno or 1, match.group(2))
    return found


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _note(findings: list[Finding], line: int, text: str) -> None:
    """Add the lines of `text`, which begins on `line`, that hold a letter."""
    for name in SAME_EVERYWHERE:
        text = re.sub(rf"\b{re.escape(name)}\b", _spaces, text)
    text = _ADDRESS.sub(_spaces, text)
    for offset, words in enumerate(text.split("\n")):
        if _LETTER.search(words):
            findings.append((line + offset, " ".join(words.split())))


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match.group())


class _VisibleText(HTMLParser):
    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(convert_charrefs=True)
        self._findings = findings
        self._verbatim: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VERBATIM_ELEMENTS:
            self._verbatim.append(tag)
        given = dict(attrs)
        line = self.getpos()[0]
        for name, value in attrs:
            says_something = (
                name in _VISIBLE_ATTRIBUTES
                or (name == "value" and tag == "input" and given.get("type") in _BUTTONS)
                or (name == "content" and tag == "meta" and given.get("name") == "description")
            )
            if says_something and value:
                _note(self._findings, line, value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._verbatim:
            self._verbatim.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self._verbatim:
            _note(self._findings, self.getpos()[0], data)
