"""Whose file it is: an importer who belongs to one witel fills in his own, and takes no other witel's customers."""

from dataclasses import dataclass

from caring.customers import model
from caring.customers.importing.rows import Issue, Values
from caring.customers.model import Item

OTHER_WITEL: Issue = ("witel", "other_witel")


@dataclass(frozen=True, slots=True)
class Importer:
    """The witel (casefolded) that an import is bound to. Imports by those who see every witel have no Importer."""

    import_id: str
    witel: str

    def fill(self, values: Values) -> None:
        """Give a row without a witel the importer's own, in capitals as files write it."""
        values["witel"] = values["witel"] or self.witel.upper()

    def may_write(self, existing: Item) -> bool:
        """Whether a known customer is this witel's or nobody's.

        One whom this very import has given to another witel counts as well, so that a part which died is done again
        with the same answers.
        """
        witel = model.text(existing, "witel_key")
        return witel in (None, self.witel) or model.text(existing, "placed_by") == self.import_id

    def mark(self, written: Item) -> Item:
        """What to write beside these attributes: `placed_by` (import_id) if they give the customer to another witel."""
        witel = model.text(written, "witel_key")
        return {} if witel in (None, self.witel) else {"placed_by": {"S": self.import_id}}
