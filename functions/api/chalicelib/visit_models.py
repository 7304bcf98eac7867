"""What the API takes about rounds of visits: bodies and queries, as in chalicelib/models.py."""

import datetime
from typing import Annotated

from pydantic import Field

from caring.errors import CaringError
from chalicelib.models import Asked, Said, Witel

_MOST_DAYS = 60


class NewRounds(Said):
    """From which day on; tomorrow if it is left out. Who sees every witel names one."""

    from_: Annotated[datetime.date | None, Field(alias="from", strict=False)] = None
    witel: Witel | None = None

    def first(self, today: datetime.date) -> datetime.date:
        """The first day that may be planned. CaringError 400 for one that is over, or far ahead."""
        first = self.from_ or today + datetime.timedelta(days=1)
        if not today <= first <= today + datetime.timedelta(days=_MOST_DAYS):
            raise CaringError("bad_value", f"body.from: must be today ({today}) or one of the {_MOST_DAYS} days after")
        return first


class RoundsQuery(Asked):
    """Of which day; today if it is left out. Who sees every witel names one."""

    date: datetime.date | None = None
    witel: Witel | None = None
