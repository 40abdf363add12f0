"""Invented orders: who bought what, and in which AliExpress orders it was bought for them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

STORE_ZONE = ZoneInfo("Europe/Madrid")


@dataclass(frozen=True, slots=True)
class SamplePlace:
    country: str
    city: str
    zip: str
    province: str
    phone: str


#: Given names, family names and a place for each language a small European store sells to.
_PEOPLE: tuple[tuple[tuple[str, ...], tuple[str, ...], SamplePlace], ...] = (
    (
        ("María", "Lucía", "Álvaro", "Íñigo", "Carmen"), ("García López", "Muñoz", "Ibáñez Ruiz", "Peña"),
        SamplePlace("ES", "Madrid", "'28001", "M", "'+34 600 000 0"),
    ),
    (
        ("João", "Inês", "Beatriz", "Tomás"), ("Conceição", "Gonçalves", "da Silva", "Araújo"),
        SamplePlace("PT", "Lisboa", "1100-148", "PT-11", "+35191000000"),
    ),
    (
        ("Zoë", "Chloé", "François", "Noël"), ("Lefèvre", "D'Aubigné", "Moreau", "Bouchard"),
        SamplePlace("FR", "Lyon", "'69001", "", "+3360000000"),
    ),
    (
        ("Jürgen", "Käthe", "Sören", "Anke"), ("Weiß", "Müller-Lüdenscheidt", "Schröder", "Vogel"),
        SamplePlace("DE", "Köln", "'50667", "", "'+49 151 0000 0"),
    ),
    (
        ("Łukasz", "Agnieszka", "Żaneta", "Paweł"), ("Wójcik", "Dąbrowska", "Szczęsny", "Król"),
        SamplePlace("PL", "Kraków", "30-001", "", "+4850000000"),
    ),
    (
        ("Siobhán", "Aoife", "Cillian", "Niamh"), ("O'Brien", "Ó Súilleabháin", "Byrne", "Walsh"),
        SamplePlace("IE", "Dublin", "D01 F5P2", "D", "+3538500000"),
    ),
    (
        ("Δημήτρης", "Ελένη", "Γιώργος"), ("Παπαδόπουλος", "Νικολάου", "Αντωνίου"),
        SamplePlace("GR", "Αθήνα", "'10431", "", "+3069000000"),
    ),
    (
        ("Олена", "Андрій", "Софія"), ("Шевченко", "Коваленко", "Бондар"),
        SamplePlace("UA", "Київ", "'01001", "", "+3805000000"),
    ),
    (
        ("محمد", "فاطمة", "يوسف"), ("العلوي", "بناني", "الفاسي"),
        SamplePlace("MA", "الدار البيضاء", "'20000", "", "+2126000000"),
    ),
    (
        ("美咲", "大輔", "さくら"), ("佐藤", "鈴木", "高橋"),
        SamplePlace("JP", "東京", "100-0001", "JP-13", "+81900000000"),
    ),
    (
        ("Ayşe", "İbrahim", "Gül"), ("Yılmaz", "Öztürk", "Şahin"),
        SamplePlace("TR", "İstanbul", "34000", "", "+9050000000"),
    ),
    (
        ("Camila", "Matías", "Sofía"), ("Núñez", "Contreras", "Rojas"),
        SamplePlace("CL", "Santiago", "'8320000", "RM", "+5690000000"),
    ),
    (
        ("Emily", "Marcus", "Bo", "Priya"), ("Johnson", "Nguyen", "Patel", "X"),
        SamplePlace("US", "Austin", "'73301", "TX", "+1512555010"),
    ),
)  # fmt: skip

_PRODUCTS = (
    ("Wireless earbuds - White", "EB-100-W", "Lumen Audio", "24.90"),
    ("Wireless earbuds - Black", "EB-100-B", "Lumen Audio", "24.90"),
    ('Tablet stand 10" - Silver', "TS-10", "Deskwell", "18.50"),
    ("Galaxy projector lamp", "GP-7", "Nightfall", "34.95"),
    ("Posture corrector - M / L", "PC-ML", "Upright Co", "16.00"),
    ("Pet hair remover, reusable", "PH-2", "Paw & Home", "12.75"),
    ("Magnetic car phone mount", "", "Deskwell", "14.20"),
    ("Silicone baking mat – 2 pcs", "SB-2", "Kitchenly", "9.99"),
    ("Smart plant pot", "PP-01", "Greenfold", "29.00"),
    ("Yoga mat 6 mm, violet", "YM-6V", "Upright Co", "27.40"),
)


@dataclass(frozen=True, slots=True)
class SampleLine:
    name: str
    sku: str
    vendor: str
    price: Decimal
    quantity: int


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """One store order and the AliExpress orders bought for it (one for each supplier)."""

    index: int
    number: str
    external_id: str
    placed_at: datetime
    name: str
    email: str
    phone: str
    place: SamplePlace
    lines: tuple[SampleLine, ...]
    aliexpress_numbers: tuple[str, ...]


def sample_orders(
    *,
    orders: int = 60,
    seed: int = 1,
    start: date,
    days: int = 21,
    prefix: str = "#",
    first_number: int = 1001,
) -> Iterator[SampleOrder]:
    """Orders spread over `days` from `start`, oldest first.

    Among each sixty: five customers who ordered before, a blank e-mail, a marketplace's relay address, and a customer
    without a name. About a third of the orders have two or three products.
    """
    rng = random.Random(seed)  # noqa: S311 - invented people, not secrets
    regulars: list[tuple[str, str, str, SamplePlace]] = []
    for index in range(orders):
        givens, families, place = rng.choice(_PEOPLE)
        name = f"{rng.choice(givens)} {rng.choice(families)}"
        email = (
            f"customer{seed * 100_000 + index}@{rng.choice(('example.com', 'mail.example', 'shop.example'))}"
        )
        phone = f"{place.phone}{rng.randrange(100, 1000)}"
        at_of_sixty = index % 60
        if at_of_sixty == 17:
            email = ""
        elif at_of_sixty == 29:
            email = f"relay-{seed}-{index}@scs3.tiktok.com"
        elif at_of_sixty == 41:
            name = ""
        elif at_of_sixty % 11 == 10 and regulars:
            name, email, phone, place = rng.choice(regulars)
        if name and "customer" in email:
            regulars = [*regulars[-20:], (name, email, phone, place)]
        lines = tuple(
            SampleLine(title, sku, vendor, Decimal(price), rng.choice((1, 1, 1, 2)))
            for title, sku, vendor, price in rng.sample(_PRODUCTS, rng.choice((1, 1, 1, 1, 2, 3)))
        )
        day = start + timedelta(days=index * days // max(1, orders))
        at = time(8 + (index * 7) % 12, rng.randrange(60), rng.randrange(60), tzinfo=STORE_ZONE)
        bought = 2 if len(lines) > 2 else 1
        yield SampleOrder(
            index=index,
            number=f"{prefix}{first_number + index}",
            external_id=str(5_800_000_000_000 + seed * 1_000_000 + index * 37),
            placed_at=datetime.combine(day, at),
            name=name,
            email=email,
            phone=phone,
            place=place,
            lines=lines,
            aliexpress_numbers=tuple(
                f"81{seed % 100:02d}{(index * 2 + part) * 7_919 + 100_000_003:012d}" for part in range(bought)
            ),
        )
