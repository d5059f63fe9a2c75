"""Opens a report in a browser and checks what is seen: page_check.py PAGE, or page_check.py --markdown FILE REPORT."""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

# Runs in the page: what does not fit, what cannot be read, what was loaded; and what filters, heads and cells do.
PROBE = """<script>
addEventListener("load", () => {
    const wrong = [];
    const check = (holds, what) => { if (!holds) wrong.push(what); };
    const seen = (element) => element.getBoundingClientRect();
    const fits = () => check(document.documentElement.scrollWidth <= innerWidth, "the page is wider than the window");
    fits();
    check(document.documentElement.clientWidth <= innerWidth && innerWidth == WIDTH, "the window is " + innerWidth + " wide");
    for (const chart of document.querySelectorAll("svg")) {
        const box = chart.viewBox.baseVal;
        for (const part of chart.querySelectorAll("text, rect")) {
            const own = part.getBBox();
            if (own.x < 0 || own.x + own.width > box.width || own.y < 0 || own.y + own.height > box.height)
                wrong.push("outside of its chart: " + part.outerHTML);
            if (own.width <= 0) wrong.push("not to be seen: " + part.outerHTML);
        }
    }
    for (const part of document.querySelectorAll("h1, h2, td, th, figcaption"))
        if (part.textContent && seen(part).width < 5) wrong.push("not to be seen: " + part.outerHTML);
    const heat = document.getElementById("heat");
    if (heat) {
        const rows = () => [...heat.tBodies[0].rows].filter((row) => seen(row).height > 0);
        const all = rows().length, form = document.getElementById("filters");
        check(all > 0 && !form.hidden, "no rows or no filters");
        const select = form.querySelector("select"), search = document.getElementById("search");
        const change = (part, value) => { part.value = value; part.dispatchEvent(new Event("input", { bubbles: true })); };
        const chosen = select.options[1].text;
        change(select, chosen);
        check(rows().length > 0 && rows().length < all && rows().every((row) => row.dataset[select.dataset.for] == chosen), "the filter");
        change(select, "");
        change(search, "no such word");
        check(rows().length == 0, "the search finds what is not there");
        change(search, chosen);
        check(rows().length > 0 && rows().length < all, "the search");
        change(search, "");
        check(rows().length == all, "the filters are not undone");
        const last = heat.tHead.rows[0].cells.length - 1;
        const values = () => rows().map((row) => row.cells[last].dataset.value).filter((value) => value !== undefined).map(Number);
        for (const sign of [1, -1]) {
            heat.tHead.rows[0].cells[last].click();
            check(values().every((value, index) => !index || sign * (value - values()[index - 1]) >= 0), "the order " + sign);
        }
        const cell = heat.querySelector("button");
        check(getComputedStyle(cell.parentElement).backgroundColor != getComputedStyle(document.body).backgroundColor, "no heat");
        cell.click();
        const opened = heat.querySelector(".opened");
        check(opened && opened.querySelectorAll("circle").length >= 6 && /bare: .*, /.test(opened.innerText), "no samples");
        fits();
        cell.click();
        check(!heat.querySelector(".opened"), "the samples stay");
    }
    const colours = getComputedStyle(document.body);
    document.body.textContent = "@" + JSON.stringify({
        wrong, tables: tables, charts: charts, text: all, bold: bold, heads: heads,
        loaded: performance.getEntriesByType("resource").map((entry) => entry.name),
        ink: colours.color, dark: matchMedia("(prefers-color-scheme: dark)").matches,
    }) + "@";
});
addEventListener("DOMContentLoaded", () => {
    window.tables = [...document.querySelectorAll("table")].map((table) => [table.rows.length, table.rows[0].cells.length]);
    window.charts = document.querySelectorAll("figure").length;
    window.bold = [...document.querySelectorAll("b, strong")].map((part) => part.textContent);
    window.heads = [...document.querySelectorAll("h2")].map((part) => part.textContent);
    window.all = document.body.innerText;
});
</script>"""


