"""How the numbers and dates of a table of text are written, told by whole columns in one pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from annotator.imports.formats.texts import NUMBER, THOUSANDS, date_orders


@dataclass
class NumberColumn:
    """A column all of whose values are numbers so far."""

    separators: set[str] = field(default_factory=set)
    is_clear: bool = False  # some value can't have thousands in place of decimals

    def takes(self, text: str) -> bool:
        """Take one more value; False when it's no number."""
        match = NUMBER.fullmatch(text)
        if match is None:
            return False
        if match.group(1):
            self.separators.add(match.group(1))
            self.is_clear = self.is_clear or THOUSANDS.fullmatch(text) is None
        return True


@dataclass
class DateColumn:
    """A column all of whose values are dates so far, in each of `orders`."""

    orders: set[str] = field(default_factory=set)

    def takes(self, text: str) -> bool:
        """Take one more value; False when no order fits all."""
        orders = date_orders(text)
        self.orders = self.orders & orders if self.orders else orders
        return bool(self.orders)


@dataclass
class Scan:
    """What a pass over a table says. `filled` are the columns, by place, in which anything stands."""

    width: int
    filled: set[int] = field(default_factory=set)
    numbers: dict[int, NumberColumn] = field(default_factory=dict)
    dates: dict[int, DateColumn] = field(default_factory=dict)

    def read(self, rows: Iterable[list[str]]) -> None:
        """Take all rows. A column is looked at until a value is neither a number nor a date."""
        alive = list(range(self.width))
        for row in rows:
            closed = [n for n in alive if n < len(row) and not self._takes(n, row[n])]
            if closed:
                alive = [n for n in alive if n not in closed]

    def _is_open(self, place: int) -> bool:
        return place in self.numbers or place in self.dates

    def _takes(self, place: int, cell: str) -> bool:
        """Take one cell; False when its column need not be looked at any more."""
        text = cell.strip()
        if not text:
            return True
        if place not in self.filled:
            self.filled.add(place)
            self.numbers[place] = NumberColumn()
            self.dates[place] = DateColumn()
        for columns in (self.numbers, self.dates):
            if place in columns and not columns[place].takes(text):
                del columns[place]
        return self._is_open(place)

    def decimal(self, delimiter: str) -> str:
        """The decimal separator: "." or ","; empty where it can't be told and has to be asked for."""
        columns = [each for each in self.numbers.values() if each.separators]
        if delimiter == ",":
            return "."
        clear = {frozenset(each.separators) for each in columns if each.is_clear}
        if clear == {frozenset(",")}:
            return ","
        if clear == {frozenset(".")} or not columns:
            return "."
        return ""

    def date_order(self) -> str:
        """ymd, dmy or mdy; empty where there are no dates or it has to be asked for."""
        told = [each.orders for each in self.dates.values() if len(each.orders) == 1]
        orders = set[str]().union(*told)
        if orders - {"ymd"}:
            orders -= {"ymd"}  # a date that begins with its year is read in any order
        return orders.pop() if len(orders) == 1 and not self._unclear_dates(orders) else ""

    def _unclear_dates(self, told: set[str]) -> bool:
        return told <= {"ymd"} and any(len(each.orders) > 1 for each in self.dates.values())

    def date_columns(self, order: str) -> set[int]:
        """The columns, by place, all of whose values are dates in this order or begin with their year."""
        return {place for place, each in self.dates.items() if each.orders & {order, "ymd"}}

    def questions(self, decimal: str, date_order: str) -> list[str]:
        """What has to be asked, in sentences, where neither the file nor a person has said it."""
        asked = []
        if not decimal:
            asked.append(
                "Numbers such as 1,234 may have decimals or thousands: choose the decimal mark."
            )
        if self.dates and not date_order:
            asked.append(
                "Dates such as 03/04/2024 may begin with day or month: choose their order."
            )
        return asked
