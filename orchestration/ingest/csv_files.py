"""CSV files into temporary tables.

The file is read once, by DuckDB, in parallel. DuckDB lets a row with too many empty fields
pass, so every delimiter in the file must be accounted for by the rows read; where it is not,
or where DuckDB refuses the file, the slow strict reader of `csv_records` decides.
"""

from __future__ import annotations

import codecs
import csv
from pathlib import Path

import duckdb

from orchestration.errors import Problem
from orchestration.ingest import casts
from orchestration.ingest.columns import Resolved, likely_delimiter, resolve, wrong_delimiter
from orchestration.ingest.csv_records import MAX_RECORD_BYTES, Fault, Record, read_records
from orchestration.ingest.mapping import STANDARD, TableMapping
from orchestration.ingest.staging import (
    MAX_PROBLEMS_PER_FILE,
    Row,
    Session,
    Staged,
    Value,
    column_of,
)

_CHUNK = 1 << 20

# First bytes of files that are no CSV though their name says so.
_OTHER_KINDS = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive: export it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: export it as CSV",
    b"PAR1": "a Parquet file: name it .parquet",
    b"\x1f\x8b": "a gzip archive: unpack it",
    b"\xff\xfe": "text in UTF-16: export as UTF-8, or give `encoding: utf-16` in mapping.yml",
    b"\xfe\xff": "text in UTF-16: export as UTF-8, or give `encoding: utf-16` in mapping.yml",
}


def stage_csv(session: Session, staged: Staged) -> None:
    """Read the file into its temporary table, or say in `staged.problems` what is wrong.

    Line numbers are those of the line on which the row starts, from 1, header included.
    """
    layout, source = staged.arrival.layout, staged.arrival.path
    if layout.encoding != STANDARD.encoding:
        source = session.scratch / f"{staged.name}.utf8"
        _transcode(staged, source)
    elif (kind := _other_kind(source)) is not None:
        staged.refuse(f"expected CSV, found what looks like {kind}")
    if staged.problems:
        return
    header = next(read_records(source, layout.delimiter, layout.quote), None)
    if header is None:
        staged.refuse("expected a header row, found an empty file")
        return
    resolved = _resolve_header(staged, source, header)
    if staged.problems:
        return
    values = [
        Value(column, cell, f"{cell} is not null", casts.from_text(cell, column.type, layout))
        for name, position in resolved.positions.items()
        for column, cell in [(column_of(staged.arrival, name), f"c{position}")]
    ]
    # DuckDB takes an empty line for a header, or for a row where there is one column.
    is_plain = header.line == 1 and len(header.fields) > 1
    refusal = _read(session, staged, source, header, values, layout) if is_plain else "blank lines"
    if refusal:
        _report_form(staged, source, header)
        if staged.problems:
            return
        # Nothing is wrong, DuckDB is only stricter, as with mixed line ends: give it its way.
        plain = session.scratch / f"{staged.name}.plain"
        _rewrite(source, plain, layout)
        refusal = _read(session, staged, plain, header, values, STANDARD)
        plain.unlink()
        if refusal:
            staged.refuse(f"expected CSV that DuckDB can read ({refusal})")
            return
    if wrong := session.wrong_rows(staged):
        rows = _find_rows(source, layout, wrong, resolved)
        session.report_values(staged, wrong, rows, values)


def _read(
    session: Session,
    staged: Staged,
    path: Path,
    header: Record,
    values: list[Value],
    form: TableMapping,
) -> str | None:
    """Read the file into the temporary table; why that was refused, or None."""
    cells = [f"c{position}" for position in range(len(header.fields))]
    mark, quote = casts.literal(form.delimiter), casts.literal(form.quote)
    spec = ", ".join(f"'{cell}': 'VARCHAR'" for cell in cells)
    options = (
        f"columns = {{{spec}}}, header = true, auto_detect = false, delim = {mark}, "
        f"quote = {quote}, escape = {quote}, nullstr = '', strict_mode = true"
    )
    # Again for lines of more than 2 MB, and for quoted text that can only be read in order.
    patient = f"parallel = false, max_line_size = {MAX_RECORD_BYTES}"
    patient += f", buffer_size = {MAX_RECORD_BYTES}"
    delimiters = " + ".join(
        f"case when contains({cell}, {mark})"
        f" then strlen({cell}) - strlen(replace({cell}, {mark}, '')) else 0 end"
        for cell in cells
    )
    refusal = None
    for attempt in (options, f"{options}, {patient}"):
        try:
            source = f"read_csv({session.link(staged, path)}, {attempt})"
            session.create(staged, source, values, delimiters)
        except duckdb.InvalidInputException as error:
            refusal = str(error).splitlines()[0]
            continue
        held = session.number(f"select coalesce(sum(_delimiters), 0) from temp.{staged.name}")
        held += sum(name.count(form.delimiter) for name in header.fields)
        between = (len(cells) - 1) * (staged.rows + 1)
        return None if _count(path, form.delimiter) == held + between else "delimiters left over"
    return refusal


