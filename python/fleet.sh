#!/bin/sh
# Reads many captures in each way that docs/fleet.md shows, and prints its table: fleet.sh [COUNT]
# Before that the tests with Spark. pyspark, pandas, pyarrow and Dask come from PyPI, into build/python/.
set -eu
cd "$(dirname -- "$0")/.."
python/environment.sh fleet pyspark==4.3.0 pandas==2.3.3 pyarrow==26.0.1 dask==2026.8.0
export PATH="$PWD/build/python/fleet/bin:$PATH"
pip install --quiet --disable-pip-version-check --no-deps --force-reinstall build/wheels/ikewhy-*manylinux*_x86_64.whl
PYTHONPATH=python/tests python -B -m unittest -q test_spark
python -B python/fleet.py "$PWD/build/command/ikewhy" "$@"
