"""A customer file as rows: refusals, encodings, separators, quotes and line ends."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from caring.customers.importing.file import COLUMNS, Refused, Table
from caring.customers.importing.rows import Claims, read_row

HEAD = b"customer_id,name,address\n"


def rows(data: bytes) -> list[tuple[int, str | None, tuple[str, ...]]]:
    return list(Table(data))


def refusal(data: bytes) -> dict[str, object]:
    with pytest.raises(Refused) as caught:
        Table(data)
    return caught.value.answer()


@pytest.mark.parametrize(
    "data",
    [b"", b"\xef\xbb\xbf", b" \r\n\t\n", b"\xff\xfe", "\ufeff \u00a0\n".encode(), "\ufeff\n ".encode("utf-16-le")],
)
def test_a_file_of_nothing_but_white_space_is_empty(data: bytes) -> None:
    assert refusal(data) == {"code": "empty_file"}


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04\x14\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x89PNG\r\n",
        b"%PDF-1.7\n",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        HEAD + b"131000000017,Budi\0,x\n",
        b"\xef\xbb\xbf" + HEAD + b"131000000017,\0,x\n",
        "\ufeffcustomer_id,name\n131000000017,a\0b\n".encode("utf-16-le"),
    ],
)
def test_pictures_archives_and_nul_bytes_are_no_csv(data: bytes) -> None:
    assert refusal(data) == {"code": "not_csv"}


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_an_unsupported_encoding(codec: str) -> None:
    assert refusal("customer_id,name\n131000000017,Siti 🙂 Nurhaliza\n".encode(codec)) == {
        "code": "unsupported_encoding"
    }


def test_missing_columns_are_named() -> None:
    assert refusal(b"phone,email\n") == {"code": "missing_column", "columns": ["customer_id", "name"]}
    assert refusal(b"customer_id;phone\n") == {"code": "missing_column", "columns": ["name"]}


def test_a_contract_column_may_not_stand_twice() -> None:
    assert refusal(b"customer_id,name,Phone, phone \n") == {"code": "duplicate_column", "columns": ["phone"]}


def test_other_columns_may_be_blank_or_repeated() -> None:
    table = Table(b",customer_id,note,name,,note\nx,131000000017,y,Budi,z,w\n")
    assert table.columns == ("customer_id", "name")
    assert list(table) == [(1, None, ("131000000017", "Budi"))]


def test_a_header_without_rows_is_a_file_of_no_rows() -> None:
    assert rows(HEAD) == rows(HEAD.rstrip()) == []


def test_header_names_are_trimmed_and_of_any_case() -> None:
    assert Table(b" CUSTOMER_ID ,\xc2\xa0Name,Witel\n").columns == ("customer_id", "name", "witel")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be"])
def test_the_mark_decides_the_encoding(codec: str) -> None:
    text = "\ufeffcustomer_id,name\n131000000017,José ‘Ujang’ 🙂\n"
    assert rows(text.encode(codec)) == [(1, None, ("131000000017", "José ‘Ujang’ 🙂"))]


def test_a_file_that_is_mostly_not_utf8_is_cp1252() -> None:
    data = "customer_id,name\n131000000017,José\n131000000025,Café\n".encode("cp1252") + b"131000000033,\x81\n"
    assert rows(data) == [
        (1, None, ("131000000017", "José")),
        (2, None, ("131000000025", "Café")),
        (3, "bad_encoding", ()),
    ]


def test_a_damaged_row_leaves_the_others_alone() -> None:
    data = "customer_id,name\n131000000017,José\n".encode() + b"131000000025,Caf\xe9\n131000000033,Budi\n"
    assert [row[1] for row in rows(data)] == [None, "bad_encoding", None]


def test_a_lone_surrogate_in_utf16_is_a_damaged_row() -> None:
    data = b"\xff\xfe" + "customer_id,name\n131000000017,".encode("utf-16-le") + b"\x00\xd8" + "\n".encode("utf-16-le")
    assert rows(data) == [(1, "bad_encoding", ())]
    assert rows(b"\xff\xfe" + "customer_id,name\n131000000017,Budi".encode("utf-16-le") + b"x") == [
        (1, "bad_encoding", ())
    ]


def test_the_separator_is_counted_outside_quotes() -> None:
    assert rows(b'customer_id;name;"a,b,c,d"\n131000000017;"Budi, S.T.";x\n') == [
        (1, None, ("131000000017", "Budi, S.T."))
    ]
    assert rows(b'"customer_id","name;;;;"",x",name\n131000000017,x,Budi\n') == [(1, None, ("131000000017", "Budi"))]


def test_quoted_cells_keep_quotes_separators_and_line_breaks() -> None:
    data = (
        HEAD.replace(b"\n", b"\r\n")
        + b'131000000017,"Budi ""Bud"" A","Jl. A, 1\r\nRT 1\rRW 2\nX"\r\n131000000025,B,\r\n'
    )
    assert rows(data) == [
        (1, None, ("131000000017", 'Budi "Bud" A', "Jl. A, 1\r\nRT 1\rRW 2\nX")),
        (2, None, ("131000000025", "B", "")),
    ]


def test_a_carriage_return_inside_a_bare_cell_is_a_character() -> None:
    assert rows(HEAD + b"131000000017,Budi,Jl. A\rRT 1\n") == [(1, None, ("131000000017", "Budi", "Jl. A\rRT 1"))]


def test_a_quote_left_open_ends_with_the_file() -> None:
    assert rows(HEAD + b'131000000017,Budi,"Jl. A\n131000000025,Siti,x\n') == [
        (1, None, ("131000000017", "Budi", "Jl. A\n131000000025,Siti,x"))
    ]
    assert rows(HEAD + b'131000000017,"Budi,x\n131000000025,Siti,x\n') == [(1, "wrong_column_count", ())]


def test_empty_lines_are_no_rows() -> None:
    data = b"\n\r\n" + HEAD + b"\n131000000017,A,\n\r\n\n131000000025,B,\n\n"
    assert [row[0] for row in rows(data)] == [1, 2]


def test_too_many_or_too_few_cells_reject_the_row() -> None:
    data = HEAD + b"131000000017,A\n131000000025,B,,\n131000000033,C,\n"
    assert [row[1] for row in rows(data)] == ["wrong_column_count", "wrong_column_count", None]


def test_cells_are_trimmed_of_every_white_space() -> None:
    assert rows("customer_id,name\n\u00a0131000000017\u3000,\t Budi \u2003\n".encode())[0][2] == (
        "131000000017",
        "Budi",
    )


PIECES = st.sampled_from(
    [
        *(b",", b";", b'"', b'""', b"\n", b"\r\n", b"\r", b"customer_id", b"name", b"phone", b"131000000017"),
        *(b"131000000025", b"\xff\xfe", b"\xef\xbb\xbf", b"\x81", b"\xc3\xa9", b"\xe9", b"\xed\xa0\x80", b" "),
        *(b"a\x00", "🙂".encode(), b"'08123", b"\x1a", b"\xc2\xa0", b"350.000", b"2026-02-30", "\u2028".encode()),
    ]
)
BODIES = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=40).map(b"".join))
HEADS = st.sampled_from(
    [b"", b"customer_id,name\n", b"customer_id;name;phone\r\n", b'name,"customer_id",email,points\n']
)


REFUSALS = {"empty_file", "not_csv", "unsupported_encoding", "missing_column", "duplicate_column"}


def import_all(data: bytes) -> list[tuple[int, str | None]]:
    """(row, rejection or None) of every row, through every rule; nothing for a refused file."""
    try:
        table = Table(data)
    except Refused as refused:
        return [] if refused.code in REFUSALS else [(-1, refused.code)]
    claims = Claims()
    outcomes: list[tuple[int, str | None]] = []
    for number, no_row, texts in table:
        cells = dict(zip(table.columns, texts, strict=no_row is None))
        reason = no_row or claims.rejection(cells["customer_id"], cells["name"])
        if reason is None:
            values, issues = read_row(cells)
            assert tuple(values) == COLUMNS
            assert issues == sorted(set(issues))
            "".join(str(value) for value in values.values()).encode("utf-8")
        outcomes.append((number, reason))
    return outcomes


@given(HEADS, BODIES)
@example(b"customer_id,name\n", b"\r\r\n131000000017,A")
@example(b"customer_id,name\n", b'"\r"\r,x\n')
def test_no_bytes_crash_the_reader_and_row_numbers_are_dense(head: bytes, body: bytes) -> None:
    outcomes = import_all(head + body)
    assert [number for number, _ in outcomes] == list(range(1, len(outcomes) + 1))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=60))
def test_any_text_comes_back_from_a_quoted_cell(text: str) -> None:
    data = 'customer_id,name,address\n131000000017,A,"' + text.replace('"', '""') + '"\n131000000025,B,\n'
    assert rows(data.encode())[0][2][2] == text.strip()
    assert len(rows(data.encode())) == 2


@given(st.lists(st.tuples(st.sampled_from(["131000000017", "131000000025", "x", ""]), st.sampled_from(["A", ""]))))
def test_an_id_is_accepted_once_at_most(pairs: list[tuple[str, str]]) -> None:
    data = "customer_id,name\n" + "".join(f"{customer_id},{name}\n" for customer_id, name in pairs)
    outcomes = import_all(data.encode())
    assert len(outcomes) == len(pairs)
    accepted = [pair[0] for pair, (_, reason) in zip(pairs, outcomes, strict=True) if reason is None]
    assert sorted(accepted) == sorted({pair[0] for pair in pairs if pair[0].startswith("131") and pair[1]})
