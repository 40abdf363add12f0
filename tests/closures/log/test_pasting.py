from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closedorders.closures.pasting import read_numbers
from closedorders.orderfiles.cells import BadValue, is_aliexpress_number, parse_aliexpress_number

A, B = "8201447122035519", "8201447122035481"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (A, (A,)),
        (f"{A} {B}", (A, B)),
        (f"{A},{B}", (A, B)),
        (f"{A};{B}\t{A}", (A, B)),
        (f"#{A}\r\n'{B}'", (A, B)),
        (f'="{A}"', (A,)),
        (f"{A}.0", (A,)),
        ("8201 4471 2203 5519", (A,)),
        ("8201\u00a04471\u00a02203\u00a05519", (A,)),
        ("8201-4471-2203-5519", (A,)),
        ("8201 4471 2203 551", ("820144712203551",)),
        ("8201 4471 2203 5519 8201 4471 2203 5481", (A, B)),
        ("8201 4471 2203 5519, 8201 4471 2203 5481", (A, B)),
        ("8201 4471 2203 5519\n8201 4471 2203 5481", (A, B)),
        ("8201 4471 2203 5519\t2\t38.20 USD", (A,)),
        ("8201 4471 2203 5519 38.20 USD", (A,)),
        ("8201 4471 2203 551,8201447122035481", ("820144712203551", B)),
        ("8,201,447,122,035,519", (A,)),
        ("8.201.447.122.035.519", (A,)),
        (f"820144\u200b7122035519 \ufeff{B}", (A, B)),
        (f"1. {A}\n2. {B}", (A, B)),
        (f"Order ID: {A}Copy Order date: Nov 23, 2026 US $12.90", (A,)),
        (f"https://www.aliexpress.com/p/order/detail.html?orderId={A}&spm=a2g0o.9042311", (A,)),
        (f"Oct 21, 2026\t{A}\tCat bed\t1\tUS $12.90\tShop\t1005006123456789\t12000038123456789", (A,)),
    ],
)
def test_order_numbers_are_read_out_of_any_mess(text: str, expected: tuple[str, ...]) -> None:
    pasted = read_numbers(text)
    assert pasted.numbers == expected
    assert not pasted.unreadable
    assert not pasted.shortened


@pytest.mark.parametrize(
    "text",
    [
        "1001",
        "#1001",
        "82014471",
        "82O1447122035519",
        f"{A}123",
        f"{A}{B}",
        "LP00123456789012345",
        "８２０１４４７１２２０３５５１９",
        "8201 4471 2203 5519 1",
        "2026 8201 4471 2203 5519",
        "8201 4471\n2203 5519",
    ],
)
def test_what_is_no_order_number_or_two_is_handed_back(text: str) -> None:
    pasted = read_numbers(text)
    assert pasted.numbers == ()
    assert pasted.unreadable


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Awaiting delivery",
        "Order date: Nov 23, 2026",
        "Total: US $1,234.90",
        "2026-11-23 10:20",
        "https://www.aliexpress.com/item/1005006123456789.html",
    ],
)
def test_the_words_around_orders_are_passed_over_in_silence(text: str) -> None:
    pasted = read_numbers(text)
    assert (pasted.numbers, pasted.unreadable, pasted.shortened) == ((), (), ())


@pytest.mark.parametrize("text", ["8.19E+15", "8,20145e+15", "8.20E15", "8E+15"])
def test_a_number_that_a_spreadsheet_cut_is_told_apart(text: str) -> None:
    pasted = read_numbers(f"{A}\n{text}")
    assert pasted.shortened == (text,)
    assert pasted.numbers == (A,)


def test_numbers_that_a_spreadsheet_rounded_are_noticed_in_company_only() -> None:
    rounded = [f"8201447122035{n}0" for n in range(10, 18)]
    assert read_numbers("\n".join(rounded)).rounded
    assert not read_numbers("\n".join(rounded[:5])).rounded
    assert not read_numbers("\n".join([*rounded, A])).rounded


