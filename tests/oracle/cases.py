#!/usr/bin/env python3
"""Re-performs every case of the catalogue in a second SQL engine.

Each control, extract and metric under src/catalogue/{config,events,costs} carries cases: a few rows
and what the queries must find in them. This script builds the declared tables with exactly those
rows, runs the printed SQL and compares. It shares no code with the binary, so a case that passes
here and in the binary was answered alike by two engines.

    python3 tests/oracle/cases.py                      every file, DuckDB
    python3 tests/oracle/cases.py --engine polars      the same in polars, the engine of the binary
    python3 tests/oracle/cases.py --engine both --lint --tables tables.json src/catalogue/config/s3.toml

Cases that hold items, events or files instead of rows pass the binary's ingestion first: it writes their tables as
Parquet (`sixpillars controls test --write-tables DIR`), and the SQL is done again over those.

One line for each failure, then "N passed, M failed". Exit code 1 when anything failed.
Needs Python 3.11 and `pip install duckdb==2.0.0 polars==1.43.2`. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("config", "events", "costs")

ENGAGEMENT = {
    "client": "Example", "period_start": "2024-04-01T00:00:00Z", "period_end": "2024-07-01T00:00:00Z",
    "period_start_date": "2024-04-01", "period_end_date": "2024-06-30", "as_of": "2024-07-01T00:00:00Z",
    "as_of_date": "2024-07-01", "as_of_epoch": 1719792000, "period_end_epoch": 1719792000, "period_days": 91, "max_key_age_days": 90,
    "max_idle_days": 90, "min_retention_days": 365,
}

# Columns that a population must give, so that an exception can be traced to its record.
MUST_GIVE = {
    "config": "account_id region resource_type resource_id resource_name source_file_id source_record",
    "events": "event_id event_time account_id aws_region principal event_name source_file_id source_record",
}


class CaseError(Exception):
    """A case or a declaration that cannot be used."""


# --------------------------------------------------------------------------------------------------
# Tables: the program is asked for them. Only `bursts` is made for one entry, with the entry's keys as columns.
# --------------------------------------------------------------------------------------------------

BURSTS = {
    "burst_start": "TIMESTAMP", "burst_end": "TIMESTAMP", "events": "BIGINT", "distinct_values": "BIGINT",
    "without_value": "BIGINT", "exception_from": "BIGINT", "minutes": "BIGINT", "first_event_id": "VARCHAR",
    "source_file_id": "VARCHAR", "source_record": "BIGINT",
}


def load_tables(binary: Path, printed: Path | None) -> dict[str, dict[str, str]]:
    """Name and type of the columns of every table, and of its `_history`, as `tables list` prints them."""
    if printed:
        text = printed.read_text(encoding="utf-8")
    elif binary.is_file():
        done = subprocess.run([binary.resolve(), "tables", "list", "--format", "json"],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise CaseError(done.stderr.strip())
        text = done.stdout
    else:
        raise CaseError(f"{binary} is not here to be asked for its tables: build it, name it with --binary, or give "
                        "--tables what it printed")
    tables = {}
    for table in json.loads(text):
        columns = {column["name"]: column["type"] for column in table["columns"]}
        tables[table["name"]] = columns
        if table["versioned"]:
            tables[f"{table['name']}_history"] = columns
    return tables


# --------------------------------------------------------------------------------------------------
# Rows of a case
# --------------------------------------------------------------------------------------------------


def convert(value, kind: str):
    """A TOML value as the Python value of an SQL type."""
    if value is None:
        return None
    if kind == "TIMESTAMP":
        if isinstance(value, str):
            value = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
        if value.tzinfo is not None:
            value = value.astimezone(dt.timezone.utc).replace(tzinfo=None)
        return value
    if kind == "DATE":
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    if kind.startswith("DECIMAL"):
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-18))
    if kind == "DOUBLE":
        return float(value)
    if kind == "BIGINT" and (isinstance(value, bool) or not isinstance(value, int)):
        raise CaseError(f"{value!r} is not a whole number")
    if kind == "BOOLEAN" and not isinstance(value, bool):
        raise CaseError(f"{value!r} is not true or false")
    if kind == "VARCHAR" and not isinstance(value, str):
        raise CaseError(f"{value!r} is not text")
    return value


def defaults(columns: dict[str, str], index: int) -> dict:
    """What a row has where the case says nothing."""
    if "event_id" in columns and "event_source" in columns:
        return {
            "event_id": f"e{index}", "event_time": "2024-05-01T10:00:00Z", "account_id": "111122223333",
            "aws_region": "eu-west-1", "outcome": "success", "actor_class": "human_iam_user",
            "is_service_noise": False, "record_kind": "call", "copies": 1,
        }
    row = {
        "account_id": "111122223333", "region": "eu-west-1", "aws_region": "eu-west-1",
        "captured_at": "2024-06-30T00:00:00Z", "record_kind": "call",
    }
    # The tables of resources and of their parts; others (known_accounts, for example) have no item.
    if "item_id" in columns:
        row |= {"item_id": f"r{index}", "resource_id": f"r{index}", "resource_name": f"r{index}"}
    return {name: value for name, value in row.items() if name in columns}


def derive(row: dict, given: dict) -> dict:
    """Fills columns that follow from a time of the same row, unless the case gives them."""
    for column in row:
        if column in given:
            continue
        stem, _, part = column.rpartition("_")
        time = row.get(f"{stem}_time", row.get(f"{stem}_at"))
        if not isinstance(time, dt.datetime):
            continue
        if part == "epoch":
            row[column] = int(time.replace(tzinfo=dt.timezone.utc).timestamp())
        elif part == "date":
            row[column] = time.date()
        elif part == "hour":
            row[column] = time.hour
        elif part == "weekday":
            row[column] = time.isoweekday()
    return row


def build_rows(name: str, columns: dict[str, str], rows: list[dict]) -> list[dict]:
    """Rows of one table, complete and typed."""
    built = []
    for index, given in enumerate(rows):
        unknown = set(given) - set(columns)
        if unknown:
            raise CaseError(f"table {name} has no column {', '.join(sorted(unknown))}")
        row = dict(ENGAGEMENT) if name == "engagement" else defaults(columns, index)
        if "source_file_id" in columns:
            row |= {"source_file_id": "f0", "source_record": index}
        row |= given
        if "resource_name" in columns and "resource_name" not in given:
            row["resource_name"] = row.get("resource_id")
        try:
            full = {column: convert(row.get(column), kind) for column, kind in columns.items()}
            built.append(derive(full, row))
        except (CaseError, ValueError) as error:
            raise CaseError(f"table {name}, row {index}: {error}") from error
    return built


# --------------------------------------------------------------------------------------------------
# Engines: the same four steps in each
# --------------------------------------------------------------------------------------------------


class DuckDb:
    """DuckDB, in memory."""

    name = "duckdb"

    def __init__(self, readable: Path | None):
        import duckdb

        self.db = duckdb.connect()
        if readable:
            self.db.execute(f"SET allowed_directories = ['{readable}']")
        self.db.execute("SET enable_external_access = false")
        self.made: set[str] = set()

    def table(self, name: str, columns: dict[str, str], rows: list[dict]) -> None:
        """Makes a table with these rows."""
        spec = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        self.db.execute(f"CREATE OR REPLACE TABLE {name} ({spec})")
        self.made.add(name)
        if rows:
            marks = ", ".join("?" for _ in columns)
            self.db.executemany(f"INSERT INTO {name} VALUES ({marks})", [list(row.values()) for row in rows])

    def parquet(self, name: str, path: Path) -> None:
        """Makes a table of a Parquet file."""
        self.db.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM read_parquet('{path}')")

    def query(self, sql: str) -> tuple[list[str], list[tuple]]:
        """Names and rows of a query."""
        answer = self.db.execute(sql)
        return [column[0] for column in answer.description], answer.fetchall()

    def population(self, sql: str) -> list[str]:
        """Keeps a query's rows as table `population_rows`; gives the column names."""
        self.db.execute(f"CREATE OR REPLACE TEMP TABLE population_rows AS {sql}")
        return [row[0] for row in self.db.execute("DESCRIBE population_rows").fetchall()]


