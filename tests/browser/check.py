"""Opens reports in Chromium and checks what a reader can do with them, and what an attacker cannot.

    python3 tests/browser/check.py SIXPILLARS REPORT [--axe axe.min.js]
    python3 tests/browser/check.py --measure report.html

REPORT is the folder of the sample's report. A second report is made of hostile input. The browser is offline and
started with a profile of its own. Exits with 1 and a line for each check that failed.
"""

import argparse
import base64
import csv
import io
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hostile
from chromium import Chromium, Failed, Page

# Pages that the sample's report prints on, at most: 28 with the fonts that Chromium brings along on Debian, and room for others.
PRINTED_PAGES = 33
# Seconds until the page answers, on any report, and its size; the goals of issue 16.
INTERACTIVE, BYTES = 2.0, 5_000_000

failures = []


def check(what, holds, detail=""):
    print(("ok      " if holds else "FAILED  ") + what + (f": {detail}" if detail and not holds else ""), flush=True)
    if not holds:
        failures.append(what)


def same(what, got, expected):
    check(what, got == expected, f"{got!r}, expected {expected!r}")


def quiet(page, file, what):
    """Nothing was asked for but the file, nothing was complained about."""
    same(f"{what}: no request leaves", sorted({url for url in page.requests if not url.startswith(("blob:file:", "blob:null", "data:"))} - {file.as_uri()}
         - {url for url in page.requests if url.split("?")[0] == file.as_uri()}), [])
    same(f"{what}: no dialog, no error", page.wrong, [])


def choose(page, key, *values):
    """Ticks values of a filter, as a click does."""
    for value in values:
        page.run(f"[...document.querySelectorAll('.facet[data-key={key}] input')].find(i => i.value === {json.dumps(value)}).click()")


def visible(page, selector):
    return page.run(f"[...document.querySelectorAll({json.dumps(selector)})].filter(e => !e.closest('[hidden]')).length")


def filters(page, file):
    everything = visible(page, "main tr[data-severity]")
    critical = page.run("document.querySelectorAll('main tr[data-severity=critical]').length")
    check("the sample has rows of several severities", 0 < critical < everything, f"{critical} of {everything}")
    plain = visible(page, "main tr:not([data-severity])")
    choose(page, "severity", "critical")
    same("a filter leaves the rows that match", visible(page, "main tr[data-severity]"), page.run(
        "[...document.querySelectorAll('main tr[data-severity=critical]')].filter(r => !r.closest('details.wp[hidden]')).length"))
    check("rows that state no severity are not hidden by themselves", page.run("[...document.querySelectorAll('main tr:not([data-severity])')].every(r => !r.hidden)"), plain)
    same("boxes of other severities are hidden", visible(page, "details.wp[data-severity]:not([data-severity=critical])"), 0)
    state = page.run("document.querySelector('.state').textContent")
    found = re.search(r"Hidden: ([\d,]+) of ([\d,]+) rows, ([\d,]+) of ([\d,]+)", state)
    check("what is hidden is counted", bool(found), state)
    if found:
        hidden = int(found[1].replace(",", ""))
        attributes = "[data-severity],[data-status],[data-account],[data-region],[data-pillar],[data-framework]"
        same("the count is right", hidden, page.run(f"[...document.querySelectorAll('main tr')].filter(r => r.matches('{attributes}') && r.closest('[hidden]')).length"))
    check("the address holds the filter", page.run("location.search") == "?severity=critical", page.run("location.href"))
    choose(page, "account", "111122223333")
    same("two filters both hold", page.run("[...document.querySelectorAll('main tr[data-account]')].filter(r => !r.hidden && !r.dataset.account.split('\\n').includes('111122223333')).length"), 0)
    after = page.run("document.querySelector('.state').textContent")
    page.run("history.back()")
    page.wait("location.search === '?severity=critical'")
    page.wait(f"document.querySelector('.state').textContent === {json.dumps(state)}")
    check("back restores the filter before", True)
    page.run("history.forward()")
    page.wait(f"document.querySelector('.state').textContent === {json.dumps(after)}")
    check("forward restores the next", True)
    page.run("document.querySelector('.side nav a').click()")
    check("an anchor keeps the filters", "severity=critical" in page.run("location.search") and page.run("location.hash") != "", page.run("location.href"))
    address = page.run("location.href")
    page.open(address)
    page.wait("document.documentElement.classList.contains('ready')")
    same("the address restores the filters when it is opened", page.run("document.querySelector('.state').textContent"), after)
    page.run("document.querySelector('[data-clear]').click()")
    same("all is shown again when the filters are cleared", (page.run("document.querySelectorAll('main tr[hidden],details.wp[hidden]').length"), page.run("location.search")), (0, ""))
    for key in ("status", "region", "pillar", "framework"):
        value = page.run(f"document.querySelector('.facet[data-key={key}] input').value")
        choose(page, key, value)
        check(f"the filter by {key} hides something", page.run("document.querySelectorAll('main [hidden]').length") > 0, value)
        same(f"and nothing else than {key} asks for", page.run(
            f"[...document.querySelectorAll('main [data-{key}]')].filter(e => e.hidden === e.dataset.{key}.split('\\n').includes({json.dumps(value)})).length"), 0)
        page.run("document.querySelector('[data-clear]').click()")


