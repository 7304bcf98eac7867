"""What rows and cells mean: the rules of the customer file, field by field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caring.customers.importing import fields
from caring.customers.importing.rows import Claims, Values, read_row


def read(**cells: str) -> tuple[Values, list[tuple[str, str]]]:
    return read_row({"customer_id": "131000000017", "name": "Budi", "phone": "081234567890", **cells})


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("081234567890", "+6281234567890"),
        ("'0812-3456-7890", "+6281234567890"),
        ("’0812 3456 7890", "+6281234567890"),
        ("+62 812-3456-7890", "+6281234567890"),
        ("62812.3456.7890", "+6281234567890"),
        ("+62(0)81234567890", "+6281234567890"),
        ("(0812)34567890", "+6281234567890"),
        ("81234567890", "+6281234567890"),
        ("081234567890.0", "+6281234567890"),
        ("０８１２３４５６７８９０", "+6281234567890"),
        ("٠٨١٢٣٤٥٦٧٨٩٠", "+6281234567890"),
        ("\u200e0812\u00a03456\u20147890\u202c", "+6281234567890"),
        ("＋62\u22128123\u00ad4567890", "+6281234567890"),
        ("+60 12-345 6789", "+60123456789"),
    ],
)
def test_a_mobile_number_is_stored_as_e164(cell: str, stored: str) -> None:
    assert fields.mobile_phone(cell) == (stored, None)


@pytest.mark.parametrize(
    "cell",
    [
        *("-", "N/A", "tidak ada", "O8123456789O", "8.12E+11", "8,12346E+11", "0812", "188", "0811111111111111"),
        *("081234567890;081345678901", "081234567890 / 081345678901", "0812 3456 7890 ext 12", "tel:+6281234567890"),
        *(
            "++6281234567890",
            "62+81234567890",
            "@081234567890",
            "=081234567890",
            "WA: 081234567890",
            "0062881219595155",
        ),
        *("'", "()", "+", "'" * 2 + "081234567890", "1" * 5000),
    ],
)
def test_what_is_no_number_is_an_invalid_phone(cell: str) -> None:
    assert fields.mobile_phone(cell) == fields.any_phone(cell) == (None, "invalid_phone")


@pytest.mark.parametrize(
    "text",
    [
        *("081234567890", "0812-3456-7890", "+62 812-3456-7890", "(0812) 34567890", "+62(0)81234567890", "81234567890"),
        *("'081234567890", "０８１２３４５６７８９０", "tel:+6281234567890", "WA: 081234567890", "@081234567890"),
        *("0812 3456 7890 ext 12", "0812-DGJM-7890"),
    ],
)
def test_a_number_that_is_looked_for_may_be_written_in_any_way(text: str) -> None:
    assert str(fields.typed_phone(text)[0]).startswith("+62812345")


@pytest.mark.parametrize("text", ["", "n/a", "halo", "0812", "188", "8.12346E+11", "0062881219595155", "1" * 5000])
def test_what_is_no_number_is_not_looked_for(text: str) -> None:
    assert fields.typed_phone(text) == (None, "invalid_phone")


@pytest.mark.parametrize("cell", ["(022) 7301234", "0800 1234567", "1500250"])
def test_a_valid_number_that_is_no_mobile_is_dropped_from_phone(cell: str) -> None:
    assert fields.mobile_phone(cell) == (None, "not_mobile")
    assert fields.any_phone(cell)[1] is None


@pytest.mark.parametrize(
    ("cell", "rupiah"),
    [
        *(("350000", 350_000), ("350000.00", 350_000), ("350.000", 350_000), ("1.350.000", 1_350_000)),
        *(("350.000,00", 350_000), ("Rp350000", 350_000), ("rp 350.000", 350_000), ("RP\u00a01.350.000,00", 1_350_000)),
        *(("0", 0), ("350.00", 350), ("123456789012", 123_456_789_012), ("123.456.789.012", 123_456_789_012)),
    ],
)
def test_an_amount_is_whole_rupiah(cell: str, rupiah: int) -> None:
    assert fields.amount(cell) == (rupiah, None)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "350,000.00",
            "350000,00",
            "350000.50",
            "350000.0",
            "Rp. 350.000",
            "-350000",
            "3.5E+05",
            "1.0E+05",
            "350 000",
        ),
        *(
            "1234567890123",
            "1.234.567.890.123",
            "350.000.00",
            "3500.000",
            "350.0000",
            "٣٥٠",
            "gratis",
            "Rp",
            "350000 Rp",
        ),
    ],
)
def test_any_other_amount_is_invalid(cell: str) -> None:
    assert fields.amount(cell) == (None, "invalid_amount")


def test_days_are_iso_or_day_first() -> None:
    assert fields.day("2026-02-28") == fields.day("28/02/2026") == ("2026-02-28", None)


@pytest.mark.parametrize(
    "cell",
    [
        "5/1/2026",
        "46350",
        "31/02/2026",
        "2026-02-30",
        "2026/02/28",
        "28-02-2026",
        "0000-01-01",
        "2026-2-28",
        "２026-02-28",
    ],
)
def test_any_other_day_is_invalid(cell: str) -> None:
    assert fields.day(cell) == (None, "invalid_date")


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("2026-02-22T09:03:00+07:00", "2026-02-22T02:03:00Z"),
        ("2026-02-22 09:03", "2026-02-22T02:03:00Z"),
        ("2026-02-22T09:03:05Z", "2026-02-22T09:03:05Z"),
        ("2026-01-01T00:30-03:30", "2026-01-01T04:00:00Z"),
    ],
)
def test_a_consent_time_is_stored_in_utc_and_is_wib_without_a_zone(cell: str, stored: str) -> None:
    assert fields.moment(cell) == (stored, None)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "2026-02-22",
            "14/03/2025 09:30",
            "2026-02-22T24:00",
            "2026-02-22T09:60",
            "2026-02-22T09:03:60",
            "2026-02-30T09:00",
        ),
        *(
            "2026-02-22T09:03:00.5Z",
            "2026-02-22T09:03+0700",
            "0001-01-01T00:00",
            "2026-02-22T09:03+24:00",
            "2026-02-22t09:03",
        ),
    ],
)
def test_any_other_consent_time_is_invalid(cell: str) -> None:
    assert fields.moment(cell) == (None, "invalid_date")


def test_mailboxes_are_normalized_without_asking_dns() -> None:
    assert fields.email("Budi@EXAMPLE.com") == ("Budi@example.com", None)
    assert fields.email("budi@münchen.example.com") == ("budi@münchen.example.com", None)
    for bad in ("budi", "budi@@example.com", "a b@example.com", "budi@localhost", "test@(comment)iana.org", "-"):
        assert fields.email(bad) == (None, "invalid_email")


def test_words_of_any_case_are_known() -> None:
    values, issues = read(segment="hvc", language="SU", consent_sms="YA", consent_email="Tidak", consent_voice="TRUE")
    assert (values["segment"], values["language"]) == ("HVC", "su")
    assert [values[f"consent_{channel}"] for channel in ("whatsapp", "sms", "email", "voice")] == [
        False,
        True,
        False,
        True,
    ]
    assert issues == []


def test_a_bad_word_falls_back_and_is_reported() -> None:
    values, issues = read(segment="VIP", language="jv", points="10.0", consent_sms="y", due_date="besok")
    assert (values["segment"], values["language"], values["points"]) == ("REGULAR", "id", 0)
    assert values["consent_sms"] is False
    assert values["due_date"] is None
    assert issues == [
        ("consent_sms", "invalid_value"),
        ("due_date", "invalid_date"),
        ("language", "invalid_value"),
        ("points", "invalid_value"),
        ("segment", "invalid_value"),
    ]


def test_a_blank_whatsapp_takes_the_phone_and_a_bad_one_is_none() -> None:
    assert read(whatsapp="")[0]["whatsapp"] == "+6281234567890"
    assert read()[0]["whatsapp"] == "+6281234567890"
    assert read(whatsapp="0812")[0]["whatsapp"] is None
    assert read(phone="8.12E+11")[0]["whatsapp"] is None


def test_a_customer_without_any_contact_is_unreachable() -> None:
    assert read(phone="8.12E+11")[1] == [("contact", "unreachable"), ("phone", "invalid_phone")]
    assert read(phone="")[1] == [("contact", "unreachable")]
    assert read(phone="", home_phone="0227301234")[1] == []
    assert read(phone="(022) 7301234", email="Budi@EXAMPLE.com")[1] == [("phone", "not_mobile")]


def test_text_is_kept_in_nfc_formulas_and_all() -> None:
    values, issues = read(name="Jose\u0301", address="=1+1", village="NULL", district="<script>", product="'a\nb")
    assert (values["name"], values["address"], values["village"]) == ("José", "=1+1", "NULL")
    assert (values["district"], values["product"]) == ("<script>", "'a\nb")
    assert issues == []


def test_a_text_longer_than_anyone_writes_is_dropped() -> None:
    values, issues = read(address="x" * (fields.MAX_TEXT + 1))
    assert values["address"] == ""
    assert issues == [("address", "invalid_value")]
    assert Claims().rejection("131000000017", "x" * (fields.MAX_TEXT + 1)) == "missing_name"


def test_a_row_is_rejected_for_the_first_reason_that_applies() -> None:
    claims = Claims()
    assert claims.rejection("", "") == "missing_customer_id"
    for malformed in ("13100000001", "231000000017", "1310000000171", "１31000000017", "1.31E+11", "'131000000017"):
        assert claims.rejection(malformed, "") == "malformed_customer_id"


def test_a_rejected_row_claims_no_id() -> None:
    claims = Claims()
    assert claims.rejection("131000000017", "") == "missing_name"
    assert claims.rejection("131000000017", "Budi") is None
    assert claims.rejection("131000000017", "Budi") == "duplicate_in_file"
    assert claims.rejection("131000000017", "") == "missing_name"


@given(
    st.sampled_from(["phone", "home_phone", "email", "amount_due", "due_date", "consent_at", "points"]),
    st.text(min_size=1),
)
def test_no_text_crashes_a_field(field: str, cell: str) -> None:
    values, issues = read_row({"customer_id": "131000000017", "name": "Budi", field: cell})
    assert (values[field] is None or values[field] == 0) == (field in dict(issues) or values[field] == 0)
