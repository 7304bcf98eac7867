"""Why a run leaves a customer in peace: each reason to skip, as ledgers, messages and GET /why name it."""

SKIPS = {
    "no_valid_contact": "no valid number or mailbox for the program's channels, or all were tried",
    "no_consent": "no consent to the program's purpose on a valid channel",
    "opted_out": "he has withdrawn it himself",
    "not_in_language": "the script is not written in his language",
    "not_found": "no customer of this id in the program's witel",
    "erased": "his data were erased",
    "paid": "the bill is paid",
    "payment_check": "he says that he has paid, which is being checked",
    "incident": "a disturbance at his place is being repaired",
    "open_ticket": "a ticket of his is open (offers and surveys)",
    "fresh_detractor": "he has given a detractor's score of late (offers and surveys)",
    "asked_recently": "he was asked for a score of late (surveys)",
    "cap_reached": "he was contacted as often as the program's cap allows",
}
_ONLY_WHY = {
    "not_in_audience": "the program's audience does not pick him",
    "outside_window": "not at this hour",
    "held_out": "kept apart for comparison",
}


def described(*, by_why: bool = False) -> str:
    """The reasons as one text; `by_why` with those that only GET /why gives, for whom no run would skip."""
    listed = SKIPS | (_ONLY_WHY if by_why else {})
    return "; ".join(f"{name}: {meaning}" for name, meaning in listed.items())
