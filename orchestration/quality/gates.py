"""The gates: Great Expectations' checkpoints, run in the warehouse.

They look at whole tables, or where a checkpoint says `rows: new`, at the batches since the last run
that published: what was there before has passed them already. A blocking expectation that fails
shuts the gate; a warning is reported and lets the run go on. The warehouse file is free again when
a gate returns.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.erasure.personal_data import is_personal
from orchestration.quality.data_docs import build_site, forget_old_results
from orchestration.quality.evidence import outcome_of
from orchestration.quality.report import GateReport, Outcome
from orchestration.quality.startup import great_expectations
from orchestration.quality.suites import Suite, read_checkpoint, read_suite
from orchestration.warehouse import Place, warehouse_at

ARRIVAL_RAW = "arrival_raw"
ARRIVAL_STAGING = "arrival_staging"
DEPARTURE_CRM = "departure_crm"
GATES = (ARRIVAL_RAW, ARRIVAL_STAGING, DEPARTURE_CRM)


@dataclass(frozen=True)
class Part:
    """The rows of a table that a gate looks at."""

    schema: str
    table: str
    batch_column: str
    passed_batch: int

    @property
    def name(self) -> str:
        """Schema and table."""
        return f"{self.schema}.{self.table}"

    @property
    def is_whole(self) -> bool:
        """Whether these are all rows of the table."""
        return not self.passed_batch

    @property
    def sql(self) -> str:
        """The rows as SQL has them after `from`."""
        if self.is_whole:
            return f'"{self.schema}"."{self.table}"'
        batch = self.batch_column
        return (
            f'(select * from "{self.schema}"."{self.table}" '
            f"where {batch} > {int(self.passed_batch)} or {batch} is null) as new_rows"
        )


@dataclass
class GateSession:
    """The gates of one run, which share a Great Expectations context and one set of Data Docs.

    Args:
        warehouse: nothing in this process may have a DuckDB file open with other settings.
        run_id: names the run in results and Data Docs.
        data_docs: folder of the Data Docs; it shows the latest run, and keeps results of earlier
            ones as JSON in `results/`.
    """

    warehouse: Place
    run_id: str
    data_docs: Path
    reports: list[GateReport] = field(default_factory=list)
    _context: Any = None

    def run(
        self, gate: str, *, schemas: Mapping[str, str] | None = None, passed_batch: int = 0
    ) -> GateReport:
        """Run one gate.

        Args:
            gate: `arrival_raw`, `arrival_staging` or `departure_crm`.
            schemas: schemas that this run has under another name, `{"marts_next": ...}`.
            passed_batch: the loader batch up to which rows have passed before and are unchanged;
                0 has everything looked at.

        Raises:
            UnusableInputError: a suite or checkpoint is not written as it should be.
        """
        started = time.perf_counter()
        checkpoint = read_checkpoint(gate)
        schema = (schemas or {}).get(checkpoint.schema_name, checkpoint.schema_name)
        outcomes: list[Outcome] = []
        parts = {
            validation.table: Part(
                schema,
                validation.table,
                checkpoint.batch_column,
                passed_batch if validation.rows == "new" else 0,
            )
            for validation in checkpoint.validations
        }
        with self._source(gate) as source:
            counts = _row_counts(source, schema, parts)
            for validation in checkpoint.validations:
                suite = read_suite(validation.suite, schemas)
                part = parts[validation.table]
                if validation.table not in counts:
                    outcomes.append(_missing(part.name, suite, checkpoint.remedy))
                    continue
                results = self._validate(source, part, suite)
                outcomes += [
                    outcome_of(
                        expectation,
                        result,
                        engine=source.get_engine(),
                        table=part.name,
                        batch=part.sql,
                        rows=counts[validation.table],
                        remedy=checkpoint.remedy,
                    )
                    for expectation, result in zip(suite.expectations, results, strict=True)
                ]
        seconds = time.perf_counter() - started
        report = GateReport(gate, self.run_id, outcomes, seconds, self.data_docs)
        report.keep(self.data_docs / "results")
        self.reports.append(report)
        return report

    def build_docs(self) -> Path:
        """Build the Data Docs of the gates run so far; gives their first page."""
        forget_old_results(self.data_docs / "results")
        return build_site(self.context, self.data_docs)

    @property
    def context(self) -> Any:
        """The Great Expectations context of this run, made when first needed."""
        if self._context is None:
            self._context = great_expectations().get_context(mode="ephemeral")
            self._context.enable_analytics(False)
            self._context.variables.progress_bars = {"globally": False}
        return self._context

    @contextmanager
    def _source(self, gate: str) -> Iterator[Any]:
        """The warehouse as a datasource; its connections are closed at the end."""
        context = self.context
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = context.data_sources.add_or_update_sql(
                gate,
                connection_string=warehouse_at(self.warehouse).sqlalchemy_address(),
                create_temp_table=True,
            )
            engines = [source.get_engine(), source.get_execution_engine().engine]
            try:
                yield source
            finally:
                for engine in engines:
                    engine.dispose()

    def _validate(self, source: Any, part: Part, suite: Suite) -> list[Any]:
        """Results of a suite's expectations, in their order."""
        library = great_expectations()
        if part.is_whole:
            asset = source.add_table_asset(
                part.table, table_name=part.table, schema_name=part.schema
            )
            batch = asset.add_batch_definition_whole_table("whole table")
        else:
            asset = source.add_query_asset(part.table, query=f"select * from {part.sql}")
            batch = asset.add_batch_definition_whole_table("new rows")
        expectations = [
            {
                "type": expectation.type,
                "kwargs": expectation.kwargs,
                "meta": expectation.meta.model_dump() | {"place": place},
                "severity": "critical" if expectation.meta.blocking else "warning",
            }
            for place, expectation in enumerate(suite.expectations)
        ]
        stored = self.context.suites.add_or_update(
            library.ExpectationSuite(name=suite.name, expectations=expectations)
        )
        definition = self.context.validation_definitions.add_or_update(
            library.ValidationDefinition(name=suite.name, data=batch, suite=stored)
        )
        run = library.RunIdentifier(run_name=self.run_id, run_time=datetime.now(UTC))
        found = definition.run(result_format=_result_format(suite), run_id=run)
        return sorted(found.results, key=lambda result: result.expectation_config.meta["place"])


