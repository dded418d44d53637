"""A strict CSV reader that knows the physical line of every record.

DuckDB reads the files; this reader reads the header, and is the judge where DuckDB refuses a
file or finds a wrong value: it says on which line, in which column, and why. It is slow (some
hundred thousand lines a second) and only runs on errors. Text is handled as Latin-1 characters,
one per byte, until a field is asked for, so that invalid UTF-8 can be shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

MAX_RECORD_BYTES = 64 * 1024 * 1024
_BOM = "\u00ef\u00bb\u00bf"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a record's form; `column` counts from 0, None for the whole record."""

    line: int
    column: int | None
    value: str | None
    expected: str
    is_encoding: bool = False


@dataclass(frozen=True)
class Record:
    """One record: the physical line it starts on (from 1), its fields, and its faults."""

    line: int
    fields: list[str]
    faults: list[Fault]


def read_records(path: Path, delimiter: str, quote: str) -> Iterator[Record]:
    """All records with their faults, header first; empty lines are no records.

    Stops after a record that has no end (a quote never closed, more than 64 MB).
    """
    lines = _lines(path)
    for number, line in lines:
        text = line.rstrip("\r\n")
        if len(line) > MAX_RECORD_BYTES:
            yield Record(number, [], [_too_long(number)])
            return
        if not text:
            continue
        if not quote or quote not in text:
            yield _decoded(number, text.split(delimiter), [])
            continue
        parser = _QuotedRecord(number, delimiter, quote)
        parser.feed(number, line)
        while parser.is_open:
            following = next(lines, None)
            if following is None:
                parser.faults.append(parser.unclosed())
                break
            if parser.size + len(following[1]) > MAX_RECORD_BYTES:
                parser.faults.append(_too_long(number, parser.opened_on))
                yield _decoded(number, parser.fields, parser.faults)
                return
            parser.feed(*following)
        yield _decoded(number, parser.fields, parser.faults)


class _QuotedRecord:
    """Collects the fields of one record that has quotes, line by line."""

    def __init__(self, line: int, delimiter: str, quote: str) -> None:
        self.fields: list[str] = []
        self.faults: list[Fault] = []
        self.is_open = False
        self.opened_on = line
        self.size = 0
        self._delimiter = delimiter
        self._quote = quote
        self._parts: list[str] = []

    def feed(self, number: int, line: str) -> None:
        """Read one more physical line, from where the last one ended."""
        self.size += len(line)
        end = len(line.rstrip("\r\n"))
        at = 0
        if not self.is_open:
            at = self._field(number, line, at, end)
        else:
            at = self._inside(number, line, at, end)
        while at >= 0:
            at = self._field(number, line, at, end)

    def unclosed(self) -> Fault:
        """The fault of a quote that is still open at the end of the file."""
        return Fault(
            self.opened_on,
            len(self.fields),
            "".join(self._parts)[:200],
            "a closing quote before the end of the file: the quote opened on this line is never "
            "closed (if the file was cut in the middle, export and send it again)",
        )

    def _field(self, number: int, line: str, at: int, end: int) -> int:
        """Read the field that starts at `at`; where the next starts, or -1 at the line's end."""
        start = at
        while start < end and line[start] == " ":
            start += 1
        if start < end and line[start] == self._quote:
            self.is_open, self.opened_on = True, number
            return self._inside(number, line, start + 1, end)
        stop = line.find(self._delimiter, at, end)
        self.fields.append(line[at : stop if stop >= 0 else end])
        return stop + 1 if stop >= 0 else -1

    def _inside(self, number: int, line: str, at: int, end: int) -> int:
        """Read on inside quotes; where the next field starts, or -1 at the line's end."""
        while True:
            close = line.find(self._quote, at)
            if close < 0:
                self._parts.append(line[at:])
                return -1
            self._parts.append(line[at:close])
            if line.startswith(self._quote, close + 1):
                self._parts.append(self._quote)
                at = close + 2
                continue
            break
        self.is_open = False
        stop = line.find(self._delimiter, close + 1, end)
        rest = line[close + 1 : stop if stop >= 0 else end]
        value = "".join(self._parts)
        self._parts = []
        if rest.strip(" "):
            value += self._quote + rest
            self.faults.append(
                Fault(
                    number,
                    len(self.fields),
                    value,
                    "a delimiter or the end of the line after the closing quote "
                    "(a quote inside a quoted field is written twice)",
                )
            )
        self.fields.append(value)
        return stop + 1 if stop >= 0 else -1


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Physical lines with their numbers, line ends kept; a mark at the file's start is dropped."""
    with path.open(encoding="latin-1", newline="") as file:
        head = file.read(1 << 20)
    newline = "\r" if "\r" in head and "\n" not in head else "\n"
    with path.open(encoding="latin-1", newline=newline) as file:
        if file.read(len(_BOM)) != _BOM:
            file.seek(0)
        number = 0
        while line := file.readline(MAX_RECORD_BYTES + 1):
            number += 1
            yield number, line


def _decoded(line: int, raw: list[str], faults: list[Fault]) -> Record:
    fields = []
    shown = [replace(fault, value=fault.value and _shown(fault.value)) for fault in faults]
    for position, text in enumerate(raw):
        if text.isascii():
            fields.append(text)
            continue
        try:
            fields.append(text.encode("latin-1").decode("utf-8"))
        except UnicodeDecodeError as error:
            byte = text[error.start]
            fields.append(_shown(text))
            shown.append(
                Fault(
                    line,
                    position,
                    text.encode("latin-1").decode("cp1252", "replace"),
                    f"text in UTF-8: the byte 0x{ord(byte):02X} is none; read as Latin-1 or "
                    "Windows-1252 it is the text shown, so add a mapping.yml that gives this "
                    "table's encoding (cp1252 or latin-1), or export as UTF-8",
                    is_encoding=True,
                )
            )
    return Record(line, fields, shown)


def _shown(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "backslashreplace")


def _too_long(line: int, quote_line: int | None = None) -> Fault:
    cause = (
        "" if quote_line is None else f"; the quote opened on line {quote_line} may lack its end"
    )
    return Fault(line, None, None, f"expected a line of at most 64 MB, found a longer one{cause}")
