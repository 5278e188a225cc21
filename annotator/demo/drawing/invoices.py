"""Invoices as they come out of a scanner, a little askew."""

from __future__ import annotations

from PIL import Image, ImageDraw

from annotator.demo.drawing.canvas import (
    darker,
    dice,
    grain,
    jpeg,
    lighter,
    polygon_around,
    rgb,
    text_in,
    wrapped,
)
from annotator.demo.drawing.drawn import Picture
from annotator.demo.drawing.invoice_plan import TAX_PERCENT, Invoice, Line

PAGE = (900, 1270)
INK, GREY = (34, 34, 40), (112, 112, 120)
ON_FIRST_PAGE = 5  # lines of the table, where there are two pages
COLUMNS = {"description": 70, "quantity": 560, "unit": 690, "sum": 830}
TERMS = (
    "Please pay within 30 days, quoting the number of this invoice. Goods remain the property of the"
    " seller until they are paid for. Thank you for your order."
)


def pictures(invoice: Invoice) -> list[Picture]:
    """One picture per page."""
    pages = [first_page(invoice)]
    if invoice.pages == 2:
        pages.append(second_page(invoice))
    return [
        Picture(
            f"invoice-{invoice.index + 1:03}-{number}.jpg",
            jpeg(scanned(page, invoice, number), quality=80),
        )
        for number, page in enumerate(pages, start=1)
    ]


def scanned(page: Image.Image, invoice: Invoice, number: int) -> Image.Image:
    """Turned a little, on the scanner's grey, with its grain."""
    chance = dice("scan", invoice.index, number)
    turn = chance.uniform(-0.9, 0.9)
    page = page.rotate(turn, Image.Resampling.BILINEAR, fillcolor=(206, 206, 204))
    return grain(page, chance, 5)


def first_page(invoice: Invoice) -> Image.Image:
    """Letterhead, address, facts, table, and the totals unless they are overleaf."""
    page = Image.new("RGB", PAGE, (252, 252, 249))
    draw = ImageDraw.Draw(page)
    letterhead(draw, invoice)
    text_in(draw, (70, 270), "Bill to", size=20, fill=GREY)
    text_in(draw, (70, 296), invoice.buyer, size=26, fill=INK)
    text_in(draw, (70, 330), "14 Quay Road", size=22, fill=INK)
    facts = (
        ("Invoice no.", invoice.number),
        ("Date", written_day(invoice)),
        ("Currency", invoice.currency),
    )
    for row, (name, value) in enumerate(facts):
        text_in(draw, (560, 276 + row * 36), name, size=21, fill=GREY)
        text_in(draw, (830, 276 + row * 36), value, size=24, fill=INK, anchor="ra")
    shown = invoice.lines if invoice.pages == 1 else invoice.lines[:ON_FIRST_PAGE]
    bottom = table(draw, invoice, shown, top=440)
    if invoice.pages == 1:
        totals(draw, invoice, bottom)
        closing(page, invoice)
    else:
        text_in(draw, (830, bottom + 30), "continued on page 2", size=20, fill=GREY, anchor="ra")
    footer(draw, invoice, 1)
    return page


def second_page(invoice: Invoice) -> Image.Image:
    """The rest of the table and the totals."""
    page = Image.new("RGB", PAGE, (252, 252, 249))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, PAGE[0], 18), fill=rgb(invoice.vendor[3]))
    text_in(draw, (70, 90), invoice.vendor[0], size=30, fill=rgb(invoice.vendor[3]), bold=True)
    text_in(draw, (830, 94), f"Invoice {invoice.number}", size=24, fill=GREY, anchor="ra")
    bottom = table(draw, invoice, invoice.lines[ON_FIRST_PAGE:], top=190)
    totals(draw, invoice, bottom)
    closing(page, invoice)
    footer(draw, invoice, 2)
    return page


def letterhead(draw: ImageDraw.ImageDraw, invoice: Invoice) -> None:
    """The vendor's name, sign and address, in one of three layouts."""
    name, city, vat_id, color = invoice.vendor
    ink, layout = rgb(color), len(name) % 3
    if layout == 0:
        draw.rectangle((0, 0, PAGE[0], 150), fill=ink)
        sign(draw, (120, 75), lighter(ink, 0.75), len(city))
        text_in(draw, (190, 75), name, size=44, fill=(255, 255, 255), anchor="lm", bold=True)
        facts, top, anchor, x = lighter(ink, 0.0), 182, "la", 70
    elif layout == 1:
        draw.rectangle((0, 0, 26, PAGE[1]), fill=ink)
        text_in(draw, (70, 64), name, size=48, fill=ink, bold=True)
        draw.line((70, 132, 830, 132), fill=ink, width=4)
        facts, top, anchor, x = INK, 150, "la", 70
    else:
        sign(draw, (770, 100), ink, len(city))
        text_in(draw, (70, 64), name, size=42, fill=INK, bold=True)
        facts, top, anchor, x = GREY, 124, "la", 70
    text_in(draw, (x, top), f"{city}  ·  VAT ID {vat_id}", size=22, fill=facts, anchor=anchor)
    text_in(draw, (830, 214), "INVOICE", size=40, fill=darker(ink, 0.1), anchor="ra", bold=True)


