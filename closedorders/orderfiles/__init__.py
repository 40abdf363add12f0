"""Order files as programs write them: from bytes to orders and issues. No Django, no models.

`tables` turns a file of any kind (CSV, JSON, workbook) into rows of text under a header. The header picks a format
(`formats`): a table of which column is which field, and what is special about its cells. `reader` collects the rows of
some orders, `cell_columns` reads them field by field as `fields` and `cells` say, noting what is bad, and `assembler`
decides what is one order. What holds for the whole file, such as the decimal sign, is in `conventions`. `guessing`
proposes what the columns of an unknown table are.

    reading = read_orders(file, zone=team_zone, date_order=None, default_currency="EUR")
    for item in reading:
        match item:
            case ParsedStoreOrder() | ParsedSupplierOrder() | ParsedLink(): ...
            case RowIssue(): ...

Reading streams: memory has some hundred rows at once. At any moment
`rows_read == rows_accepted + rows_rejected + rows_duplicate` for what was handed over.

**Not given is not blank.** A field is None where the file has no column for it; a text field is "" where the cell is
blank. Amounts and dates are None in both cases, so ask `reading.fields`, the names of the fields the file has columns
for. A field outside it must never overwrite what is known.

**Duplicates.** Two identical further lines of one store order are two line items, unless the order's first row is
repeated too: then the file was doubled and each row counts once. In AliExpress files an identical row is always a
duplicate: AliExpress adds up quantities itself. A whole order that comes again later, with the same values in every
column we read, counts once; with other values it is refused row by row (`order_repeated`).

**A new format** is one of the three kinds of rows (`StoreOrders`, `AliExpressOrders`, `OrderLinks`) with a table of its
columns, listed in `FORMATS`; a column mapping (`custom.py`) is the same table, made by hand. **A new field** is a line
in `fields.py`, one in a format's table, and its place in `records.py`.
"""
