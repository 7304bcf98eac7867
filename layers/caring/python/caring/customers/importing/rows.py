"""One row of a customer file: rejected for a reason, or accepted as values with issues.

`values` holds every field of the import contract: text (empty when there is none), E.164 numbers, amounts in whole
rupiah, dates as YYYY-MM-DD, yes and no; None where there is none. Which row is a duplicate only the whole file tells:
`Claims` is that memory.
"""

from caring.customers.importing import fields
from caring.customers.importing.fields import Reader, Value
from caring.customers.importing.file import COLUMNS
from caring.ids import CUSTOMER_ID

Values = dict[str, Value]
Issue = tuple[str, str]

# column → (reader, value when the cell is blank, dropped or absent); the required columns are read before
_FIELDS: dict[str, tuple[Reader, Value]] = {
    "segment": (fields.segment, "REGULAR"),
    "phone": (fields.mobile_phone, None),
    "whatsapp": (fields.mobile_phone, None),
    "home_phone": (fields.any_phone, None),
    "email": (fields.email, None),
    "language": (fields.language, "id"),
    **dict.fromkeys(("address", "village", "district", "witel", "product"), (fields.text, "")),
    "activated_on": (fields.day, None),
    "monthly_charge": (fields.amount, None),
    "amount_due": (fields.amount, None),
    "due_date": (fields.day, None),
    "paid_on": (fields.day, None),
    "points": (fields.points, 0),
    **dict.fromkeys(
        ("consent_whatsapp", "consent_sms", "consent_email", "consent_voice"),
        (fields.consent, False),
    ),
    "consent_at": (fields.moment, None),
}
_CONTACTS = ("phone", "whatsapp", "home_phone", "email")


class Claims:
    """The ids that the accepted rows of one file have taken so far."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def rejection(self, customer_id: str, name: str) -> str | None:
        """Why a row with these cells is rejected, or None; an accepted row claims its id."""
        if not customer_id:
            return "missing_customer_id"
        if not CUSTOMER_ID.fullmatch(customer_id):
            return "malformed_customer_id"
        if not name or fields.text(name)[0] is None:
            return "missing_name"
        number = int(customer_id)
        if number in self._taken:
            return "duplicate_in_file"
        self._taken.add(number)
        return None


def read_row(cells: dict[str, str]) -> tuple[Values, list[Issue]]:
    """(values, issues) of an accepted row, from its trimmed cells by column; issues sorted by field."""
    values: Values = dict.fromkeys(COLUMNS)
    values["customer_id"] = cells["customer_id"]
    values["name"] = fields.text(cells["name"])[0]
    issues: list[Issue] = []
    for column, (reader, default) in _FIELDS.items():
        cell = cells.get(column)
        code = None
        value = default
        if cell:
            read, code = reader(cell)
            value = default if code else read
        elif column == "whatsapp":
            value = values["phone"]
        if code:
            issues.append((column, code))
        values[column] = value
    if not any(values[contact] for contact in _CONTACTS):
        issues.append(("contact", "unreachable"))
    issues.sort()
    return values, issues
