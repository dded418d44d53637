"""Files of other layouts, and what is said about a mapping file that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from ingest.conftest import CONTACTS, Scene

FRENCH = """
tables:
  contacts:
    file: "Export contacts *.csv"
    delimiter: ";"
    encoding: cp1252
    timestamp_format: "%d/%m/%Y %H:%M"
    date_format: "%d/%m/%Y"
    time_zone: Europe/Paris
    true_values: Oui
    false_values: Non
    columns:
      contact_id: "Réf. contact"
      email: "Adresse e-mail"
      last_name: Nom
      is_deleted: Supprimé
      created_at: "Créé le"
      updated_at: "Modifié le"
    constants: {country: FR}
  campaign_costs:
    file: couts.txt
    delimiter: ";"
    encoding: latin-1
    decimal_separator: ","
    date_format: "%d/%m/%Y"
    columns: {campaign_id: Campagne, cost_date: Jour, amount: Montant}
    constants: {currency: EUR}
"""


def test_french_exports(scene: Scene) -> None:
    scene.put("mapping.yml", FRENCH)
    scene.put(
        "Export contacts 2024-03.csv",
        "Réf. contact;Adresse e-mail;Nom;Supprimé;Créé le;Modifié le;Téléphone\r\n"
        '17;zoe@exemple.fr;"Lefèvre; née\r\nŒuvré";Oui;31/01/2024;31/07/2024 10:30;€\r\n'
        "18;;d'Été;Non;31/01/2024 00:00;31/01/2024 10:30;\r\n",
        encoding="cp1252",
    )
    scene.put("couts.txt", "Campagne;Jour;Montant\nc1;31/01/2024;1 234,50\n", encoding="latin-1")
    report = scene.load()
    assert report.ignored == ()
    assert report.unknown_columns == {"Export contacts 2024-03.csv": ("Téléphone",)}
    assert scene.rows(
        "select contact_id, email, last_name, is_deleted, created_at, updated_at, country, _file "
        "from raw.contacts order by _row"
    ) == [
        (
            *("17", "zoe@exemple.fr", "Lefèvre; née\r\nŒuvré", True),
            *(datetime(2024, 1, 30, 23), datetime(2024, 7, 31, 8, 30)),
            *("FR", "Export contacts 2024-03.csv"),
        ),
        (
            *("18", None, "d'Été", False),
            *(datetime(2024, 1, 30, 23), datetime(2024, 1, 31, 9, 30)),
            *("FR", "Export contacts 2024-03.csv"),
        ),
    ]
    assert scene.rows(
        "select campaign_id, cost_date, amount, currency from raw.campaign_costs"
    ) == [("c1", date(2024, 1, 31), 1234.5, "EUR")]
    assert scene.load().batch is None


@pytest.mark.parametrize(
    ("layout", "content", "encoding"),
    [
        ('delimiter: ";"', CONTACTS.replace(",", ";"), "utf-8"),
        ("delimiter: tab", CONTACTS.replace(",", "\t"), "utf-8"),
        ('quote: "\'"', CONTACTS.replace("c1,", "'c1',"), "utf-8"),
        ("encoding: utf-16", CONTACTS, "utf-16"),
        ("columns: {contact_id: Contact}", CONTACTS.replace("contact_id", "CONTACT"), "utf-8"),
    ],
)
def test_one_difference_at_a_time(scene: Scene, layout: str, content: str, encoding: str) -> None:
    scene.put("mapping.yml", f"tables:\n  contacts:\n    {layout}\n")
    scene.put("contacts.csv", content, encoding)
    scene.load()
    assert scene.rows("select contact_id, email, updated_at from raw.contacts order by _row") == [
        ("c1", "a@example.com", datetime(2026, 1, 2)),
        ("c2", None, datetime(2026, 1, 2, 10, 30)),
    ]


def test_quotes_can_be_off(scene: Scene) -> None:
    scene.put("mapping.yml", 'tables: {reps: {quote: ""}}')
    scene.put("reps.csv", 'rep_id,name,updated_at\nr1,"Al" "B,2024-01-31\n')
    scene.load()
    assert scene.rows("select name from raw.reps") == [('"Al" "B',)]


def test_a_file_of_one_column_and_constants(scene: Scene) -> None:
    scene.put("mapping.yml", "tables: {reps: {constants: {updated_at: 2024-01-31, team: 7}}}")
    scene.put("reps.csv", "rep_id\nr1\n\nr2\n")
    scene.load()
    assert scene.rows("select rep_id, updated_at, team from raw.reps order by _row") == [
        ("r1", datetime(2024, 1, 31), "7"),
        ("r2", datetime(2024, 1, 31), "7"),
    ]


def test_one_file_for_two_tables_and_parquet_with_other_names(scene: Scene) -> None:
    scene.put(
        "mapping.yml",
        "tables:\n"
        "  contacts: {file: crm/all.parquet, columns: {contact_id: id, created_at: made}}\n"
        "  companies: {file: crm/all.parquet, columns: {company_id: firm}}\n",
    )
    scene.put_parquet(
        "crm/all.parquet",
        "select 1 id, 'k' firm, now() made, timestamp '2024-01-31' updated_at",
    )
    assert scene.load().rows == {"contacts": 1, "companies": 1}
    assert scene.rows("select contact_id, _file from raw.contacts") == [("1", "crm/all.parquet")]


def test_naive_parquet_instants_are_local_where_the_mapping_says_so(scene: Scene) -> None:
    scene.put("mapping.yml", "tables: {reps: {time_zone: Europe/Paris}}")
    scene.put_parquet("reps.parquet", "select 1 rep_id, timestamp '2024-07-31 10:30' updated_at")
    scene.load()
    assert scene.rows("select updated_at from raw.reps") == [(datetime(2024, 7, 31, 8, 30),)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("tables: [", ("mapping.yml, line 1: expected YAML",)),
        ("", ("mapping.yml: expected the key `tables`",)),
        ("table: {}", ("tables: Field required", "unknown key table; known here: tables")),
        ("tables: {kontakte: {}}", ("tables.kontakte: no such table; known: contacts",)),
        ("tables: {contacts: {delimeter: ';'}}",
         ("unknown key tables.contacts.delimeter", "delimiter")),
        ("tables: {contacts: {columns: {mail: x}}}", ("mail is no column of contacts", "email")),
        ("tables: {contacts: {columns: {_batch: x}}}", ("_batch is no column",)),
        ("tables: {contacts: {constants: {mail: x}}}", ("mail is no column of contacts",)),
        ("tables: {contacts: {delimiter: ab}}",
         ("tables.contacts.delimiter: expected one character",)),
        ("tables: {contacts: {encoding: klingon}}", ("tables.contacts.encoding", "cp1252")),
        ("tables: {contacts: {quote: x}}", ("tables.contacts.quote",)),
        ("tables: {contacts: {decimal_separator: x}}", ("tables.contacts.decimal_separator",)),
        ("tables: {contacts: {time_zone: Mars/Base}}", ("no IANA time zone such as Europe/Paris",)),
        ("tables: {contacts: {timestamp_format: '%H:%M'}}", ("'%H:%M' lacks a year",)),
        ("tables: {contacts: {date_format: ['%d/%m/%Y', '%d %Y']}}", ("'%d %Y' lacks a month",)),
        ("tables: {contacts: {date_format: '%d/%m/%Y %Q'}}", ("%Q",)),
        ("tables: {contacts: {file: ../x.csv}}", ("inside the folder",)),
        ("tables: {contacts: {file: 'x*.csv'}}", ("no file of the folder matches 'x*.csv'",)),
        ("tables: {contacts: {columns: {email: A}, constants: {email: B}}}",
         ("email: both under",)),
        ("tables: {contacts: {constants: {is_deleted: maybe}}}",
         ("constants.is_deleted: found 'maybe', expected true/false",)),
        ("tables: {contacts: {columns: {email: Courriel}}}",
         ("line 1, column email: expected the column email under the name 'Courriel'",)),
        ("tables: {contacts: {timestamp_format: '%d/%m/%Y'}}",
         ("found '2026-01-01T00:00:00Z', expected an instant written as %d/%m/%Y",)),
    ],
)  # fmt: skip
def test_wrong_mapping(
    loaded: Scene, unchanged: Callable[[], None], text: str, parts: tuple[str, ...]
) -> None:
    loaded.put("mapping.yml", text)
    loaded.put("contacts.csv", CONTACTS.replace("c1", "c8"))
    message = "\n".join(str(problem) for problem in loaded.problems())
    for part in parts:
        assert part in message
    unchanged()


def test_two_mapping_files(loaded: Scene) -> None:
    loaded.put("mapping.yml", "tables: {}")
    loaded.put("mapping.yaml", "tables: {}")
    assert "one mapping file, not two" in str(loaded.problems()[0])


def test_bytes_outside_the_encoding_have_their_line(
    loaded: Scene, unchanged: Callable[[], None]
) -> None:
    loaded.put("mapping.yml", "tables: {contacts: {encoding: cp1252}}")
    loaded.put("contacts.csv", CONTACTS.encode() + b"c3,\x81,2026-01-01,2026-01-01\n")
    [problem] = loaded.problems()
    assert (problem.line, "0x81" in str(problem)) == (4, True)
    unchanged()
