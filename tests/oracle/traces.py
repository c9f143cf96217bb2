#!/usr/bin/env python3
"""Runs the binary over traces of events, each on its own, and lists what the controls say about them.

A trace is a file of CloudTrail records, or with `--whole` a folder of them. For each one a report is written into a
folder of its own, without engagement, and the exceptions of controls at or above a severity are printed, one line for
each different sentence. Public attack traces show so which attacks are named, and by which control; benign ones, which
controls speak although nothing happened.

    python3 tests/oracle/traces.py TRACES...                        severity medium and above
    python3 tests/oracle/traces.py --severity high BENIGN           nothing may be printed
    python3 tests/oracle/traces.py --whole --rates MONTH            one trace, with exceptions per population
    python3 tests/oracle/traces.py --without event-offensive-user-agent TRACES...

The last one leaves a control out: what is found by the user agent alone is nothing that an attacker could not hide.
Exit code 1 when a trace could not be evaluated, and with `--silent` also when anything was printed about one.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEVERITIES = ("informational", "low", "medium", "high", "critical")
SUFFIXES = (".json", ".json.gz", ".jsonl", ".ndjson", ".csv", ".csv.gz")


def traces(inputs: list[Path], whole: bool) -> list[tuple[str, Path]]:
    """Names and paths of the traces below the inputs, in order."""
    found = []
    for given in inputs:
        if whole or given.is_file():
            found.append((given.name, given))
            continue
        files = sorted(p for p in given.rglob("*") if p.is_file() and p.name.endswith(SUFFIXES))
        found += [(str(p.relative_to(given)), p) for p in files]
    return found


def report(binary: Path, trace: Path, out: Path) -> str | None:
    """Writes a report; what went wrong, if anything did."""
    done = subprocess.run(
        [binary, "report", trace, "--out", out, "--no-engagement", "--quiet"], capture_output=True, text=True, check=False
    )
    # 3: written, but not all is sound; a trace of some minutes never covers a period.
    return None if done.returncode in (0, 3) else (done.stderr.strip().splitlines() or ["failed"])[0]


def exceptions(out: Path, least: int, without: set[str]) -> Counter:
    """How often each control says which sentence."""
    said: Counter = Counter()
    with (out / "workpapers" / "exceptions.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if SEVERITIES.index(row["severity"]) >= least and row["control"] not in without:
                said[(row["severity"], row["control"], row["reason"])] += 1
    return said


def undetermined(out: Path, controls: dict[str, dict], least: int, without: set[str]) -> Counter:
    """How often each control could not decide, and why."""
    said: Counter = Counter()
    with (out / "workpapers" / "undetermined.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            severity = controls.get(row["control"], {}).get("severity", "informational")
            if row["control"].startswith("event-") and SEVERITIES.index(severity) >= least and row["control"] not in without:
                said[(severity, row["control"], row["reason"])] += 1
    return said


def controls_of(out: Path) -> dict[str, dict]:
    """The controls of a report by id, as `report.json` has them."""
    return json.loads((out / "report.json").read_text(encoding="utf-8"))["controls"]


def rates(controls: dict[str, dict], least: int) -> list[str]:
    """Exceptions per population of each control that has a population."""
    lines = []
    for key, control in sorted(controls.items()):
        population, noted = control["counts"]["population"], control["counts"]["exceptions"]
        if key.startswith("event-") and SEVERITIES.index(control["severity"]) >= least and population:
            lines.append(f"  {control['severity']:<9} {key:<44} {noted:>6} of {population:>7} ({noted / population:.1%})")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+", type=Path, metavar="FILE|FOLDER")
    parser.add_argument("--binary", type=Path, default=ROOT / "target" / "release" / "sixpillars")
    parser.add_argument("--severity", choices=SEVERITIES, default="medium", help="the least that is listed")
    parser.add_argument("--whole", action="store_true", help="each folder is one trace")
    parser.add_argument("--without", nargs="*", default=[], metavar="CONTROL", help="controls that are left out")
    parser.add_argument("--rates", action="store_true", help="exceptions per population of each control")
    parser.add_argument("--undetermined", action="store_true", help="also rows that could not be decided")
    parser.add_argument("--silent", action="store_true", help="fail when a trace has an exception")
    options = parser.parse_args()
    least, without = SEVERITIES.index(options.severity), set(options.without)
    failed = loud = 0
    all_traces = traces(options.inputs, options.whole)
    for name, path in all_traces:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "report"
            wrong = report(options.binary, path, out)
            print(f"## {name}")
            if wrong:
                failed += 1
                print(f"  not evaluated: {wrong}")
                continue
            said = exceptions(out, least, without)
            loud += bool(said)
            for (severity, control, reason), times in sorted(said.items(), key=lambda s: (-SEVERITIES.index(s[0][0]), s[0])):
                print(f"  {severity:<9} {control}: {reason}" + (f" (and {times - 1} more)" if times > 1 else ""))
            if not said:
                print(f"  no exception of severity {options.severity} or above")
            if options.undetermined:
                for (severity, control, reason), times in sorted(undetermined(out, controls_of(out), least, without).items()):
                    print(f"  undetermined {control}: {reason}" + (f" (and {times - 1} more)" if times > 1 else ""))
            if options.rates:
                print("\n".join(rates(controls_of(out), least)))
    print(f"{len(all_traces)} traces: {loud} with exceptions, {failed} not evaluated")
    return 1 if failed or options.silent and loud else 0


if __name__ == "__main__":
    sys.exit(main())
