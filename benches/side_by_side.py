"""Times commands on the same files, one after the other in every round, and prints medians side by side.

Ratios within one run are what counts: absolute figures say more about the machine. Each command is a process of
its own (two for zcat), so its memory and processor time can be read off the kernel's account of it.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time

WORK = os.environ["WORK"]
ROUNDS = int(os.environ["ROUNDS"])
PYTHON = sys.executable

# The five results of every engine: who did what where and when; root; errors; changes outside working hours;
# what was changed, by how many.
QUERIES = [
    """SELECT count(*) FROM (SELECT principal, source, name, region, hour, count(*) FROM e GROUP BY ALL)""",
    """SELECT count(*) FROM e WHERE kind = 'Root'""",
    """SELECT count(*) FROM e WHERE error IS NOT NULL""",
    """SELECT count(*) FROM e WHERE NOT read_only AND (hour_of_day < 6 OR hour_of_day >= 20 OR weekday IN (0, 6))""",
    """SELECT count(*) FROM (SELECT source, name, count(DISTINCT principal) FROM e WHERE NOT read_only GROUP BY ALL)""",
]

COLUMNS = """
    coalesce(r.userIdentity.arn, r.userIdentity.principalId, r.userIdentity.invokedBy) AS principal,
    r.userIdentity.type AS kind, r.eventSource AS source, r.eventName AS name, r.awsRegion AS region,
    r.errorCode AS error, r.readOnly AS read_only, r.eventTime[1:13] AS hour,
    CAST(r.eventTime[12:13] AS INTEGER) AS hour_of_day, dayofweek(CAST(r.eventTime AS TIMESTAMP)) AS weekday
"""

RECORD = """{"eventTime":"VARCHAR","eventSource":"VARCHAR","eventName":"VARCHAR","awsRegion":"VARCHAR",
"errorCode":"VARCHAR","readOnly":"BOOLEAN",
"userIdentity":{"type":"VARCHAR","arn":"VARCHAR","principalId":"VARCHAR","invokedBy":"VARCHAR"}}"""

RECORD_TYPE = """STRUCT("eventTime" VARCHAR, "eventSource" VARCHAR, "eventName" VARCHAR, "awsRegion" VARCHAR,
"errorCode" VARCHAR, "readOnly" BOOLEAN,
"userIdentity" STRUCT("type" VARCHAR, "arn" VARCHAR, "principalId" VARCHAR, "invokedBy" VARCHAR))"""

DUCKDB = """
import duckdb, sys
c = duckdb.connect(config={"threads": 2})
c.execute("SET preserve_insertion_order = false")
c.execute(open(sys.argv[1]).read().format(files=sys.argv[2]))
print([c.execute(q).fetchone()[0] for q in %r])
""" % (QUERIES,)

BEST = f"""CREATE TEMP TABLE e AS SELECT {COLUMNS} FROM (
SELECT unnest(from_json(json, '{{{{"Records":[{RECORD.replace("{", "{{").replace("}", "}}")}]}}}}').Records) AS r
FROM read_json_objects('{{files}}', format = 'unstructured', maximum_object_size = 268435456))"""

COMMON = f"""CREATE TEMP TABLE e AS SELECT {COLUMNS} FROM (
SELECT unnest(Records) AS r
FROM read_json('{{files}}', columns = {{{{Records: '{RECORD_TYPE}[]'}}}}, maximum_object_size = 268435456))"""

CHDB = """
import chdb, sys
from chdb import session
s = session.Session()
s.query("SET max_threads = 2, input_format_json_ignore_unknown_keys_in_named_tuple = 1, "
        "input_format_skip_unknown_fields = 1, input_format_json_use_string_type_for_ambiguous_paths_in_named_tuples_inference_from_objects = 1")
record = ("Tuple(eventTime String, eventSource String, eventName String, awsRegion String, errorCode Nullable(String), "
          "readOnly Bool, userIdentity Tuple(type Nullable(String), arn Nullable(String), principalId Nullable(String), "
          "invokedBy Nullable(String)))")
s.query("CREATE TABLE e ENGINE = Memory AS SELECT "
        "coalesce(r.userIdentity.arn, r.userIdentity.principalId, r.userIdentity.invokedBy) AS principal, "
        "r.userIdentity.type AS kind, r.eventSource AS source, r.eventName AS name, r.awsRegion AS region, "
        "r.errorCode AS error, r.readOnly AS read_only, substring(r.eventTime, 1, 13) AS hour, "
        "toUInt8(substring(r.eventTime, 12, 2)) AS hour_of_day, toDayOfWeek(parseDateTimeBestEffort(r.eventTime)) %% 7 AS weekday "
        f"FROM (SELECT arrayJoin(Records) AS r FROM file('{sys.argv[1]}', JSONEachRow, 'Records Array({record})'))")
print([int(str(s.query(q.replace("GROUP BY ALL", g))).strip()) for q, g in zip(%r, %r)])
""" % (QUERIES, ["GROUP BY principal, source, name, region, hour", "", "", "", "GROUP BY source, name"])

COST_DUCKDB = """
import duckdb, sys
c = duckdb.connect(config={"threads": 2})
print(len(c.execute(f'''SELECT "lineItem/UsageAccountId", "lineItem/ProductCode", "lineItem/UsageType", "lineItem/LineItemType",
    sum("lineItem/UnblendedCost"), sum("lineItem/UsageAmount"), count(*)
    FROM read_csv('{sys.argv[1]}', union_by_name = true) GROUP BY ALL''').fetchall()))
