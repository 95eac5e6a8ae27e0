// Numbers are read from the page, as a reader sees them.
const read = (text) => Number(text.replace("−", "-").replaceAll(",", ""));

for (const { tHead, tBodies } of document.querySelectorAll("table")) {
  const names = [...tHead.rows[0].cells].map((heading) => heading.querySelector("button").textContent);
  for (const row of tBodies[0].rows) [...row.cells].forEach((cell, place) => { cell.dataset.name = names[place]; });
}

// A click on a column's name sorts the rows by it, the best first; the next click turns the order around.
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const heading = button.parentElement;
    const headings = heading.parentElement;
    const body = headings.closest("table").tBodies[0];
    const direction = heading.ariaSort
      ? (heading.ariaSort === "ascending" ? -1 : 1)
      : Number(button.dataset.first);
    const rows = [...body.rows].map((row) => {
      const cell = row.cells[heading.cellIndex];
      const text = (cell.querySelector("small[title], b") || cell.firstChild).textContent.trim();
      return { row, text, key: text === "reference" ? 0 : read(text), missing: text === "–" };
    });
    rows.sort((a, b) =>
      a.missing - b.missing ||
      direction * (a.key - b.key || a.text.localeCompare(b.text, "en", { numeric: true })));
    body.append(...rows.map(({ row }) => row));
    for (const other of headings.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
  });
}

// Another reference: what it changes is in the page.
for (const select of document.querySelectorAll(".pick select")) {
  const section = select.closest("section");
  const { scale, references } = JSON.parse(section.querySelector("script").textContent);
  select.addEventListener("change", () => {
    const { sentences, rows } = references[select.selectedIndex];
    section.querySelectorAll(".choice > *").forEach((part, place) => { part.textContent = sentences[place]; });
    for (const row of section.querySelectorAll("tbody tr")) {
      const [value, interval, word, changes] = rows[row.dataset.row] || ["–", "", "", "–"];
      const [gain, changed] = row.querySelectorAll("td.gain, td.changed");
      changed.textContent = changes;
      const drawing = gain.querySelector("svg");
      (gain.querySelector("b") || gain).textContent = value;
      if (!drawing) continue;
      gain.querySelector("small").textContent = interval;
      Object.assign(gain.querySelector("i"), { textContent: word, className: word });
      if (!word) continue;
      const [x1, x2] = interval.split(" to ").map((end) => `${50 + scale * read(end)}%`);
      const [line, circle] = drawing.querySelectorAll("line.mark, circle");
      const kind = { chance: "unsure", "above 0": "better", "below 0": "worse" }[word] || word;
      for (const mark of [line, circle]) mark.setAttribute("class", `mark ${kind}`);
      line.setAttribute("x1", x1);
      line.setAttribute("x2", x2);
      circle.setAttribute("cx", `${50 + scale * read(value)}%`);
    }
  });
}

document.getElementById("search")?.addEventListener("input", ({ target }) => {
  const wanted = target.value.trim().toLowerCase();
  for (const row of document.querySelectorAll("tbody tr, .lines li")) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
});
