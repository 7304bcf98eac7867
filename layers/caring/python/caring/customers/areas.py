"""The area in which a customer lives: his village, by which a disturbance, or a round of visits, concerns him."""

from caring.customers.model import Item, text

FIELDS = ("witel", "district", "village")


def area_key(witel: str | None, district: str | None, village: str | None) -> str | None:
    """The area of an address, without regard to case and blanks; None where the village is not known."""
    parts = [" ".join((part or "").casefold().split()) for part in (witel, district, village)]
    return "|".join(parts) if parts[2] else None


def of_item(item: Item) -> str | None:
    """The area of a customer, as the fields of his address say it."""
    witel, district, village = (text(item, field) for field in FIELDS)
    return area_key(witel, district, village)