def sign(
    draw: ImageDraw.ImageDraw, center: tuple[int, int], color: tuple[int, int, int], kind: int
) -> None:
    """The vendor's sign: a star, a ring or a diamond."""
    x, y = center
    if kind % 3 == 0:
        draw.polygon(polygon_around(center, [46.0, 20.0] * 6), fill=color)
    elif kind % 3 == 1:
        draw.ellipse((x - 44, y - 44, x + 44, y + 44), outline=color, width=14)
        draw.ellipse((x - 14, y - 14, x + 14, y + 14), fill=color)
    else:
        draw.polygon(polygon_around(center, [48.0] * 4), fill=color)
        draw.polygon(polygon_around(center, [22.0] * 4), fill=(252, 252, 249))


def table(draw: ImageDraw.ImageDraw, invoice: Invoice, lines: tuple[Line, ...], *, top: int) -> int:
    """Header and lines; gives the y below."""
    ink = rgb(invoice.vendor[3])
    draw.rectangle((60, top, 840, top + 46), fill=ink)
    for name, text in (("description", "Description"), ("quantity", "Qty"), ("unit", "Unit price"),
                       ("sum", "Amount")):  # fmt: skip
        anchor = "lm" if name == "description" else "rm"
        text_in(draw, (COLUMNS[name], top + 23), text, size=21, fill=(255, 255, 255), anchor=anchor)
    y = top + 46
    for index, line in enumerate(lines):
        if index % 2:
            draw.rectangle((60, y, 840, y + 52), fill=lighter(ink, 0.92))
        text_in(draw, (70, y + 26), line.description, size=23, fill=INK, anchor="lm")
        for name, text in (("quantity", str(line.quantity)), ("unit", money(line.unit_cents)),
                           ("sum", money(line.cents))):  # fmt: skip
            text_in(draw, (COLUMNS[name], y + 26), text, size=23, fill=INK, anchor="rm")
        y += 52
    draw.line((60, y, 840, y), fill=ink, width=3)
    return y


def totals(draw: ImageDraw.ImageDraw, invoice: Invoice, top: int) -> None:
    """Net, tax, and what is to be paid."""
    net, tax = invoice.net_cents, invoice.tax_cents
    rows = (("Subtotal", net, 24), (f"VAT {TAX_PERCENT} %", tax, 24), ("Total", net + tax, 32))
    y = top + 44
    for name, cents, size in rows:
        is_last = name == "Total"
        text_in(draw, (600, y), name, size=size, fill=INK, anchor="rm", bold=is_last)
        shown = f"{invoice.currency} {money(cents)}" if is_last else money(cents)
        text_in(draw, (830, y), shown, size=size, fill=INK, anchor="rm", bold=is_last, widest=220)
        y += 50


def closing(page: Image.Image, invoice: Invoice) -> None:
    """Terms, a signature, and a stamp if it has been paid."""
    draw, chance = ImageDraw.Draw(page), dice("closing", invoice.index)
    for row, text in enumerate(wrapped(TERMS, 19, 420)):
        text_in(draw, (70, 1010 + row * 26), text, size=19, fill=GREY)
    points = [
        (590 + step * 9, 1080 + chance.uniform(-24, 20) * (1 - step / 32)) for step in range(26)
    ]
    draw.line(points, fill=(40, 52, 120), width=3, joint="curve")
    draw.line((580, 1116, 830, 1116), fill=GREY, width=1)
    text_in(draw, (580, 1122), "Authorised signature", size=17, fill=GREY)
    if invoice.paid:
        stamp = Image.new("RGBA", (330, 130))
        pen = ImageDraw.Draw(stamp)
        red = (196, 40, 44, 215)
        pen.rounded_rectangle((5, 5, 325, 125), 16, outline=red, width=9)
        text_in(pen, (165, 64), "PAID", size=84, fill=red, anchor="mm", bold=True)
        stamp = stamp.rotate(chance.uniform(8, 20), Image.Resampling.BICUBIC, expand=True)
        page.paste(stamp, (110 + chance.randrange(60), 810 + chance.randrange(30)), stamp)


def footer(draw: ImageDraw.ImageDraw, invoice: Invoice, number: int) -> None:
    """The page's number."""
    draw.line((60, 1208, 840, 1208), fill=(206, 206, 210), width=1)
    text_in(draw, (70, 1220), f"{invoice.vendor[0]}, {invoice.vendor[1]}", size=18, fill=GREY)
    page = f"Page {number} of {invoice.pages}"
    text_in(draw, (830, 1220), page, size=18, fill=GREY, anchor="ra")


def written_day(invoice: Invoice) -> str:
    """As the vendor's country writes it."""
    if invoice.currency == "GBP":
        return f"{invoice.day.day} {invoice.day:%B %Y}"
    return f"{invoice.day:%d.%m.%Y}" if invoice.index % 2 else f"{invoice.day:%Y-%m-%d}"


def money(cents: int) -> str:
    """1,234.50"""
    return f"{cents / 100:,.2f}"