"""

ITEMS_DUCKDB = """
import duckdb, sys
c = duckdb.connect(config={"threads": 2})
c.execute(f'''CREATE TEMP TABLE i AS SELECT unnest(from_json(json, '{{"configurationItems":[{{"ARN":"VARCHAR",
    "resourceId":"VARCHAR","resourceType":"VARCHAR","awsAccountId":"VARCHAR","awsRegion":"VARCHAR",
    "configurationItemCaptureTime":"VARCHAR","configuration":"JSON","tags":"JSON",
    "relationships":[{{"resourceId":"VARCHAR","resourceType":"VARCHAR","name":"VARCHAR"}}]}}]}}').configurationItems) AS i
    FROM read_json_objects('{sys.argv[1]}', format = 'unstructured', maximum_object_size = 1073741824)''')
print(c.execute("SELECT count(*) FROM i").fetchone(),
      c.execute("SELECT count(*) FROM (SELECT unnest(i.relationships) FROM i)").fetchone(),
      c.execute("SELECT count(*) FROM (SELECT unnest(json_keys(i.tags)) FROM i)").fetchone())
"""


def run(commands):
    """Runs commands side by side; wall seconds, processor seconds, peak bytes of the largest."""
    start = time.monotonic()
    children = [subprocess.Popen(c, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, shell=isinstance(c, str)) for c in commands]
    cpu, peak = 0.0, 0
    for child in children:
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 2, 3):
            raise RuntimeError(f"{child.args} ended with {child.returncode}: {said.decode(errors='replace')[-2000:]}")
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss * 1024)
    return time.monotonic() - start, cpu, peak


def compare(title, contenders, base):
    """Rounds of all contenders in turn, then medians and the ratio of wall times to the base's."""
    figures = {name: [] for name, _ in contenders}
    failed = {}
    for _ in range(ROUNDS):
        for name, make in contenders:
            if name in failed:
                continue
            try:
                figures[name].append(run(make()))
            except (RuntimeError, OSError) as error:
                failed[name] = str(error)
                print(f"{name}: {error}", file=sys.stderr)
    print(f"\n## {title}, medians of {ROUNDS}\n\n| | wall s | CPU s | peak MB | wall / {base} (range) |\n|---|---|---|---|---|")
    for name, measured in figures.items():
        if not measured or name in failed:
            print(f"| {name} | failed | | | |")
            continue
        wall, cpu, peak = (statistics.median(column) for column in zip(*measured))
        ratios = [mine[0] / theirs[0] for mine, theirs in zip(measured, figures[base])]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})" if ratios else ""
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak / 1e6:.0f} | {spread} |")
    sys.stdout.flush()


def fresh(name):
    path = os.path.join(WORK, "out", name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def script(name, text):
    path = os.path.join(WORK, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def events(program, count):
    folder = os.path.join(WORK, f"events-{count}")
    files = sorted(os.path.join(at, f) for at, _, names in os.walk(folder) for f in names if f.endswith(".gz"))
    lists = [script(f"half-{half}.txt", "\n".join(files[half::2])) for half in (0, 1)]
    glob = f"{folder}/**/*.json.gz"
    best, common = script("best.sql", BEST), script("common.sql", COMMON)
    duckdb, chdb = script("events_duckdb.py", DUCKDB), script("events_chdb.py", CHDB)
    kept = os.path.join(WORK, f"store-{count}")
    if not os.path.isdir(kept):
        run([[program, "--quiet", "ingest", folder, "--store", kept]])
    contenders = [
        ("zcat in two processes", lambda: [f"xargs zcat < {one} > /dev/null" for one in lists]),
        ("sixpillars ingest", lambda: [[program, "--quiet", "ingest", folder, "--store", fresh("store")]]),
        ("sixpillars report", lambda: [[program, "--quiet", "report", folder, "--out", fresh("report")]]),
        ("sixpillars report of a store", lambda: [[program, "--quiet", "report", "--store", kept, "--out", fresh("again")]]),
        ("DuckDB, best form, five queries", lambda: [[PYTHON, duckdb, best, glob]]),
        ("chDB, five queries", lambda: [[PYTHON, chdb, glob]]),
    ]
    signed = f"{folder}-digests"
    if os.path.isdir(signed):
        contenders[3:3] = [
            ("the same with --keep-raw", lambda: [[program, "--quiet", "report", folder, "--keep-raw", "--out", fresh("raw")]]),
            ("report of the logs and their digests", lambda: [[program, "--quiet", "report", signed, "--out", fresh("signed")]]),
        ]
    if count <= 1_000_000:
        contenders.append(("DuckDB, read_json with columns", lambda: [[PYTHON, duckdb, common, glob]]))
    compare(f"{count:,} events", contenders, "zcat in two processes")


def beside_duckdb(program, folder, title, query, text, files):
    """`ingest` of a folder beside DuckDB's script over the same files."""
    duckdb = script("ingest_duckdb.py", text)
    contenders = [
        (query, lambda: [[PYTHON, duckdb, f"{folder}/**/{files}"]]),
        ("sixpillars ingest", lambda: [[program, "--quiet", "ingest", folder, "--store", fresh("store")]]),
    ]
    compare(title, contenders, query)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    program = os.path.abspath(parser.parse_args().program)
    for count in map(int, os.environ["EVENTS"].split()):
        events(program, count)
    lines, items = int(os.environ["COST_LINES"]), int(os.environ["ITEMS"])
    if lines:
        title = f"{lines:,} lines of a Cost and Usage Report"
        beside_duckdb(program, os.path.join(WORK, f"cost-{lines}"), title, "DuckDB read_csv, one query", COST_DUCKDB, "*.csv.gz")
    if items:
        title = f"{items:,} configuration items"
        beside_duckdb(program, os.path.join(WORK, f"items-{items}"), title, "DuckDB from_json, three tables", ITEMS_DUCKDB, "*.json.gz")


if __name__ == "__main__":
    main()
