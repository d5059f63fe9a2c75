"""Opens a report's page in a browser and checks what is seen: page_check.py PAGE."""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

# Runs in the page: what does not fit, what cannot be read, what was loaded.
PROBE = """<script>
addEventListener("load", () => {
    const wrong = [];
    const seen = (element) => element.getBoundingClientRect();
    if (document.documentElement.scrollWidth > innerWidth) wrong.push("the page is wider than the window");
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
    const colours = getComputedStyle(document.body);
    document.body.textContent = "@" + JSON.stringify({
        wrong, tables: tables, charts: charts, text: all, bold: bold,
        loaded: performance.getEntriesByType("resource").map((entry) => entry.name),
        ink: colours.color, dark: matchMedia("(prefers-color-scheme: dark)").matches,
    }) + "@";
});
addEventListener("DOMContentLoaded", () => {
    window.tables = document.querySelectorAll("table").length;
    window.charts = document.querySelectorAll("svg").length;
    window.bold = document.querySelectorAll("b").length;
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


def main(page):
    text = open(page).read()
    outside = re.findall(r'(?:src|href|url|@import|https?:)[^\n]{0,40}', text)
    assert not outside, outside
    with tempfile.TemporaryDirectory() as place:
        probed = os.path.join(place, "probed.html")
        open(probed, "w").write(text.replace("</head>", PROBE + "</head>"))
        colours = {}
        # The browser's numbers for dark and light.
        for name, scheme in ("dark", 0), ("light", 1):
            look = f"--blink-settings=preferredColorScheme={scheme}"
            for width in 1200, 700:
                dom = browser(place, look, f"--window-size={width},2000", "--dump-dom", f"file://{probed}")
                found = json.loads(
                    re.search("<body>@(.*)@", dom, re.S).group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
                )
                assert found["wrong"] == [], found["wrong"]
                assert found["loaded"] == [], found["loaded"]
                assert found["tables"] == 2 and found["charts"] == 2 and found["bold"] == 0, found
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
    for words in "Storage drivers compared", "Kernels and drivers", "Benchmark", "mount-1", "2 passed":
        assert words in printed, (words, printed)


main(sys.argv[1])