def run_gate(
    warehouse: Place,
    gate: str,
    *,
    run_id: str,
    data_docs: Path,
    schemas: Mapping[str, str] | None = None,
) -> GateReport:
    """Run one gate and build its Data Docs; see `GateSession` for several gates of one run."""
    session = GateSession(warehouse, run_id, data_docs)
    report = session.run(gate, schemas=schemas)
    session.build_docs()
    return report


def _row_counts(source: Any, schema: str, parts: Mapping[str, Part]) -> dict[str, int]:
    """Those of the wanted tables and views that exist, with the number of rows to look at."""
    from sqlalchemy import text

    tables = text("select table_name from information_schema.tables where table_schema = :schema")
    with source.get_engine().connect() as connection:
        found = connection.execute(tables, {"schema": schema})
        names = [name for (name,) in found if name in parts]
        if not names:
            return {}
        counts = " union all ".join(
            f"select '{name}', count(*) from {parts[name].sql}" for name in names
        )
        return dict(connection.execute(text(counts)).tuples().all())


def _result_format(suite: Suite) -> dict[str, Any]:
    """What Great Expectations keeps and shows: no values where a suite looks at personal ones."""
    if any(is_personal(each.column or "") for each in suite.expectations):
        return {"result_format": "BASIC", "partial_unexpected_count": 0}
    return {"result_format": "BASIC"}


def _missing(table: str, suite: Suite, remedy: str) -> Outcome:
    return Outcome(
        expectation="table_exists",
        name="The table exists",
        table=table,
        column=None,
        owner=suite.owner,
        is_blocking=True,
        success=False,
        remedy=remedy,
    )
