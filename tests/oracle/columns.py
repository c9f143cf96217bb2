#!/usr/bin/env python3
"""Does `query` return the columns that were asked for, in that order, and each with its own values?

Takes random columns of every table of a report in random order, asks the binary and DuckDB, and compares names, and
for each name how many values and how many different ones it has.

    sixpillars report samples/acme --out report
    python3 tests/oracle/columns.py report target/release/sixpillars --engagement samples/acme/engagement.toml

One line for each difference, then a count. Exit code 1 when anything differs.
Needs Python 3.11 and `pip install duckdb==2.0.0`. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb


class Binary:
    """The program, asked one query at a time."""

    def __init__(self, path: Path, store: Path, engagement: Path | None):
        self.command = [str(path.resolve()), "query"]
        self.more = ["--store", str(store.resolve()), "--format", "json", "--limit", "1"]
        if engagement:
            self.more += ["--engagement", str(engagement.resolve())]

    def row(self, sql: str) -> dict:
        """The first row, its keys in the order of the columns; empty without rows."""
        done = subprocess.run([*self.command, sql, *self.more], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(done.stderr.splitlines()[0])
        rows = json.loads(done.stdout)
        return rows[0] if rows else {}


def compare(binary: Binary, db: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> list[str]:
    """What differs for these columns of a table."""
    quoted = ", ".join(f'"{c}"' for c in columns)
    counted = ", ".join(f'COUNT("{c}") AS n{i}, COUNT(DISTINCT "{c}") AS d{i}' for i, c in enumerate(columns))
    found = []
    sql = f"SELECT {quoted} FROM {table}"
    asked = [column[0] for column in db.execute(f"{sql} LIMIT 0").description]
    got = list(binary.row(f"{sql} LIMIT 1"))
    if got and got != asked:
        found.append(f"{sql}: {got}, in DuckDB {asked}")
    sql = f"SELECT {counted} FROM (SELECT {quoted} FROM {table}) AS t"
    cursor = db.execute(sql)
    theirs = dict(zip((column[0] for column in cursor.description), cursor.fetchone()))
    ours = binary.row(sql)
    if list(ours) != list(theirs) or ours != theirs:
        found.append(f"{sql}: {ours}, in DuckDB {theirs}")
    return found


def main() -> int:
    """Reads the arguments, compares, counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path, help="folder that `sixpillars report` wrote")
    parser.add_argument("binary", type=Path, help="the program")
    parser.add_argument("--engagement", type=Path, help="the engagement file of the report")
    parser.add_argument("--rounds", type=int, default=1, help="projections of each table")
    parser.add_argument("--seed", type=int, default=1, help="of the random columns")
    options = parser.parse_args()
    binary = Binary(options.binary, options.report / "evidence", options.engagement)
    # The paths in views.sql start in the report's folder.
    os.chdir(options.report)
    db = duckdb.connect(":memory:")
    db.execute("SET TimeZone = 'UTC'")
    db.execute(Path("views.sql").read_text(encoding="utf-8"))
    tables = sorted(row[0] for row in db.execute("SELECT table_name FROM information_schema.tables").fetchall())
    chance = random.Random(options.seed)
    asked = []
    for table in tables:
        names = [column[0] for column in db.execute(f"SELECT * FROM {table} LIMIT 0").description]
        asked += [(table, chance.sample(names, chance.randint(1, min(len(names), 6)))) for _ in range(options.rounds)]

    def found(projection: tuple[str, list[str]]) -> list[str]:
        table, columns = projection
        try:
            return compare(binary, db.cursor(), table, columns)
        except (duckdb.Error, ValueError) as error:
            return [f"{table}: {str(error).splitlines()[0]}"]

    # The time goes into starting the program, on one core each time.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        differences = [difference for several in pool.map(found, asked) for difference in several]
    for difference in differences:
        print(difference)
    print(f"{len(asked)} projections of {len(tables)} tables compared, {len(differences)} differences")
    return 1 if differences or not asked else 0


if __name__ == "__main__":
    sys.exit(main())
