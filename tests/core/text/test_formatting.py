from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from closedorders.core.money import format_money
from closedorders.core.templatetags import look
from closedorders.core.text import formatting


@pytest.fixture(autouse=True)
def english_in_madrid() -> Iterator[None]:
    with translation.override("en"), timezone.override(ZoneInfo("Europe/Madrid")):
        yield


def drawn(source: str, **context: object) -> str:
    return Template("{% load look charts %}" + source).render(Context(context))


def test_an_order_number_is_read_by_fours_and_copied_whole() -> None:
    html = drawn("{% ali_number number %}", number="8201447122035519")
    assert re.findall(r'number-group">(\d+)<', html) == ["8201", "4471", "2203", "5519"]
    assert 'data-copy="8201447122035519"' in html
    assert re.sub(r"<[^>]+>", "", html).strip() == "8201447122035519"
    assert drawn("{{ number|ali_number }}", number="8201447122035519") == html


def test_an_order_number_of_fifteen_digits_keeps_its_rest() -> None:
    assert formatting.grouped("820144712203551") == "8201 4471 2203 551"


def test_a_number_typed_by_a_stranger_cannot_become_markup() -> None:
    assert "<script" not in drawn("{% ali_number number %}", number='"><script>x</script>')


def test_a_missing_number_is_a_dash_without_a_button() -> None:
    assert "<button" not in look.ali_number("")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(hours=6, minutes=20), "6 h 20 min"),
        (timedelta(days=2, hours=4, minutes=50), "2 d 4 h"),
        (timedelta(hours=3), "3 h"),
        (45, "45 s"),
        (237, "3 min 57 s"),
        (1500, "25 min"),
        (0, "0 s"),
        (-60, "−1 min"),
        (None, "–"),
    ],
)
def test_a_duration_names_the_two_units_that_matter(span: timedelta | int | None, words: str) -> None:
    assert formatting.duration(span).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("distance", "words", "bare"),
    [
        (timedelta(seconds=20), "just now", "now"),
        (timedelta(minutes=12), "12 min ago", "12 min"),
        (timedelta(hours=5, minutes=59), "5 h ago", "5 h"),
        (timedelta(days=3), "3 d ago", "3 d"),
        (timedelta(hours=-2, minutes=-1), "in 2 h", "2 h"),
    ],
)
def test_a_time_is_seen_from_now(distance: timedelta, words: str, bare: str) -> None:
    moment = timezone.now() - distance
    assert f">{words}<" in look.ago(moment).replace("\N{NO-BREAK SPACE}", " ")
    assert f">{bare}<" in look.ago(moment, bare=True).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 10, 25, 0, 45, tzinfo=UTC), "35 min ago"),
        (datetime(2026, 10, 24, 20, 20, tzinfo=UTC), "5 h ago"),
        (datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC), "20 min ago"),
    ],
)
def test_an_hour_that_the_clock_shows_twice_has_passed_once(
    moment: datetime, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TwentyPastTwoAgain(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # datetime's own has another shape
            return datetime(2026, 10, 25, 1, 20, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(formatting, "datetime", TwentyPastTwoAgain)
    assert f">{words}<" in look.ago(moment).replace("\N{NO-BREAK SPACE}", " ")


def test_the_exact_time_is_in_the_active_zone() -> None:
    html = look.ago(datetime(2024, 11, 23, 8, 12, tzinfo=UTC))
    assert 'datetime="2024-11-23T09:12:00+01:00"' in html
    assert "23 Nov 2024, 09:12 CET" in html
    assert ">23 Nov 2024<" in html


@pytest.mark.parametrize(("language", "words"), [("en", "5 Sep 2026, 14:08"), ("es", "5 sep 2026, 14:08")])
def test_a_date_is_short_with_the_month_as_a_word_and_a_clock_of_24_hours(language: str, words: str) -> None:
    moment = datetime(2026, 9, 5, 14, 8, tzinfo=ZoneInfo("Europe/Madrid"))
    with translation.override(language):
        assert drawn("{{ moment|date:'DATETIME_FORMAT' }}", moment=moment) == words
        assert drawn("{{ moment|date:'SHORT_DATETIME_FORMAT' }}", moment=moment) == words
        assert drawn("{{ moment|date }} {{ moment|time }}", moment=moment) == words.replace(",", "")


def test_money_follows_the_readers_language() -> None:
    assert drawn("{% money a 'USD' %}", a=Decimal("1184.6")) == '<span class="money">$1,184.60</span>'
    with translation.override("es"):
        assert "1.184,60" in drawn("{% money a 'EUR' %}", a=Decimal("1184.6"))


@pytest.mark.parametrize(
    ("amount", "english", "spanish"),
    [
        ("1184.600", "1,184.6", "1.184,6"),
        ("1184", "1,184", "1.184"),
        ("100", "100", "100"),
        ("-0.125", "-0.125", "-0,125"),
        ("99999999999.999", "99,999,999,999.999", "99.999.999.999,999"),
    ],
)
def test_money_without_a_currency_keeps_its_decimals_and_follows_the_language_too(
    amount: str, english: str, spanish: str
) -> None:
    assert drawn("{% money a '' %}", a=Decimal(amount)) == f'<span class="money">{english}</span>'
    with translation.override("es"):
        assert drawn("{% money a '' %}", a=Decimal(amount)) == f'<span class="money">{spanish}</span>'
    assert format_money(Decimal(amount), "", "es") == spanish, "the language asked for, not the page's"


@pytest.mark.parametrize(
    ("size", "english", "spanish"),
    [
        (0, "0 bytes", "0 bytes"),
        (1, "1 byte", "1 byte"),
        (2048, "2 KB", "2 KB"),
        (1536, "1.5 KB", "1,5 KB"),
        (10 * 1024 * 1024, "10 MB", "10 MB"),
        (10 * 1024 * 1024 + 1, "10 MB", "10 MB"),
        (512 * 1024 * 1024, "512 MB", "512 MB"),
        (3_328_599_655, "3.1 GB", "3,1 GB"),
    ],
)
def test_a_file_size_has_decimals_only_where_they_say_something(
    size: int, english: str, spanish: str
) -> None:
    for language, words in (("en", english), ("es", spanish)):
        with translation.override(language):
            assert formatting.file_size(size).replace("\N{NO-BREAK SPACE}", " ") == words


def test_somebodys_own_words_stand_in_the_quotation_marks_of_the_language() -> None:
    assert drawn("{{ words|quoted }}", words="100 % <b>") == "“100 % &lt;b&gt;”"
    with translation.override("es"):
        assert drawn("{{ words|quoted }}", words="100 % <b>") == "«100 % &lt;b&gt;»"


def test_unknown_money_is_a_dash_not_a_zero() -> None:
    assert "–" in drawn("{% money a 'USD' %}", a=None)


@pytest.mark.parametrize("currency", ["CLF", ""])
def test_a_zero_with_a_sign_is_written_as_zero_and_leaves_no_sign_behind(currency: str) -> None:
    written = [format_money(Decimal(zero), currency, "en") for zero in ("-0.00", "0")]
    assert written[0] == written[1]
    assert "-" not in written[1]


def test_counts_group_their_thousands() -> None:
    assert [formatting.count(n) for n in (2417, 8.4, 120.0, 0, None)] == ["2,417", "8.4", "120", "0", "–"]


def test_initials_come_from_the_first_and_last_word() -> None:
    assert [formatting.initials(n) for n in ("Lucía de la Fuente", "aylin", "", "•••")] == [
        "LF",
        "A",
        "?",
        "?",
    ]