def search(page):
    target = page.run("""(() => { const box = [...document.querySelectorAll('details.wp:not([open])')].find(b => b.querySelector('td'));
        return [box.querySelector('h4').id, box.querySelector('h4').textContent]; })()""")
    page.key("/", 191, "/")
    same("a slash focuses the search", page.run("document.activeElement.type"), "search")
    page.type(target[1][:60])
    page.wait("/ of |Not found/.test(document.querySelector('.search [role=status]').textContent)")
    found = page.run("document.querySelector('.search [role=status]').textContent")
    check("the search finds a heading and counts", bool(re.fullmatch(r"1 of [\d,]+", found)), found)
    check("the box that holds it is opened", page.run(f"document.getElementById({json.dumps(target[0])}).closest('details').open"), target)
    page.key("Escape", 27)
    page.wait("document.querySelector('.search input').value === ''")
    check("Escape clears, and folds what was opened", page.run(f"!document.getElementById({json.dumps(target[0])}).closest('details').open && !CSS.highlights.size"))
    page.run("document.querySelector('.search input').focus()")
    page.type("root")
    page.wait("/ of /.test(document.querySelector('.search [role=status]').textContent)")
    total = int(page.run("document.querySelector('.search [role=status]').textContent").split(" of ")[1].replace(",", ""))
    # Counted by another way: the text of each place that is shown, without the charts.
    text = page.run("""(() => { const main = document.querySelector('main').cloneNode(true);
        main.querySelectorAll('svg,.filters,.acts,.filtered').forEach(e => e.remove()); return main.textContent.toLowerCase().split('root').length - 1; })()""")
    same("every occurrence is counted", total, text)
    page.key("Enter", 13)
    check("Enter goes to the next", page.run("document.querySelector('.search [role=status]').textContent").startswith("2 of "))
    page.run("document.querySelectorAll('.search button')[0].click()")
    check("and a button back", page.run("document.querySelector('.search [role=status]').textContent").startswith("1 of "))
    page.run("document.querySelector('.search input').focus()")
    page.key("Escape", 27)


def column(page, table, at):
    return page.run(f"[...document.querySelectorAll('#{table} tbody tr:not(.sum)')].map(r => r.cells[{at}].textContent.trim())")