class Polars:
    """polars' SQL, eager, over frames in memory."""

    name = "polars"

    def __init__(self, _readable: Path | None):
        import polars

        self.pl = polars
        self.types = {
            "VARCHAR": polars.String, "BIGINT": polars.Int64, "BOOLEAN": polars.Boolean,
            "TIMESTAMP": polars.Datetime("us"), "DATE": polars.Date, "DECIMAL(38,18)": polars.Decimal(38, 18),
            "DOUBLE": polars.Float64,
        }
        self.frames: dict = {}

    def table(self, name: str, columns: dict[str, str], rows: list[dict]) -> None:
        """Makes a table with these rows."""
        schema = {column: self.types[kind] for column, kind in columns.items()}
        data = {column: [row[column] for row in rows] for column in columns}
        self.frames[name] = self.pl.DataFrame(data, schema=schema)

    def parquet(self, name: str, path: Path) -> None:
        """Makes a table of a Parquet file."""
        self.frames[name] = self.pl.read_parquet(path)

    def run(self, sql: str):
        """The frame a query gives."""
        context = self.pl.SQLContext(frames=self.frames, eager=True)
        return context.execute(sql)

    def query(self, sql: str) -> tuple[list[str], list[tuple]]:
        """Names and rows of a query."""
        frame = self.run(sql)
        return frame.columns, frame.rows()

    def population(self, sql: str) -> list[str]:
        """Keeps a query's rows as table `population_rows`; gives the column names."""
        frame = self.run(sql)
        self.frames["population_rows"] = frame
        return frame.columns


