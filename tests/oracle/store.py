#!/usr/bin/env python3
"""Does every control of a report again in DuckDB, from the report's folder alone.

Loads `views.sql` over the evidence of the report, runs the SQL that `report.json` prints for each control,
extract, metric and topic, and compares population, exceptions, undetermined rows, rows and values with what the
report says. Bursts are found again by this script from the sentence that the report prints about them.

    sixpillars report samples/acme --out report
    python3 tests/oracle/store.py report

One line for each difference, then a count. Exit code 1 when anything differs.
Needs Python 3.11 and `pip install duckdb==2.0.0`. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import re
import sys
from pathlib import Path

import duckdb

BURSTS = re.compile(
    r"groups of selected by (?P<keys>.+): at least (?P<at_least>\d+) (?:events|distinct (?P<distinct>\w+)) within (?P<minutes>\d+) minutes"
    r"(?:, exceptions from (?P<exception_from>\d+))?")


def elements(value: object) -> list:
    """What a value stands for: the elements of a JSON list, else itself."""
    if isinstance(value, str) and value.startswith("["):
        try:
            return [e if isinstance(e, str) else json.dumps(e, separators=(",", ":")) for e in json.loads(value)]
        except ValueError:
            return [value]
    return [] if value is None else [value]


class Report:
    """A report's folder as a database."""

    def __init__(self, folder: Path):
        self.model = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        # The paths in views.sql start in the report's folder.
        os.chdir(folder)
        self.db = duckdb.connect(":memory:")
        self.db.execute("SET TimeZone = 'UTC'")
        self.db.execute(Path("views.sql").read_text(encoding="utf-8"))
        self.compared = 0
        self.differences: list[str] = []

    def differ(self, entry: str, what: str) -> None:
        """Notes a difference."""
        self.differences.append(f"{entry}: {what}")

    def order(self, sql: str) -> list[str]:
        """The columns of a query's outermost ORDER BY, as DuckDB's own parser reads them."""
        parsed = json.loads(self.db.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()[0])
        modifiers = parsed["statements"][0]["node"]["modifiers"]
        orders = [order for modifier in modifiers for order in modifier.get("orders", [])]
        return [order["expression"]["column_names"][-1] for order in orders]

    def base(self, entry: str, sql: str, counts: dict) -> None:
        """The table that the line of counts names, and how many rows it has."""
        # A connection that knows no views: the names are wanted, not what stands behind them.
        if counts["table"] not in duckdb.connect(":memory:").get_table_names(sql):
            self.differ(entry, f"its population does not read {counts['table']}")
            return
        rows = self.db.execute(f"SELECT COUNT(*) FROM {counts['table']}").fetchone()[0]
        if rows != counts["table_rows"]:
            self.differ(entry, f"{counts['table_rows']} rows of {counts['table']} in the report, {rows} in DuckDB")

    def prepare(self, texts: dict[str, str]) -> None:
        """Puts `selected` and `bursts` in place, as the entry's texts say."""
        self.db.execute("DROP VIEW IF EXISTS selected; DROP TABLE IF EXISTS bursts")
        if "select" in texts:
            self.db.execute(f"CREATE TEMP VIEW selected AS {texts['select']}")
        if "bursts" in texts:
            wanted = BURSTS.fullmatch(texts["bursts"])
            if wanted is None:
                raise ValueError(f"the sentence about bursts is not understood: {texts['bursts']}")
            self.bursts(**wanted.groupdict())

    def bursts(self, keys: str, at_least: str, distinct: str | None, minutes: str, exception_from: str | None) -> None:
        """A window opens at each event; windows that hold enough and share events are one burst.

        A value that is a JSON list stands for its elements; an event without a value may hold one that no other has.
        """
        names = [key.strip() for key in keys.split(",")]
        columns = ", ".join(names + ["event_time", "event_id", "source_file_id", "source_record", distinct or "NULL"])
        groups: dict[tuple, list[tuple]] = {}
        for row in self.db.execute(f"SELECT {columns} FROM selected ORDER BY event_time, event_id").fetchall():
            key = row[:len(names)]
            if any(part is not None for part in key):
                groups.setdefault(key, []).append(row[len(names):])
        width = dt.timedelta(minutes=int(minutes))
        found = []
        for key, events in groups.items():
            events = [(*e[:4], elements(e[4])) for e in events]
            named = lambda part: len({value for e in part for value in e[4]}) if distinct else len(part)  # noqa: E731
            without = lambda part: sum(not e[4] for e in part) if distinct else 0  # noqa: E731
            size = lambda part: named(part) + without(part)  # noqa: E731
            joined: list[list[int]] = []
            end = 0
            for start, event in enumerate(events):
                while end < len(events) and events[end][0] - event[0] <= width:
                    end += 1
                if size(events[start:end]) < int(at_least):
                    continue
                if joined and start < joined[-1][1]:
                    joined[-1][1] = max(joined[-1][1], end)
                else:
                    joined.append([start, end])
            for start, stop in joined:
                part = events[start:stop]
                first = part[0]
                found.append((*key, first[0], part[-1][0], len(part), named(part), without(part),
                              int(exception_from or at_least), int(minutes), first[1], first[2], first[3]))
        declared = [f"{name} VARCHAR" for name in names] + [
            "burst_start TIMESTAMP", "burst_end TIMESTAMP", "events BIGINT", "distinct_values BIGINT",
            "without_value BIGINT", "exception_from BIGINT", "minutes BIGINT", "first_event_id VARCHAR", "source_file_id VARCHAR", "source_record BIGINT"]
        self.db.execute(f"CREATE TEMP TABLE bursts ({', '.join(declared)})")
        if found:
            self.db.executemany(f"INSERT INTO bursts VALUES ({', '.join('?' * len(declared))})", found)

    def control(self, entry: str, control: dict) -> None:
        """Population, exceptions and undetermined rows."""
        if control["error"]:
            self.differ(entry, f"the report says that its evaluation failed: {control['error']}")
            return
        texts = {sql["name"]: sql["text"] for sql in control["sql"]}
        self.prepare(texts)
        population, exceptions, nulls, dumb = self.db.execute(
            f"WITH population AS ({texts['population']}), judged AS (SELECT ({texts['exception']}) AS verdict, ({texts['reason']}) AS sentence FROM population) "
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE verdict), COUNT(*) FILTER (WHERE verdict IS NULL), "
            "COUNT(*) FILTER (WHERE verdict AND sentence IS NULL) FROM judged").fetchone()
        said = control["counts"]
        self.base(entry, texts["population"], said)
        if population != said["population"]:
            self.differ(entry, f"population {said['population']} in the report, {population} in DuckDB")
        # Rows whose types were not recorded are undetermined whatever their columns hold: the engine decides
        # that from what was delivered, and it can only take from exceptions and clean rows.
        by_reach = said["undetermined"] - nulls
        if by_reach < 0:
            self.differ(entry, f"undetermined {said['undetermined']} in the report, {nulls} in DuckDB")
        if not said["exceptions"] <= exceptions <= said["exceptions"] + max(by_reach, 0):
            self.differ(entry, f"exceptions {said['exceptions']} in the report, {exceptions} in DuckDB")
        if dumb:
            self.differ(entry, f"{dumb} exceptions without a reason")

    def extract(self, entry: str, extract: dict) -> None:
        """Number of rows, and their order as far as the query asks for one."""
        if extract["rows"] is None:
            return
        texts = {sql["name"]: sql["text"] for sql in extract["sql"]}
        self.prepare(texts)
        cursor = self.db.execute(texts["query"])
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        if len(rows) != extract["rows"]:
            self.differ(entry, f"{extract['rows']} rows in the report, {len(rows)} in DuckDB")
            return
        keys = self.order(texts["query"])
        if not keys or not rows:
            return
        listed = self.db.execute(f"SELECT {', '.join(keys)} FROM read_parquet('workpapers/{entry}.parquet')").fetchall()
        drawn = [tuple(row[names.index(key)] for key in keys) for row in rows]
        if listed != drawn:
            at = next(i for i, (a, b) in enumerate(zip(listed, drawn)) if a != b)
            self.differ(entry, f"row {at} of the workpaper is {listed[at]}, in DuckDB {drawn[at]}")

    def topic(self, entry: str, topic: dict) -> None:
        """Rows of a topic's queries: how many, and what texts and whole numbers they hold."""
        if topic["not_tested"]:
            return
        for name, query in topic["queries"].items():
            texts = {sql["name"]: sql["text"] for sql in query["sql"]}
            self.prepare(texts)
            cursor = self.db.execute(texts["query"])
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
            if len(rows) != query["count"]:
                self.differ(f"{entry}:{name}", f"{query['count']} rows in the report, {len(rows)} in DuckDB")
                continue
            for at, (found, reported) in enumerate(zip(rows, query["rows"])):
                for column, value in zip(names, found):
                    plain = isinstance(value, (str, bool, int)) or value is None
                    if plain and reported[column] != ("" if value is None else value):
                        self.differ(f"{entry}:{name}", f"row {at}: {column} is {reported[column]!r} in the report, {value!r} in DuckDB")
                        break

    def metric(self, entry: str, metric: dict) -> None:
        """Values by currency; the division is done here."""
        if metric["extent"] == "none":
            return
        texts = {sql["name"]: sql["text"] for sql in metric["sql"]}
        self.prepare(texts)
        if "value" in texts:
            found = self.by_currency(texts["value"])
        else:
            parts, wholes = self.by_currency(texts["numerator"]), self.by_currency(texts["denominator"])
            scale = 100 if metric["unit"] == "percent" else 1
            found = {
                currency: parts[currency] / whole * scale
                if whole is not None and whole > 0 and parts.get(currency) is not None else None
                for currency, whole in wholes.items()
            }
        found = {currency: value for currency, value in found.items() if value is not None}
        said = {value["currency"]: value["raw"] for value in metric["values"]}
        if set(found) != set(said):
            self.differ(entry, f"values for {sorted(said)} in the report, for {sorted(found)} in DuckDB")
        for currency in set(found) & set(said):
            if not math.isclose(found[currency], said[currency], rel_tol=1e-9, abs_tol=1e-9):
                self.differ(entry, f"{said[currency]} {currency} in the report, {found[currency]} in DuckDB")

    def by_currency(self, text: str) -> dict[str, float | None]:
        """The column `value` by the column `currency`, which may be missing."""
        cursor = self.db.execute(text)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row)) for row in cursor.fetchall()]
        return {row.get("currency") or "": None if row["value"] is None else float(row["value"]) for row in rows}

    def run(self, only: set[str]) -> None:
        """Everything, or the ids of `only`."""
        for kind, one in (("controls", self.control), ("extracts", self.extract), ("metrics", self.metric), ("topics", self.topic)):
            for entry, result in self.model[kind].items():
                if only and entry not in only:
                    continue
                self.compared += 1
                try:
                    one(entry, result)
                except (duckdb.Error, ValueError, KeyError) as error:
                    self.differ(entry, f"cannot be done again: {str(error).splitlines()[0]}")


def main() -> int:
    """Reads the arguments, compares, counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path, help="folder that `sixpillars report` wrote")
    parser.add_argument("ids", nargs="*", help="controls, extracts, metrics and topics; all of them when none is named")
    options = parser.parse_args()
    report = Report(options.report)
    unknown = [i for i in options.ids if not any(i in report.model[kind] for kind in ("controls", "extracts", "metrics", "topics"))]
    if unknown:
        parser.error(f"not in the report: {', '.join(unknown)}")
    report.run(set(options.ids))
    for difference in report.differences:
        print(difference)
    print(f"{report.compared} done again, {len(report.differences)} differ")
    return 1 if report.differences or not report.compared else 0


if __name__ == "__main__":
    sys.exit(main())