def sorting(page):
    page.run("document.querySelectorAll('details.wp').forEach(box => { box.open = true; })")
    tables = page.run("""[...document.querySelectorAll('.tbl[id][data-sort]')].map(b => [b.id, [...b.querySelectorAll('thead th')].map(h => h.className)])""")
    order = ["critical", "high", "medium", "low", "informational"]
    for kind, rank in (("s", lambda t: order.index(t) if t in order else 9), ("r", lambda t: float(re.sub(r"[^\d.].*", "", t.replace(",", "")) or "nan")), ("d", str)):
        tried = 0
        for table, heads in tables:
            if kind not in heads:
                continue
            at = heads.index(kind)
            before = column(page, table, at)
            if len(set(before)) < 3 or kind == "s" and not set(before) <= set(order) or kind == "r" and not all(re.fullmatch(r"[\d,]+(\.\d+)?( .*)?", t) for t in before):
                continue
            page.run(f"document.querySelectorAll('#{table} thead button')[{at}].focus()")
            page.key("Enter", 13, "\r")
            up = column(page, table, at)
            filled = [rank(t) for t in up if t != "–"]
            ok = filled == sorted(filled) and sorted(up) == sorted(before)
            page.key("Enter", 13, "\r")
            filled = [rank(t) for t in column(page, table, at) if t != "–"]
            ok = ok and filled == sorted(filled, reverse=True)
            ok = ok and page.run(f"document.querySelectorAll('#{table} thead th')[{at}].getAttribute('aria-sort')") == "descending"
            if not ok:
                check(f"{table} sorts by its column {at}", False, up[:8])
            tried += 1
        check({"s": "severities", "r": "numbers", "d": "times"}[kind] + f" sort as such, by keyboard ({tried} tables)", tried > 0)
    same("every table of more than three rows sorts", page.run(
        "[...document.querySelectorAll('main table')].filter(t => t.querySelectorAll('tbody tr:not(.sum)').length > 3 && !t.querySelector('thead button')).length"), 0)


def tables(browser, page):
    box = "priority-findings"
    with tempfile.TemporaryDirectory() as folder:
        browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
        page.run(f"document.querySelectorAll('#table-{box} .acts button')[1].click()")
        file, until = Path(folder) / f"{box}.csv", time.monotonic() + 20
        while not file.exists() and time.monotonic() < until:
            time.sleep(0.05)
        check("a table is saved under its id", file.exists(), list(Path(folder).iterdir()))
        time.sleep(0.2)
        lines = list(csv.reader(io.StringIO(file.read_text()))) if file.exists() else [[]]
    shown = page.run(f"[...document.querySelectorAll('#table-{box} tr')].map(r => [...r.cells].map(c => c.textContent.trim()))")
    same("its CSV holds the cells as shown", lines[:len(shown)], [["" if c == "–" else c for c in row] for row in shown])
    check("a cut is stated in its last line", lines[-1][0].startswith("cut: "), lines[-1])
    same("every table has both buttons", page.run("[...document.querySelectorAll('.tbl')].filter(b => b.querySelectorAll('.acts button').length !== 2).length"), 0)


def formulas(browser, page):
    """Cells that begin a formula, in a table of our making."""
    cells = ["=1+1", "+cmd", "-2+3", "@SUM(1)", "\t=1", "＝1", "-12.5", "x;=2", "\"=3", "plain"]
    page.run(f"""(() => {{ const body = document.querySelector('#table-priority-findings tbody'), cells = {json.dumps(cells)};
        [...body.rows].forEach((row, i) => {{ row.cells[1].textContent = cells[i]; }}); }})()""")
    with tempfile.TemporaryDirectory() as folder:
        browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
        page.run("document.querySelectorAll('#table-priority-findings .acts button')[1].click()")
        file, until = Path(folder) / "priority-findings.csv", time.monotonic() + 20
        while not file.exists() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.2)
        got = [row[1] for row in csv.reader(io.StringIO(file.read_text())) if len(row) > 1][1:len(cells) + 1] if file.exists() else []
    same("no cell of it is a formula", got, ["'=1+1", "'+cmd", "'-2+3", "'@SUM(1)", "'=1", "'＝1", "-12.5", "x;'=2", "'\"=3", "plain"])


