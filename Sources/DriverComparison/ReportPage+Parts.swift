extension ReportPage {
    static let style = """
        :root { color-scheme: light dark; --line: #8885; --bar: #3b76c4; --bad: #c0392b; --good: #2e8b57; --odd: #b8860b }
        body { font: 15px/1.45 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
        table { border-collapse: collapse; margin: 1rem 0; width: 100% } table, td, th { overflow-wrap: normal }
        th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top }
        .failed, .problem { color: var(--bad); font-weight: bold } .passed { color: var(--good) } .declared { color: var(--odd) }
        .passed, .declared, .skipped, .failed { white-space: nowrap } .conclusion { font-size: 1.1rem }
        .failures { border-left: 4px solid var(--bad); padding-left: 1rem } small { font-weight: normal; opacity: .75 }
        pre { white-space: pre-wrap; font-size: 12px } figure { margin: 1.5rem 0; break-inside: avoid }
        figcaption { font-weight: 600 } svg { width: 100%; height: auto } svg text { fill: currentColor; font-size: 12px }
        svg rect { fill: var(--bar) } svg line { stroke: currentColor; stroke-dasharray: 3 3; opacity: .6 }
        .scroll { overflow-x: auto } #heat td, #heat th { white-space: nowrap } #heat thead th { cursor: pointer }
        #heat tbody th { font-weight: 600 } #heat td.heat { padding: 0; text-align: right;
            background: color-mix(in srgb, var(--colour, transparent) var(--heat, 0%), transparent) }
        #heat button { all: unset; box-sizing: border-box; width: 100%; padding: .3rem .6rem; cursor: pointer; text-align: right }
        #heat button:focus-visible { outline: 2px solid var(--bar) } #heat .best button { font-weight: bold; text-decoration: underline }
        #heat td.detail { white-space: normal } .detail table { width: auto } .script .minor { display: none } .script.every .minor { display: table-row }
        tr[hidden] { display: none !important } .dot { fill: var(--bar) } #filters label { margin-right: 1rem; white-space: nowrap } #filters select { max-width: 55vw }
        .detail svg { max-width: 40rem } .legend { font-size: 13px; opacity: .85 } [aria-sort=ascending]::after { content: " ▲" }
        [aria-sort=descending]::after { content: " ▼" }
        @media (max-width: 40rem) { body { margin: 1rem auto; padding: 0 .6rem } th, td, #heat button { padding: .25rem .35rem } #heat { font-size: 13px }
            #heat td:nth-child(2) { white-space: normal; overflow-wrap: anywhere; min-width: 5rem } }
        @media print { body { max-width: none; margin: 0 } h2 { break-after: avoid } #filters { display: none } .scroll { overflow: visible }
            #heat { font-size: 10px; print-color-adjust: exact } #heat td, #heat th { white-space: normal } }
        """

    static let script = """
        "use strict";
        (() => {
            const table = document.getElementById("heat");
            if (!table) return;
            const body = table.tBodies[0], rows = [...body.rows], form = document.getElementById("filters");
            const samples = JSON.parse(document.getElementById("samples").textContent);
            const every = document.getElementById("every"), search = document.getElementById("search");
            document.documentElement.classList.add("script");
            form.hidden = false;
            const close = () => { for (const open of body.querySelectorAll(".opened")) open.remove(); };
            const filter = () => {
                close();
                document.documentElement.classList.toggle("every", !!every && every.checked);
                const words = search.value.toLowerCase().split(/\\s+/);
                for (const row of rows) {
                    const text = row.textContent.toLowerCase();
                    row.hidden = [...form.querySelectorAll("select")].some(s => s.value && row.dataset[s.dataset.for] !== s.value)
                        || !words.every(word => text.includes(word));
                }
            };
            form.addEventListener("input", filter);
            form.addEventListener("submit", event => event.preventDefault());
            const heads = [...table.tHead.rows[0].cells];
            const value = (row, column) => {
                const cell = row.cells[column];
                return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
            };
            const compare = (a, b) => typeof a === typeof b
                ? (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true })) : typeof a === "number" ? -1 : 1;
            heads.forEach((head, column) => {
                head.tabIndex = 0;
                const sort = () => {
                    close();
                    const down = head.getAttribute("aria-sort") === "ascending";
                    for (const other of heads) other.removeAttribute("aria-sort");
                    head.setAttribute("aria-sort", down ? "descending" : "ascending");
                    const sorted = [...rows].sort((a, b) => compare(value(a, column), value(b, column)) * (down ? -1 : 1));
                    body.append(...sorted);
                };
                head.addEventListener("click", sort);
                head.addEventListener("keydown", event => { if (event.key === "Enter") sort(); });
            });
            const holder = document.createElement("div");
            holder.innerHTML = "<svg></svg>";
            const drawing = holder.firstChild.namespaceURI;
            const element = (name, text, isDrawn) => {
                const made = isDrawn ? document.createElementNS(drawing, name) : document.createElement(name);
                if (text !== undefined) made.textContent = text;
                return made;
            };
            const strip = sets => {
                const all = sets.flatMap(([, values]) => values.map(value => value.number));
                const low = Math.min(...all), high = Math.max(...all), svg = element("svg", undefined, true);
                svg.setAttribute("viewBox", "0 0 500 " + sets.length * 24);
                sets.forEach(([name, values], line) => {
                    const label = element("text", name, true);
                    label.setAttribute("y", line * 24 + 16);
                    svg.append(label);
                    for (const value of values) {
                        const dot = element("circle", undefined, true);
                        dot.setAttribute("cx", 110 + (high > low ? (value.number - low) / (high - low) : .5) * 380);
                        dot.setAttribute("cy", line * 24 + 12);
                        dot.setAttribute("r", 5);
                        dot.setAttribute("class", "dot");
                        dot.setAttribute("fill-opacity", ".55");
                        dot.append(element("title", value.text, true));
                        svg.append(dot);
                    }
                });
                return svg;
            };
            body.addEventListener("click", event => {
                const button = event.target.closest("button");
                if (!button) return;
                const row = button.closest("tr"), was = row.nextElementSibling;
                const same = was && was.classList.contains("opened") && was.dataset.cell === button.dataset.cell;
                close();
                if (same) return;
                const entry = samples[button.dataset.cell], opened = element("tr"), cell = element("td");
                opened.className = "opened";
                opened.dataset.cell = button.dataset.cell;
                cell.className = "detail";
                cell.colSpan = heads.length;
                const sets = [["bare", entry.bare], [entry.driver, entry.values]].filter(([, values]) => values.length);
                cell.append(element("p", entry.title), strip(sets));
                for (const [name, values] of sets)
                    cell.append(element("p", name + ": " + values.map(value => value.text).join(", ")));
                cell.append(element("p", entry.note));
                opened.append(cell);
                row.after(opened);
            });
        })();
        """
}
