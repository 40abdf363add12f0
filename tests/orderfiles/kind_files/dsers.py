"""DSers' upload template."""

from __future__ import annotations

from tests.orderfiles.kind_files.tables import header_of, table

IDENTITY_NUMBERS = {
    "RUT(Chile; Optional)": "76086428-5",
    "Personal Clearance ID(Korea, Oman; Optional)": "P123456789012",
    "Passport/Alien registration Card Number(Korea, Oman; Optional)": "M70689098",
    "CPF(Brazil; Optional)": "52998224725",
    "Turkish ID Number(Turkey; Optional)": "10000000146",
    "Passport Number(Turkey; Optional)": "U00000001",
    "RUC(Peru; Optional)": "20100070970",
    "RFC/CURP(Mexico; Optional)": "GODE561231GR8",
}


def dsers_file(*, shuffled: int | None = None) -> bytes:
    order = {
        "Order_number": "#1001",
        "Date": "2026-02-11",
        "Country(Short Name of Country)": "ES",
        "Product_id": "7700000000001",
        "Sku": "L-1",
        "Product_count": "2",
        "Order_memo": "AliExpress 8201447122035519",
        "Contact_person": "María García López",
        "Mobile_no": "+34600000000",
        "Email(Optional)": "maria@example.com",
        "Address": "Calle Mayor 1",
        "City": "Madrid",
        "ZIP": "28001",
    } | IDENTITY_NUMBERS
    further = order | {"Product_id": "7700000000002", "Sku": "M-1", "Product_count": "1"}
    return table(header_of("dsers/order_upload_template_2026-09.csv"), order, further, shuffled=shuffled)