def printed(page):
    pdf = base64.b64decode(page.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])
    count = max(map(int, re.findall(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)|/Count\s+(\d+)[^>]*?/Type\s*/Pages\b", pdf) and
                    [a or b for a, b in re.findall(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)|/Count\s+(\d+)[^>]*?/Type\s*/Pages\b", pdf)] or [0]))
    check(f"the sample prints on {count} pages, at most {PRINTED_PAGES}", 0 < count <= PRINTED_PAGES)


def reachable(browser, file, axe):
    """On a phone nothing is cut off; axe finds nothing serious, wide, dark and on a phone."""
    for name, how in (("wide", {}), ("dark", {"dark": True}), ("phone", {"width": 390, "height": 844, "phone": True})):
        page = Page(browser, **how)
        page.open(file)
        if name == "phone":
            same("the page does not scroll sideways on a phone", page.run("document.documentElement.scrollWidth"), 390)
            same("no chart is cut on a phone", page.run("[...document.querySelectorAll('svg')].filter(s => s.checkVisibility() && s.getBoundingClientRect().right > 390).length"), 0)
        if axe:
            page.run("document.querySelector('.facet').open = true")
            page.run(axe)
            found = page.run("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => [v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)]))")
            for one in found:
                print(f"        axe, {name}: {one}")
            same(f"axe finds nothing serious ({name})", [one for one in found if one[0] in ("serious", "critical")], [])
        page.close()


# What our renderer never writes, and each attack would need.
ALIVE = """(() => {
  const wrong = [...document.querySelectorAll('iframe,object,embed,img,video,audio,form,base,textarea,template,math,foreignObject,svg a,script ~ script,style ~ style')].map(e => e.outerHTML.slice(0, 200));
  for (const e of document.querySelectorAll('*')) for (const a of e.attributes)
    if (a.name.startsWith('on') || a.name === 'style' || a.name === 'src' || a.name === 'srcdoc' ||
        a.name === 'href' && !/^(#|workpapers\\/|(report|annex)\\.html|findings\\.csv$|data:,$)/.test(a.value)) wrong.push(e.outerHTML.slice(0, 200));
  if (document.scripts.length !== 1) wrong.push('scripts: ' + document.scripts.length);
  if (document.querySelectorAll('style').length !== 1) wrong.push('styles');
  if (document.querySelectorAll('meta[http-equiv]').length !== 1) wrong.push('metas');
  return wrong;
})()"""


def attacked(browser, file, texts):
    page = Page(browser)
    page.open(file)
    same(f"of {len(texts)} attacks none is alive", page.run(ALIVE), [])
    seen = page.run("document.querySelector('main').textContent")
    arrived = sum(1 for text in texts if " ".join(text.split())[:20] in seen)
    check(f"they are there, as text ({arrived} word for word)", arrived >= len(texts) // 2)
    page.run("document.querySelector('[data-unfold]').click()")
    for key in ("account", "region"):
        inputs = page.run(f"document.querySelectorAll('.facet[data-key={key}] input').length")
        for n in range(min(inputs, 80)):
            page.run(f"document.querySelectorAll('.facet[data-key={key}] input')[{n}].click()")
        if inputs:
            page.run("document.querySelector('[data-clear]').click()")
    for text in texts[:6]:
        page.run("document.querySelector('.search input').value = ''; document.querySelector('.search input').focus()")
        page.type(text)
        page.wait("/ of |Not found/.test(document.querySelector('.search [role=status]').textContent)")
    page.run("document.querySelectorAll('thead button').forEach(b => b.click())")
    page.run("document.querySelectorAll('.acts button:first-child').forEach((b, i) => { if (i < 20) b.click(); })")
    page.run("document.querySelectorAll('*').forEach((e, i) => { if (i % 50 === 0) e.dispatchEvent(new MouseEvent('mouseover', {bubbles: true})); })")
    for hash in ("#%3Cscript%3Ealert(1)%3C/script%3E", "#%", "?account=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&severity=__proto__#constructor"):
        page.open(file.as_uri() + hash)
    same("nor after the page was used", page.run(ALIVE), [])
    quiet(page, file, "hostile input")
    page.close()


def other_outputs(folder):
    """The drawings beside the report are pictures that run nothing."""
    wrong = [svg.name for svg in sorted((folder / "charts").glob("*.svg")) if re.search(r"<script|<foreignObject|<image|\son\w+\s*=\s*\"|href\s*=\s*\"(?!#)", svg.read_text(), re.I)]
    same("no drawing holds a script, an image or a link", wrong, [])


def measure(browser, file):
    """Bytes, and seconds until a filter has done its work, from the start of the navigation."""
    page = Page(browser)
    page.open(file)
    page.wait("document.documentElement.classList.contains('ready')")
    ready = page.run("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd") / 1000
    script = """(() => { const start = performance.now(); document.querySelector('.facet input').click();
        document.querySelector('main').getBoundingClientRect(); return (performance.now() - start) / 1000; })()"""
    filtered = page.run(script)
    page.run("document.querySelector('[data-clear]').click()")
    page.run("document.querySelector('.search input').focus()")
    found = page.run("""new Promise(done => { const start = performance.now(), input = document.querySelector('.search input'), status = document.querySelector('.search [role=status]');
        new MutationObserver(() => { if (/ of |Not found/.test(status.textContent)) done((performance.now() - start) / 1000); }).observe(status, {childList: true});
        input.value = 'root'; input.dispatchEvent(new Event('input')); })""")
    page.close()
    size = file.stat().st_size
    print(f"        {file}: {size:,} bytes; DOMContentLoaded {ready:.2f} s, first filter {filtered:.2f} s, first search {found:.2f} s")
    return size, ready + filtered


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("binary", nargs="?", type=Path)
    arguments.add_argument("report", nargs="?", type=Path)
    arguments.add_argument("--axe", type=Path, help="axe.min.js of axe-core")
    arguments.add_argument("--measure", type=Path, help="only measure this page")
    arguments.add_argument("--templates", help="passed on to the report of hostile input")
    given = arguments.parse_args()
    browser = Chromium()
    try:
        if given.measure:
            size, seconds = measure(browser, given.measure.resolve())
            check(f"at most {BYTES:,} bytes", size <= BYTES, f"{size:,}")
            check(f"interactive within {INTERACTIVE} s", seconds <= INTERACTIVE, f"{seconds:.2f} s")
            return
        # What is read, and what is looked up: boxes and results stand in the annex.
        report, annex = (given.report.resolve() / name for name in ("report.html", "annex.html"))
        page = Page(browser)
        page.open(annex)
        same("nothing our renderer does not write in the annex", page.run(ALIVE), [])
        filters(page, annex)
        search(page)
        sorting(page)
        quiet(page, annex, "the sample's annex")
        page.close()
        page = Page(browser)
        page.open(report)
        same("nothing our renderer does not write in the report", page.run(ALIVE), [])
        check("links lead into the annex", page.run("[...document.querySelectorAll('main a[href^=\"annex.html#\"]')].length") > 20)
        printed(page)
        tables(browser, page)
        formulas(browser, page)
        quiet(page, report, "the sample")
        page.close()
        if not given.axe:
            print("axe-core could not be had: accessibility was not checked")
        for file in (report, annex):
            reachable(browser, file, given.axe.read_text() if given.axe else None)
            measure(browser, file)
        with tempfile.TemporaryDirectory() as folder:
            export, out = Path(folder) / "in", Path(folder) / "out"
            texts = hostile.write(export)
            command = [given.binary.resolve(), "report", export, "--out", out, *(["--templates", given.templates] if given.templates else [])]
            made = subprocess.run(command, capture_output=True, text=True)
            check("hostile input makes a report", (out / "report.html").is_file(), made.stderr[-500:])
            for name in ("report.html", "annex.html"):
                if (out / name).is_file():
                    attacked(browser, out / name, texts)
            other_outputs(out)
    finally:
        browser.close()
    print(f"{len(failures)} checks failed" if failures else "all checks hold")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        check("the browser does what it is asked", False, error)
    sys.exit(1 if failures else 0)
