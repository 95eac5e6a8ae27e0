// A click on a column's name sorts the rows by it, the best first; the next click turns the order around.
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const heading = button.parentElement;
    const headings = heading.parentElement;
    const body = headings.closest("table").tBodies[0];
    const direction = heading.ariaSort
      ? (heading.ariaSort === "ascending" ? -1 : 1)
      : Number(button.dataset.first);
    const place = heading.cellIndex;
    const rows = [...body.rows].map((row) => {
      const cell = row.cells[place];
      const text = (cell.querySelector("small[title]") || cell).textContent.trim();
      return { row, text, key: cell.dataset.key === undefined ? null : Number(cell.dataset.key), missing: text === "–" };
    });
    rows.sort((a, b) =>
      a.missing - b.missing ||
      direction * (a.key === null || b.key === null ? a.text.localeCompare(b.text, "en", { numeric: true }) : a.key - b.key));
    body.append(...rows.map(({ row }) => row));
    for (const other of headings.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
  });
}

// Another reference: what it changes is in the page. Numbers there are text, as a reader sees them.
const parse = (text) => Number(text.replace("−", "-").replaceAll(",", ""));
for (const select of document.querySelectorAll(".pick select")) {
  const section = select.closest("section");
  const { scale, references } = JSON.parse(section.querySelector("script").textContent);
  select.addEventListener("change", () => {
    const { sentences, rows } = references[select.selectedIndex];
    section.querySelectorAll(".choice > *").forEach((part, place) => { part.textContent = sentences[place]; });
    for (const row of section.querySelectorAll("tr[data-row]")) {
      const [value, interval, word, changes] = rows[row.dataset.row] || ["–", "", "", "–"];
      const [gain, changed] = row.querySelectorAll("td.gain, td.changed");
      gain.querySelector("b").textContent = value;
      changed.textContent = changes;
      delete gain.dataset.key;
      if (value !== "–") gain.dataset.key = word ? parse(value) : 0;
      const drawing = gain.querySelector("svg");
      if (!drawing) continue;
      gain.querySelector("small").textContent = interval;
      Object.assign(gain.querySelector("i"), { textContent: word, className: word });
      if (!word) continue;
      const [x1, x2] = interval.split(" to ").map((end) => `${50 + scale * parse(end)}%`);
      const line = drawing.querySelector("line.mark");
      line.setAttribute("x1", x1);
      line.setAttribute("x2", x2);
      drawing.querySelector("circle").setAttribute("cx", `${50 + scale * parse(value)}%`);
    }
  });
}

document.getElementById("search")?.addEventListener("input", ({ target }) => {
  const wanted = target.value.trim().toLowerCase();
  for (const row of document.querySelectorAll("tbody tr, .lines li")) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
});
