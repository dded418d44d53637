"""The strict reader: records, their lines, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.ingest.csv_records import read_records


@pytest.mark.parametrize(
    ("content", "records"),
    [
        (b"a,b\n1,2", [(1, ["a", "b"]), (2, ["1", "2"])]),
        (b"\xef\xbb\xbfa,b\r\n\r\n1,\r\n", [(1, ["a", "b"]), (3, ["1", ""])]),
        (b'a\n"x\n\ny"\nz\n', [(1, ["a"]), (2, ["x\n\ny"]), (5, ["z"])]),
        (b'"a""b","",c\n', [(1, ['a"b', "", "c"])]),
        (b'a"b,c"\n', [(1, ['a"b', 'c"'])]),
        (b'"x", "y,z" ,w\n', [(1, ["x", "y,z", "w"])]),
        (b'"x\r\ny",1\r\n2,3\r\n', [(1, ["x\r\ny", "1"]), (3, ["2", "3"])]),
        (b"a,b\r1,2\r", [(1, ["a", "b"]), (2, ["1", "2"])]),
        (b'"x",\n', [(1, ["x", ""])]),
        (b"", []),
    ],
)
def test_records(tmp_path: Path, content: bytes, records: list[tuple[int, list[str]]]) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    found = list(read_records(path, ",", '"'))
    assert [(record.line, record.fields) for record in found] == records
    assert not any(record.faults for record in found)


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        (b'a,b\n1,"2\n3', 2, 1, "never closed"),
        (b'a,b\n"1\n"2,3\n', 3, 0, "after the closing quote"),
        (b"a,b\n1,\xe9\n", 2, 1, "0xE9"),
        (b'a,b\n1,"\xe9\n"\n', 2, 1, "0xE9"),
    ],
)
def test_faults(tmp_path: Path, content: bytes, line: int, column: int, words: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    [fault] = [fault for record in read_records(path, ",", '"') for fault in record.faults]
    assert (fault.line, fault.column) == (line, column)
    assert words in fault.expected


def test_a_long_cell_of_many_lines_is_read_in_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'a\n"' + b'{""k"": 1},\n' * 300_000 + b'"\nb\n')
    assert [record.line for record in read_records(path, ",", '"')] == [1, 2, 300_003]
