"""19–48: files that are read in spite of their form."""

from __future__ import annotations

import codecs
import unicodedata
from decimal import Decimal

from tests.imports.files import csv_file, shopify_row
from tests.orderfiles.bad_input.files import GOOD, delimited, lines, only, renamed, shop
from tests.orderfiles.bad_input.outcomes import Case, Taken, assuming, same

NORMALISED_FILES = (
    Case("19", "a byte order mark", codecs.BOM_UTF8 + shop().encode(), same()),
    Case("20", "UTF-16, little end first", codecs.BOM_UTF16_LE + shop().encode("utf-16-le"), same()),
    Case("20b", "UTF-16, big end first", codecs.BOM_UTF16_BE + shop().encode("utf-16-be"), same()),
    Case(
        "20c",
        "UTF-16 without its mark",
        shop().encode("utf-16-le"),
        assuming(same(), "encoding", encoding="utf-16-le"),
    ),
    Case(
        "21",
        "Windows-1252, said in the preview",
        shop().encode("cp1252"),
        assuming(same(), "encoding", encoding="cp1252"),
    ),
    Case("22", "semicolons", delimited(";").encode(), assuming(same(), "delimiter", delimiter=";")),
    Case("23", "tabs", delimited("\t").encode(), assuming(same(), "delimiter", delimiter="\t")),
    Case("24", "bars", delimited("|").encode(), assuming(same(), "delimiter", delimiter="|")),
    Case("25", "a line sep=;", ("sep=;\r\n" + delimited(";")).encode(), same()),
    Case("26", "lines ended by CR", lines(shop(), "\r"), same()),
    Case("27", "lines ended by LF", lines(shop(), "\n"), same()),
    Case(
        "28",
        "mixed line ends",
        lines(shop(GOOD, shopify_row(Name="#1002"), shopify_row(Name="#1003")), "\r\n", "\n", "\r"),
        Taken({number: {"total": Decimal("25.00")} for number in ("#1001", "#1002", "#1003")}),
    ),
    Case("29", "line feeds inside a cell", only(Notes="ring\ntwice"), same(note="ring\ntwice")),
    Case("30", "blank lines", ("\n\n" + shop().replace("\n", "\n\n,,,\n")).encode(), same()),
    Case("31", "trailing commas", shop().replace("\n", ",,,\n").encode(), same()),
    Case("32", "reordered columns", csv_file([dict(reversed(GOOD.items()))]), same()),
    Case("33", "unknown columns", csv_file([{"Mood": "calm"} | GOOD | {"Weather": "=1+1"}]), same()),
    Case("34", "accented headers", renamed({"Total": "Tótal", "Email": "E-Máil"}), same()),
    Case(
        "35",
        "Spanish headers",
        renamed(
            {
                "Name": "Pedido",
                "Email": "Correo electrónico",
                "Currency": "Moneda",
                "Created at": "Fecha de creación",
                "Shipping Country": "País",
                "Financial Status": "Estado financiero",
                "Billing Name": "Cliente",
            }
        ),
        same(financial_status="paid"),
    ),
    Case(
        "36",
        "no-break spaces",
        only(Billing_Name="\u00a0María\u00a0García ", Total="25.00\u00a0"),
        same(),
    ),
    Case(
        "37",
        "accents in pieces (NFD)",
        only(Billing_Name=unicodedata.normalize("NFD", "María García")),
        same(),
    ),
    Case("38", "1.234,56", only(Total="1.234,56"), same(total=Decimal("1234.56"))),
    Case(
        "39", "a currency's sign", only(Total="€25.00", Subtotal="20,00 €"), same(subtotal=Decimal("20.00"))
    ),
    Case("40", "capitals in an e-mail", only(Email=" Maria@Example.COM"), same()),
    Case(
        "41",
        "an international domain",
        only(Email="maria@ESPAÑA.example"),
        same(customer__email="maria@xn--espaa-rta.example"),
    ),
    Case("42", "an emoji in a name", only(Billing_Name="Ana 👩‍👧 😀"), same(customer__name="Ana 👩‍👧 😀")),
    Case(
        "43",
        "a name from right to left",
        only(Billing_Name="فاطمة العلوي"),
        same(customer__name="فاطمة العلوي"),
    ),
    Case("44", "a name of one letter", only(Billing_Name="X"), same(customer__name="X")),
    Case(
        "45",
        "apostrophes in a name",
        only(Billing_Name="D'Arcy O’Brien"),
        same(customer__name="D'Arcy O’Brien"),
    ),
    Case("46", "#1001", only(Name="#1001"), same("#1001")),
    Case("47", "leading zeros", only(Name="0042"), same("0042")),
    Case(
        "48",
        "'28001, as shops guard digits from spreadsheets",
        csv_file([GOOD | {"Name": "'28001", "Phone": "'+34 600 111 222", "Shipping Zip": "'28001"}]),
        same("28001", customer__phone="+34 600 111 222"),
    ),
)