def test_a_number_pasted_twice_counts_once() -> None:
    pasted = read_numbers(f"{A}\n{A}\n8201 4471 2203 5519")
    assert pasted.numbers == (A,)
    assert pasted.repeated == 2


@pytest.mark.parametrize(
    "text", ["a1" * 100_000, "1234 " * 40_000, "1,111" * 40_000, "1.1E" * 50_000, "1234567 " * 25_000]
)
def test_a_hostile_paste_is_read_quickly(text: str) -> None:
    read_numbers(text)  # A pattern that backtracks would hang here.


@pytest.mark.parametrize(
    ("text", "known"), [(A, True), ("12345678", True), ("1234567", False), ("８" * 16, False)]
)
def test_the_import_and_the_log_take_the_same_numbers(text: str, known: bool) -> None:
    assert is_aliexpress_number(text) is known
    if known:
        assert parse_aliexpress_number(text) == text
    else:
        with pytest.raises(BadValue):
            parse_aliexpress_number(text)


@pytest.mark.parametrize(
    "number", [f"{'82014471220355190000'[:digits]}" for digits in (*range(8, 15), *range(18, 21))]
)
@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "#{}",
        "'{}'",
        "Order ID: {}Copy",
        f"{A}\n{{}}",
        "https://www.aliexpress.com/?orderId={}&x=1",
        "{}.0",
    ],
)
def test_a_number_of_unusual_length_is_read_where_it_is_known_as_an_order(number: str, written: str) -> None:
    text = written.format(number).replace("Copy", "")
    assert number in read_numbers(text, known={number}).numbers
    assert not read_numbers(text, known={number}).unreadable
    unknown = read_numbers(text)
    assert number not in unknown.numbers
    assert unknown.unusual == (number,)
    assert unknown.unreadable


def test_a_known_number_within_a_longer_one_is_not_read() -> None:
    for text in ("123456789", "A12345678", "12345678B", f"12345678{A}"):
        assert read_numbers(text, known={"12345678"}).numbers == ()


@pytest.mark.parametrize("written", ["1234 5678 9012", "12 34 56 78", "82 014 471 22", "8201-4471-22"])
def test_a_known_number_is_read_however_its_digits_are_grouped(written: str) -> None:
    number = "".join(filter(str.isdigit, written))
    assert read_numbers(written).unusual == (number,)
    assert read_numbers(written).unreadable == (written,)
    assert read_numbers(written, known={number}).numbers == (number,)


order_numbers = st.from_regex(r"[2-9][0-9]{14,16}", fullmatch=True)
wholes = st.sampled_from(
    ["{}", "#{}", "'{}", '"{}"', "Order ID: {}", "order {} closed", "({})", "{}.", " {} "]
)
separators = st.sampled_from(["\n", "\r\n", ",", ", ", "; ", "\t", "\n\n", " | "])


def by_fours(number: str, gap: str) -> str:
    return gap.join(number[start : start + 4] for start in range(0, len(number), 4))


@st.composite
def pastes(draw: st.DrawFn) -> tuple[list[str], str]:
    numbers = draw(st.lists(order_numbers, min_size=1, max_size=12, unique=True))
    separator = draw(separators)
    pieces = []
    for number in numbers:
        # Seventeen digits by fours end in a single digit, which could be a quantity: handed back, not read.
        if len(number) < 17 and draw(st.booleans()):
            pieces.append(by_fours(number, draw(st.sampled_from([" ", "\u00a0", "-", "\u202f", "  "]))))
        else:
            pieces.append(draw(wholes).format(number))
    return numbers, separator.join(pieces)


@given(pastes())
def test_every_number_is_found_once_however_it_is_written(paste: tuple[list[str], str]) -> None:
    numbers, text = paste
    assert list(read_numbers(text).numbers) == numbers


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_mishap(text: str) -> None:
    assert all(is_aliexpress_number(number) for number in read_numbers(text).numbers)
