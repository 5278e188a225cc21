"""What stands on invoice number n."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from annotator.demo.drawing.canvas import dice

VENDORS = (  # name, city, VAT id, colour
    ("Brightwater Supplies", "Bristol", "GB 412 8876 20", "#1f6f8b"),
    ("Nordlicht Papier GmbH", "Hamburg", "DE 284 551 907", "#2d4a8a"),
    ("Atelier Colombe", "Lyon", "FR 47 812 334 905", "#9a3b5c"),
    ("Moravia Tools s.r.o.", "Brno", "CZ 2785 6411", "#b5651d"),
    ("Alpenrad AG", "Zurich", "CHE 114.882.309", "#2e7d4f"),
    ("Kestrel Coffee Roasters", "Leeds", "GB 735 1190 48", "#5b3a29"),
    ("Fjord Lighting AS", "Bergen", "NO 918 273 645", "#3f4c6b"),
    ("Verde Packaging Srl", "Turin", "IT 0774 1830 126", "#4d8c3a"),
)
BUYERS = ("Harbour Street Shop Ltd.", "Old Market Stores", "Studio Linden", "City Library Trust")
GOODS = (  # description, lowest and highest price in cents
    ("Copy paper A4, 500 sheets", 389, 690),
    ("LED panel 60 x 60", 2890, 5990),
    ("Espresso blend, 1 kg", 1490, 2290),
    ("Cordless drill 18 V", 8900, 14900),
    ("Folding carton, large", 89, 240),
    ("Bicycle service", 4900, 9900),
    ("Linen binding, blue", 1290, 2150),
    ("Delivery, per kilometre", 45, 95),
    ("Desk lamp, brass", 3900, 7900),
    ("Ink cartridge, black", 1790, 3290),
    ("Installation, per hour", 4200, 6900),
    ("Oak shelf board", 2290, 3890),
)
CURRENCIES = ("EUR", "GBP", "CZK", "CHF", "NOK")
OF_COUNTRY = {"GB": "GBP", "CZ": "CZK", "CH": "CHF", "NO": "NOK"}
TAX_PERCENT = 20


@dataclass(frozen=True)
class Line:
    """One line of the table; the price in cents of one piece."""

    description: str
    quantity: int
    unit_cents: int

    @property
    def cents(self) -> int:
        """The line's total."""
        return self.quantity * self.unit_cents


@dataclass(frozen=True)
class Invoice:
    """Everything that is printed."""

    index: int
    number: str
    day: date
    currency: str
    vendor: tuple[str, str, str, str]
    buyer: str
    lines: tuple[Line, ...]
    paid: bool
    pages: int

    @property
    def net_cents(self) -> int:
        """Before tax."""
        return sum(line.cents for line in self.lines)

    @property
    def tax_cents(self) -> int:
        """Rounded to the cent."""
        return (self.net_cents * TAX_PERCENT + 50) // 100


def invoice(number: int) -> Invoice:
    """Invoice `number`, from 0. Every third has its table's end on a second page."""
    chance = dice("invoice", number)
    vendor = chance.choice(VENDORS)
    pages = 2 if number % 3 == 2 else 1
    goods = chance.sample(GOODS, chance.randrange(6, 9) if pages == 2 else chance.randrange(2, 6))
    day = date(2026, 1, 5) + timedelta(days=chance.randrange(240))
    return Invoice(
        index=number,
        number=f"{chance.choice(('INV', 'R', 'F', '26'))}-{chance.randrange(1000, 9999)}",
        day=day,
        currency=OF_COUNTRY.get(vendor[2][:2], "EUR"),
        vendor=vendor,
        buyer=chance.choice(BUYERS),
        lines=tuple(
            Line(description, chance.choice((1, 1, 2, 3, 5, 10)), chance.randrange(low, high))
            for description, low, high in goods
        ),
        paid=chance.random() < 0.45,
        pages=pages,
    )