def _resolve_header(staged: Staged, source: Path, header: Record) -> Resolved:
    arrival, layout = staged.arrival, staged.arrival.layout
    resolved, problems = resolve(arrival, header.fields, header.line)
    text = layout.delimiter.join(header.fields)
    likely = likely_delimiter(text, layout.delimiter) if problems else None
    if likely is not None:
        problems = [wrong_delimiter(arrival, text, header.line, likely)]
        records = read_records(source, likely, layout.quote)
        fault = next((f for r in records for f in r.faults if f.is_encoding), None)
        if fault is not None:
            problems.append(_as_problem(staged, fault, Record(1, [], [])))
    else:
        problems = [_as_problem(staged, fault, header) for fault in header.faults] or problems
    staged.problems += problems
    staged.unknown_columns = resolved.unknown
    return resolved


def _report_form(staged: Staged, source: Path, header: Record) -> None:
    """Name every line that is no CSV row of the header's width."""
    layout = staged.arrival.layout
    problems: list[Problem] = []
    count, width, is_short = 0, len(header.fields), False
    for record in read_records(source, layout.delimiter, layout.quote):
        found = [_as_problem(staged, fault, header) for fault in record.faults]
        if not found and len(record.fields) != width:
            found = [
                Problem(
                    staged.arrival.name,
                    record.line,
                    None,
                    layout.delimiter.join(record.fields),
                    f"{width} fields as in the header, not {len(record.fields)} "
                    f"(a field that holds {layout.delimiter!r} must be in quotes)",
                )
            ]
        is_short = not record.faults and len(record.fields) < width
        count += len(found)
        problems += found[: MAX_PROBLEMS_PER_FILE - len(problems)]
    staged.problems += problems
    if count > len(problems):
        staged.refuse(f"{count - len(problems)} further problems")
    if is_short:
        staged.refuse(
            "ends in an incomplete row: it seems to have been cut off in the middle, "
            "so export and send it again"
        )


def _find_rows(
    source: Path, layout: TableMapping, wanted: dict[int, int], resolved: Resolved
) -> dict[int, Row]:
    """Line and values of the rows at these places (from 0, the header not counted)."""
    rows: dict[int, Row] = {}
    last = max(wanted)
    records = read_records(source, layout.delimiter, layout.quote)
    for place, record in enumerate(records, start=-1):
        if place in wanted:
            rows[place] = (record.line, [record.fields[p] for p in resolved.positions.values()])
        if place == last:
            break
    return rows


def _rewrite(source: Path, target: Path, layout: TableMapping) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for record in read_records(source, layout.delimiter, layout.quote):
            writer.writerow(record.fields)


def _transcode(staged: Staged, target: Path) -> None:
    """Write the file as UTF-8, line by line the same."""
    encoding = staged.arrival.layout.encoding
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with staged.arrival.path.open("rb") as file, target.open("wb") as out:
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                bad = error.object[error.start : error.end].hex().upper()
                staged.problems.append(
                    Problem(
                        staged.arrival.name,
                        line,
                        None,
                        None,
                        f"expected text in {encoding} as mapping.yml says, found the byte(s) "
                        f"0x{bad}: give the encoding the file has",
                    )
                )
                return
            line += text.count("\n")
            out.write(text.encode("utf-8", "surrogatepass"))
            if not chunk:
                return


def _as_problem(staged: Staged, fault: Fault, header: Record) -> Problem:
    names = header.fields
    known = fault.column is not None and fault.column < len(names)
    name = names[fault.column] if fault.column is not None and known else None
    return Problem(staged.arrival.name, fault.line, name, fault.value, fault.expected)


def _other_kind(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(4)
    return next((kind for start, kind in _OTHER_KINDS.items() if head.startswith(start)), None)


def _count(path: Path, delimiter: str) -> int:
    mark, total = delimiter.encode(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total += chunk.count(mark)
    return total
