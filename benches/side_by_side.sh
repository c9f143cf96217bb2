#!/usr/bin/env bash
# Times sixpillars beside zcat, DuckDB and chDB on the same generated files, in turns, and prints a table.
# Needs a Rust toolchain, zcat and Python 3.11 or later; installs DuckDB and chDB into a virtual environment.
#
#   benches/side_by_side.sh                  1 and 6 million events, 2 million cost lines, 200,000 items
#   EVENTS="100000" ROUNDS=3 benches/side_by_side.sh
#
# Everything generated is kept in WORK (default: a folder beside the system's temporary files), so that a
# second run starts at once.
set -euo pipefail
cd "$(dirname "$0")/.."

export EVENTS="${EVENTS:-1000000 6000000}" COST_LINES="${COST_LINES:-2000000}" ITEMS="${ITEMS:-200000}"
export ROUNDS="${ROUNDS:-5}" WORK="${WORK:-${TMPDIR:-/tmp}/sixpillars-side-by-side}"
mkdir -p "$WORK"

cargo build --release --locked -p sample-generator
cargo build --release --locked
if [ ! -x "$WORK/venv/bin/python" ]; then
    python3 -m venv "$WORK/venv"
    "$WORK/venv/bin/pip" install --quiet duckdb==2.0.0 chdb
fi

generate=target/release/sample-generator
for events in $EVENTS; do
    [ -d "$WORK/events-$events" ] || "$generate" --distinct --events "$events" --only cloudtrail --out "$WORK/events-$events"
    # The same log files, with the digests of every hour beside them.
    [ "$events" -gt 1000000 ] || [ -d "$WORK/events-$events-digests" ] ||
        "$generate" --distinct --digests --events "$events" --only cloudtrail --out "$WORK/events-$events-digests"
done
[ "$COST_LINES" = 0 ] || [ -d "$WORK/cost-$COST_LINES" ] || "$generate" --cost-lines "$COST_LINES" --out "$WORK/cost-$COST_LINES"
[ "$ITEMS" = 0 ] || [ -d "$WORK/items-$ITEMS" ] || "$generate" --config-items "$ITEMS" --out "$WORK/items-$ITEMS"

exec "$WORK/venv/bin/python" benches/side_by_side.py --program target/release/sixpillars
