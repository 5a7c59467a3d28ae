"""Many captures with Spark: with_spark.py MASTER FOLDER OUT-FOLDER

MASTER is `local-cluster[2,1,1024]` for two workers of a core and 1024 MiB each on this machine, or a cluster's address.
"""

import sys

from pyspark.sql import SparkSession

import ikewhy.spark

master, folder, out = sys.argv[1:]
session = (
    SparkSession.builder.appName("ikewhy")
    .master(master)
    # Captures are small: without this each task gets thirty of them.
    .config("spark.sql.files.openCostInBytes", "65536")
    .config("spark.sql.parquet.compression.codec", "zstd")
    # Times as all others read them, not as old versions of Hive did.
    .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    .config("spark.ui.showConsoleProgress", "false")
    .getOrCreate()
)
table = ikewhy.spark.analyze(session, folder, names="*.pcap*")
table.write.mode("overwrite").parquet(out)

verdicts = session.read.parquet(out).groupBy("verdict_id").count()
verdicts.orderBy("count", ascending=False).show(5, truncate=False)
