"""Invoices of one or two pages. Answers in YAML."""

from __future__ import annotations

from annotator.demo.drawing import invoices
from annotator.demo.drawing.drawn import GroundTruth
from annotator.demo.drawing.invoice_plan import CURRENCIES, invoice
from annotator.demo.sets.demo_set import DemoSet

TEMPLATE = """number: "{{invoice_number}}"
date: "{{date}}"
vendor: {{vendor}}
currency: {{currency}}
items: {{line_items}}
total: {{total}}
paid: {{paid}}
note: "{{note}}"
"""


def ground_truth(number: int) -> GroundTruth:
    """What stands on invoice `number`."""
    one = invoice(number)
    name, city, vat_id, _ = one.vendor
    return GroundTruth(
        name=f"Invoice {number + 1:03}",
        values={
            "invoice_number": one.number,
            "date": one.day.isoformat(),
            "currency": one.currency,
            "total": (one.net_cents + one.tax_cents) / 100,
            "paid": one.paid,
            "vendor": {"name": name, "city": city, "vat_id": vat_id},
            "line_items": [
                {
                    "description": line.description,
                    "quantity": line.quantity,
                    "unit_price": line.unit_cents / 100,
                }
                for line in one.lines
            ],
        },
        input_meta_data={"buyer": one.buyer, "pages": one.pages},
    )


MONEY = {"type": "float", "required": True, "min_value": 0, "step_size": 0.01}
INVOICES = DemoSet(
    key="invoices",
    name="Invoices",
    description="Scanned invoices of eight suppliers; every third has a second page.",
    samples=80,
    type="multi_ordered",
    system="You enter invoices into the books. Copy numbers exactly; dates as YYYY-MM-DD.",
    user="An invoice to {{buyer}}, {{pages}} page[s], in their order. Read it.",
    template=TEMPLATE,
    format="yaml",
    metadata={"buyer": "Harbour Street Shop Ltd.", "pages": 1},
    variables=(
        {"name": "invoice_number", "type": "string", "required": True, "max_length": 40},
        {
            "name": "date",
            "type": "string",
            "required": True,
            "min_length": 10,
            "max_length": 10,
            "description": "As YYYY-MM-DD, however it is printed.",
        },
        {
            "name": "vendor",
            "type": "object",
            "required": True,
            "item_schema": [
                {"name": "name", "type": "string", "required": True, "max_length": 80},
                {"name": "city", "type": "string", "max_length": 60},
                {"name": "vat_id", "type": "string", "max_length": 30},
            ],
            "description": "Who sends the invoice.",
        },
        {"name": "currency", "type": "string", "required": True, "choices": list(CURRENCIES)},
        {
            "name": "line_items",
            "type": "array",
            "required": True,
            "min_length": 1,
            "max_length": 20,
            "item_schema": [
                {"name": "description", "type": "string", "required": True, "max_length": 80},
                {"name": "quantity", "type": "integer", "required": True, "min_value": 1},
                {"name": "unit_price", **MONEY},
            ],
            "description": "One row per line of the table, those of the second page too.",
        },
        {"name": "total", **MONEY, "description": "To be paid, tax included."},
        {"name": "paid", "type": "boolean", "description": "Whether it bears the red stamp."},
        {"name": "note", "type": "string", "max_length": 300, "description": "Anything unusual."},
    ),
    task="Invoice reader",
    ground_truth=ground_truth,
    pictures=lambda number: invoices.pictures(invoice(number)),
)
