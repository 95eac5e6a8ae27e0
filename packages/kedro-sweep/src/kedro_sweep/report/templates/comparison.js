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
      const text = cell.textContent.trim();
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
