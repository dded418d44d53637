"""One Spark session inside this process, as dbt-spark's `method: session` finds it.

Build it before dbt is called. Whatever a cluster sets elsewhere (catalogue, memory, table format)
belongs to its own configuration; what is set here is what makes the rows the same as on other
engines, and a local session modest.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SAME_ROWS = {
    # instants are naive and in UTC
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.session.timeZone": "UTC",
    # text that is no number and a number that does not fit are errors, as elsewhere
    "spark.sql.ansi.enabled": "true",
    # publishing replaces the partitions it writes to, and no others
    "spark.sql.sources.partitionOverwriteMode": "dynamic",
}
"""What a cluster has to set, too: on the Thrift server, the SQL warehouse or the job."""


def local_session(
    folder: Path,
    *,
    cores: int = 2,
    memory: str = "4g",
    is_kept: bool = False,
    settings: Mapping[str, str] | None = None,
) -> SparkSession:
    """Build the session of this process; there is one only, until it is stopped.

    Args:
        folder: where the tables are, and Spark's leftovers.
        cores: threads, and partitions of a shuffle.
        memory: of the driver, which in a local session does all the work.
        is_kept: whether a later session finds the tables again, by a Derby catalogue in `folder`
            that one process at a time may have open; otherwise it forgets them.
        settings: more of Spark's own; they win over those of a local session, not `SAME_ROWS`.
    """
    from pyspark.sql import SparkSession

    folder.mkdir(parents=True, exist_ok=True)
    modest = {
        "spark.driver.memory": memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(cores),
        "spark.default.parallelism": str(cores),
        "spark.local.dir": str(folder / "scratch"),
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.sql.catalogImplementation": "hive" if is_kept else "in-memory",
    }
    if is_kept:
        catalogue = f"jdbc:derby:;databaseName={folder / 'catalogue'};create=true"
        modest["spark.hadoop.javax.jdo.option.ConnectionURL"] = catalogue
        modest["spark.driver.extraJavaOptions"] = f"-Dderby.system.home={folder}"
    builder = SparkSession.builder.master(f"local[{cores}]").appName("leadger")
    for name, value in {**modest, **(settings or {}), **SAME_ROWS}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