# --------------------------------------------------------------------------------------------------
# The subset of SQL that engines answer alike: a coarse reading, the binary parses the text properly
# --------------------------------------------------------------------------------------------------

REFUSED = [
    (r"\bilike\b", "ILIKE"), (r"\bis\s+(not\s+)?(true|false)\b", "IS TRUE"), (r"\binterval\b", "INTERVAL"),
    (r"\bdate_trunc\b", "DATE_TRUNC"), (r"\bqualify\b", "QUALIFY"), (r"\bregexp|\brlike\b|\bsimilar to\b", "regex"),
    (r"\bunnest\b", "UNNEST"), (r"\b(greatest|least)\b", "GREATEST/LEAST"), (r"\bstring_agg\b", "STRING_AGG"),
    (r"\bconcat\b", "CONCAT"), (r"\bnot\s+in\s*\(\s*(select|with)\b", "NOT IN (subquery)"),
    (r"\blike\s+(?!')", "LIKE without a literal"), (r'"', "quoted identifier"),
    (r"[=<>+\-]\s*\(\s*select\b", "scalar subquery"), (r"\bescape\s+'", "LIKE ESCAPE"),
]


def lint(sql: str) -> list[str]:
    """What the text uses outside the subset."""
    bare = re.sub(r"'(?:[^']|'')*'", "''", sql)
    found = [what for pattern, what in REFUSED if re.search(pattern, bare, re.IGNORECASE)]
    for join in re.finditer(r"\bon\b(.*?)(?=\bleft\b|\binner\b|\bjoin\b|\bwhere\b|\bgroup\b|\border\b|\bcross\b|\)|$)",
                            bare, re.IGNORECASE | re.DOTALL):
        for part in re.split(r"\band\b", join.group(1), flags=re.IGNORECASE):
            if not re.fullmatch(r"\s*\w+\.\w+\s*=\s*\w+\.\w+\s*", part):
                found.append(f"join on {part.strip()!r}, not an equality of columns")
    return found


