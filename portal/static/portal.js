// Small comforts of all pages. Everything works without them.

export function offerCopies(within) {
  for (const button of within.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const draft = button.closest("article").querySelector(".draft");
      try {
        await navigator.clipboard.writeText(draft.textContent);
      } catch {
        // Without leave to use the clipboard the text is chosen, and can be copied by keyboard.
        getSelection().selectAllChildren(draft);
        return;
      }
      const before = button.textContent;
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = before; }, 2000);
    });
  }
}

offerCopies(document);