def browser(place, *words):
    command = ["chromium-headless-shell", "--no-sandbox", "--disable-gpu", f"--user-data-dir={place}/profile"]
    outcome = subprocess.run(command + list(words), capture_output=True, text=True, timeout=100)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


def corner(path):
    """The colour of a PNG's first pixel."""
    data = open(path, "rb").read()
    position, packed = 8, b""
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        if data[position + 4 : position + 8] == b"IDAT":
            packed += data[position + 8 : position + 8 + length]
        position += length + 12
    # The first line's filter does nothing to its first pixel.
    return tuple(zlib.decompress(packed)[1:4])


def probe(place, text, look, width):
    probed = os.path.join(place, "probed.html")
    # The page forbids everything but what stands in it, and this does.
    open(probed, "w").write(text.replace("</head>", PROBE.replace("WIDTH", str(width)) + "</head>"))
    dom = browser(place, look, f"--window-size={width},2000", "--dump-dom", f"file://{probed}")
    found = re.search("<body>@(.*)@", dom, re.S)
    assert found, dom[-2000:]
    found = json.loads(found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert found["wrong"] == [] and found["loaded"] == [], found
    return found


def main(page):
    text = open(page).read()
    outside = re.findall(r'(?:src=|href|url\(|@import|https?:)[^\n]{0,40}', text)
    assert not outside, outside
    with tempfile.TemporaryDirectory() as place:
        colours = {}
        # The browser's numbers for dark and light.
        for name, scheme in ("dark", 0), ("light", 1):
            look = f"--blink-settings=preferredColorScheme={scheme}"
            for width in 1400, 360:
                found = probe(place, text, look, width)
                assert found["heads"][:2] == ["Failures", "Kernels and drivers"], found["heads"]
                assert len(found["tables"]) in (2, 3) and found["tables"][0] == found["tables"][0], found
                assert found["charts"] == 2 and all("broken" in part for part in found["bold"]), found
                assert '<b>broken & "odd"' in found["text"], found["text"]
                assert found["dark"] == (name == "dark"), found
                ink = found["ink"]
            picture = os.path.join(place, "page.png")
            browser(place, look, "--window-size=1200,2000", f"--screenshot={picture}", f"file://{page}")
            colours[name] = (corner(picture), ink)
        paper = os.path.join(place, "page.pdf")
        browser(place, "--no-pdf-header-footer", f"--print-to-pdf={paper}", f"file://{page}")
        printed = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True).stdout
    (dark, ink_in_dark), (light, ink_in_light) = colours["dark"], colours["light"]
    assert max(dark) < 60 and ink_in_dark == "rgb(255, 255, 255)", colours
    assert min(light) > 240 and ink_in_light == "rgb(0, 0, 0)", colours
    for words in "Storage drivers compared", "Kernels and drivers", "Benchmark", "mount-1", "2 passed", "Failures":
        assert words in printed, (words, printed)


def markdown(file, report):
    """What --markdown prints, as a forge shows it: tables that scroll, and nothing of their marks left."""
    made = subprocess.run(["cmark-gfm", "-e", "table", file], capture_output=True, text=True, check=True).stdout
    kernels = json.load(open(report))["kernels"]
    columns = 3 + len({result["target"] for kernel in kernels for result in kernel["benchmark"]})
    page = (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<style>body{overflow-wrap:anywhere} table{display:block;overflow:auto;max-width:100%;overflow-wrap:normal}</style></head><body>"
        + made + "</body></html>"
    )
    with tempfile.TemporaryDirectory() as place:
        for width in 1400, 360:
            found = probe(place, page, "--blink-settings=preferredColorScheme=1", width)
            assert [table[1] for table in found["tables"]] == [columns, 8], found["tables"]
            assert all(rows > 1 for rows, _ in found["tables"]), found["tables"]
            assert "\\" not in found["text"] and "|" not in found["text"] and "**" not in found["text"], found["text"]
            assert '<b>broken & "odd"' in found["text"] and "Failures" in found["bold"], found


if sys.argv[1] == "--markdown":
    markdown(sys.argv[2], sys.argv[3])
else:
    main(sys.argv[1])
