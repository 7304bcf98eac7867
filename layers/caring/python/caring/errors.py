"""What can go wrong, said so that the reader can mend it."""


class CaringError(Exception):
    """A refusal with a snake_case `code`, a `message` that says how to mend it, and an HTTP `status`."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def not_found(thing: str, thing_id: str) -> CaringError:
    """404 for a thing that does not exist, or that belongs to another witel (the two look alike on purpose)."""
    return CaringError("not_found", f"there is no {thing} {thing_id[:80]!r} that you may see: check the id", 404)


def conflict(code: str, message: str) -> CaringError:
    """409: the thing's state or a budget forbids it."""
    return CaringError(code, message, 409)