# --------------------------------------------------------------------------------------------------
# Entries
# --------------------------------------------------------------------------------------------------


def is_ingested(case: dict) -> bool:
    """Whether the evidence of a case passes ingestion."""
    return any(form in case for form in ("items", "events", "files"))


def write_tables(binary: Path, into: Path) -> None:
    """Has the binary ingest the cases that are not rows, and write their tables."""
    done = subprocess.run([binary, "controls", "test", "--write-tables", into], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CaseError(f"{binary} controls test failed:\n{done.stdout}{done.stderr}")


class Run:
    """One engine over all entries, counting."""

    def __init__(self, engine, tables: dict, with_lint: bool, ingested: Path | None):
        self.engine = engine
        self.tables = tables
        self.with_lint = with_lint
        self.ingested = ingested
        self.passed = 0
        self.failed = 0
        self.skipped = 0

    def cases(self, entry: dict):
        """The empty tables, then the cases of an entry, each with its number; without those whose tables are not here."""
        yield None, {"why": "empty tables", "rows": {}, "expect": None}
        for number, case in enumerate(entry.get("case", [])):
            if is_ingested(case) and self.ingested is None:
                self.skipped += 1
            else:
                yield number, {"rows": {}} | case

    def prepare(self, entry: dict, number: int | None, case: dict, tables: dict) -> None:
        """Makes the tables of a case: from its rows, or from what the binary wrote of them."""
        if not is_ingested(case):
            named = dict(case["rows"])
            if "bursts" in named:
                # What the entry declares is in every burst.
                wanted = entry["bursts"]
                numbers = {"without_value": 0, "exception_from": wanted.get("exception_from", wanted["at_least"]), "minutes": wanted["minutes"]}
                named["bursts"] = [numbers | row for row in named["bursts"]]
            extra = {name: self.tables[name] for name in named if name in self.tables}
            self.fill(tables | extra, named)
            return
        self.fill(tables, {})
        folder = self.ingested / entry["id"] / str(number)
        written = sorted(folder.glob("*.parquet"))
        if not written:
            raise CaseError(f"no tables in {folder}: write them anew with `sixpillars controls test --write-tables`")
        for path in written:
            self.engine.parquet(path.stem, path)

    def fail(self, file: Path, entry: dict, case: str, expected, found) -> None:
        """Prints one failure."""
        self.failed += 1
        name = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
        print(f"{name}: {entry.get('id')}: {case}: expected {expected}, found {found} [{self.engine.name}]")

    def fill(self, tables: dict, rows: dict) -> None:
        """Makes all tables; those the case names hold its rows."""
        unknown = set(rows) - set(tables)
        if unknown:
            raise CaseError(f"no table is called {', '.join(sorted(unknown))}")
        for name, columns in tables.items():
            given = rows.get(name, [{}] if name == "engagement" else [])
            self.engine.table(name, columns, build_rows(name, columns, given))

    def tables_for(self, entry: dict) -> dict:
        """The declared tables, with `selected` and `bursts` where the entry has them."""
        events = self.tables["cloudtrail_events"]
        tables = dict(self.tables)
        if "select" in entry:
            tables["selected"] = events
        if "bursts" in entry:
            keys = {key: events.get(key, "VARCHAR") for key in entry["bursts"]["keys"]}
            tables["bursts"] = keys | BURSTS
        return tables

    def control(self, file: Path, kind: str, entry: dict) -> None:
        """Population, exceptions, undetermined and reasons of each case."""
        tables = self.tables_for(entry)
        if self.with_lint:
            for part in ("population", "exception", "reason"):
                for found in lint(entry[part]):
                    self.fail(file, entry, part, "the portable subset", found)
        used = re.findall(r"\b\w+\b", entry["population"])
        tables = {name: columns for name, columns in tables.items() if name in used or name == "engagement"}
        for number, case in self.cases(entry):
            why = case["why"]
            try:
                self.prepare(entry, number, case, tables)
                given = self.engine.population(entry["population"])
                # A control among the events whose rows are no events, such as chains of digests, names resources.
                wanted = "config" if "resource_type" in given else kind
                missing = set(MUST_GIVE.get(wanted, "").split()) - set(given)
                if missing or len(given) != len(set(given)):
                    self.fail(file, entry, why, "columns of the population", f"missing {sorted(missing)} in {given}")
                    continue
                _, rows = self.engine.query(
                    f"SELECT ({entry['exception']}) AS is_exception, ({entry['reason']}) AS reason_text "
                    "FROM population_rows")
            except Exception as error:  # noqa: BLE001 - any engine error is a failure of the case
                self.fail(file, entry, why, "an answer", f"{type(error).__name__}: {str(error).splitlines()[0]}")
                continue
            if case["expect"] is None:
                continue
            found = {
                "population": len(rows),
                "exceptions": sum(1 for row in rows if row[0] is True),
                "undetermined": sum(1 for row in rows if row[0] is None),
            }
            # Whether what the control requires was delivered is no matter of SQL; the words of reasons are the binary's.
            counts = {key: value for key, value in case["expect"].items() if key not in ("delivered", "reason")}
            expected = {"undetermined": 0, "exceptions": 0} | counts
            if is_ingested(case):
                # The engine calls more rows undetermined than SQL does: those of a value that was not kept.
                moved = expected["undetermined"] - found["undetermined"]
                found |= {"undetermined": found["undetermined"] + max(moved, 0)}
                if 0 < found["exceptions"] - expected["exceptions"] <= moved:
                    found["exceptions"] = expected["exceptions"]
            if any(row[0] is True and not row[1] for row in rows):
                self.fail(file, entry, why, "a reason for each exception", "NULL")
            elif expected != found:
                self.fail(file, entry, why, expected, found)
            else:
                self.passed += 1

    def value(self, sql: str) -> dict:
        """Values of a metric query by currency (None where it has none)."""
        names, rows = self.engine.query(sql)
        at = names.index("value")
        currency = names.index("currency") if "currency" in names else None
        return {(row[currency] if currency is not None else None): row[at] for row in rows}

    def metric(self, file: Path, entry: dict) -> None:
        """Value, or numerator and denominator, of each case."""
        tables = self.tables_for(entry)
        parts = [part for part in ("value", "numerator", "denominator", "breakdown") if part in entry]
        if self.with_lint:
            for part in parts:
                for found in lint(entry[part]):
                    self.fail(file, entry, part, "the portable subset", found)
        used = re.findall(r"\b\w+\b", " ".join(entry[part] for part in parts))
        tables = {name: columns for name, columns in tables.items() if name in used or name == "engagement"}
        for number, case in self.cases(entry):
            why = case["why"]
            try:
                self.prepare(entry, number, case, tables)
                found = {part: self.value(entry[part]) for part in parts if part != "breakdown"}
                if "breakdown" in entry:
                    found["breakdown"] = len(self.engine.query(entry["breakdown"])[1])
                if "numerator" in entry:
                    factor = 100 if entry.get("unit") == "percent" else 1
                    found["value"] = {
                        key: divide(found["numerator"].get(key), found["denominator"].get(key), factor)
                        for key in found["numerator"] | found["denominator"]
                    }
            except Exception as error:  # noqa: BLE001
                self.fail(file, entry, why, "an answer", f"{type(error).__name__}: {str(error).splitlines()[0]}")
                continue
            if case["expect"] is None:
                continue
            wrong = [
                (part, expected, found.get(part)) for part, expected in case["expect"].items()
                if not same(expected, found.get(part))
            ]
            for part, expected, got in wrong:
                self.fail(file, entry, why, f"{part} {expected}", got)
            self.passed += 0 if wrong else 1

    def extract(self, file: Path, entry: dict) -> None:
        """Number of rows of each case."""
        tables = self.tables_for(entry)
        if self.with_lint:
            for found in lint(entry["query"]):
                self.fail(file, entry, "query", "the portable subset", found)
        for number, case in self.cases(entry):
            try:
                self.prepare(entry, number, case, tables)
                _, rows = self.engine.query(entry["query"])
            except Exception as error:  # noqa: BLE001
                self.fail(file, entry, case["why"], "an answer", f"{type(error).__name__}: {str(error).splitlines()[0]}")
                continue
            if case["expect"] is None:
                continue
            expected = case["expect"].get("rows", case["expect"].get("population"))
            if expected == len(rows):
                self.passed += 1
            else:
                self.fail(file, entry, case["why"], f"{expected} rows", len(rows))


def exact(value) -> Fraction:
    """A number of any engine as a fraction."""
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def divide(numerator, denominator, factor: int):
    """The engine's own division: NULL where a part is NULL or the denominator is not above zero."""
    if numerator is None or denominator is None or exact(denominator) <= 0:
        return None
    return exact(numerator) / exact(denominator) * factor


def same(expected, found) -> bool:
    """Whether a metric found what the case expects, to the digits the case prints."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and set(expected) == set(found) and all(
            same_number(expected[key], found[key]) for key in expected)
    if isinstance(found, dict):
        if len(found) > 1:
            return False
        found = next(iter(found.values()), None)
    return same_number(expected, found)


def same_number(expected, found) -> bool:
    """One number against one number; "NULL" and "undetermined" stand for no value."""
    if expected is None or (isinstance(expected, str) and expected.lower() in ("null", "undetermined", "")):
        return found is None
    if found is None:
        return False
    digits = len(str(expected).partition(".")[2])
    return abs(exact(found) - Fraction(str(expected))) <= Fraction(1, 2 * 10**digits)


def main() -> int:
    """Reads the catalogue, runs everything, counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="catalogue files; all of them when none is named")
    parser.add_argument("--engine", choices=["duckdb", "polars", "both"], default="duckdb")
    parser.add_argument("--tables", type=Path, help="what `sixpillars tables list --format json` printed, instead of asking the program")
    parser.add_argument("--binary", type=Path, default=ROOT / "target" / "release" / "sixpillars",
                        help="the program, asked for its tables; it ingests the cases that are not rows, which are skipped without it")
    parser.add_argument("--lint", action="store_true", help="also refuse SQL outside the portable subset")
    options = parser.parse_args()

    documents = {}
    for kind in KINDS:
        for file in sorted((ROOT / "src" / "catalogue" / kind).glob("*.toml")):
            try:
                documents[file] = tomllib.loads(file.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                print(f"{file.relative_to(ROOT)}: cannot be read: {error}")
                if not options.files:
                    return 1
    try:
        tables = load_tables(options.binary, options.tables)
    except CaseError as error:
        print(error)
        return 1

    chosen = {path.resolve() for path in options.files}
    engines = {"duckdb": [DuckDb], "polars": [Polars], "both": [DuckDb, Polars]}[options.engine]
    failed = 0
    folder = tempfile.TemporaryDirectory()
    ingested = Path(folder.name).resolve() if options.binary.is_file() else None
    try:
        if ingested:
            write_tables(options.binary, ingested)
    except CaseError as error:
        print(error)
        return 1
    for engine in engines:
        run = Run(engine(ingested), tables, options.lint, ingested)
        for file, document in documents.items():
            if chosen and file.resolve() not in chosen:
                continue
            for entry in document.get("control", []):
                run.control(file, file.parent.name, entry)
            for entry in document.get("extract", []):
                run.extract(file, entry)
            for entry in document.get("metric", []):
                run.metric(file, entry)
        prefix = f"{run.engine.name}: " if len(engines) > 1 else ""
        skipped = f", {run.skipped} skipped: {options.binary} is not here" if run.skipped else ""
        print(f"{prefix}{run.passed} passed, {run.failed} failed{skipped}")
        failed += run.failed
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
