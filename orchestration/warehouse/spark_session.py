"""One Spark session inside this process, as dbt-spark's `method: session` finds it.

Whatever a cluster sets elsewhere (catalog, memory, table format) belongs to its own configuration;
what is set here is what makes the rows the same as on other engines, and a local session modest.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SAME_ROWS = {
    # instants are naive and in UTC; a cast that fails is an error, as elsewhere
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.sources.partitionOverwriteMode": "dynamic",
    "spark.sql.sources.default": "parquet",
    "spark.sql.legacy.createHiveTableByDefault": "false",
}
MODEST = {
    "spark.master": "local[2]",
    "spark.driver.memory": "3g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "10m",
}


def local_session(folder: Path) -> SparkSession:
    """A session on this machine, with its tables in a folder; later callers get the same one."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("leadger")
    for name, value in {**SAME_ROWS, **MODEST}.items():
        builder = builder.config(name, value)
    session = (
        builder.config("spark.sql.warehouse.dir", str(folder / "tables"))
        .config("spark.local.dir", str(folder / "scratch"))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session
