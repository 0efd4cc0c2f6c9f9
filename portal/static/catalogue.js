// Finding in the catalogue, as one types. What is looked for stays in this page.

const find = document.querySelector("[data-find]");
if (find) {
  const input = find.querySelector("input");
  const told = find.querySelector("[data-found]");
  const entries = [...document.querySelectorAll("[data-entry]")];
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const entry of entries) {
      const text = `${entry.closest(".kind").id}.${entry.textContent}`.toLowerCase();
      entry.hidden = !words.every((word) => text.includes(word));
      count += !entry.hidden;
    }
    for (const kind of document.querySelectorAll(".kind")) {
      kind.hidden = !kind.querySelector("[data-entry]:not([hidden])");
    }
    told.textContent = told.dataset.words.replace("#", count);
  };
  find.hidden = false;
  input.addEventListener("input", search);
  search();
}
