// One entry: its proof is checked here, as soon as the page is there and whenever another key is given.

import { check, fingerprint, verdict } from "./proof.js";

const STEPS = ["read", "index", "path", "key", "signature"];
const place = document.querySelector("[data-proof-check]");
const proof = place?.querySelector("[data-proof]");
const receipt = document.querySelector("[data-receipt]");

if (proof && receipt) {
  const texts = new Map([...place.querySelector("[data-texts]").content.children].map((one) => [one.dataset.key, one.textContent]));
  const say = (key, given = {}) => texts.get(key).replace(/\{(\w+)\}/g, (whole, name) => (name in given ? given[name] : whole));
  const key = place.querySelector("#vkey");
  const shown = place.querySelector("[data-verdict]");
  const steps = place.querySelector("[data-steps]");
  const print = place.querySelector("[data-fingerprint]");

  const line = (tag, words, name = "") => Object.assign(document.createElement(tag), { textContent: words, className: name });

  async function look() {
    const found = await check(receipt.textContent, proof.textContent, key.value, place.dataset.index);
    const word = verdict(found);
    place.dataset.verdict = word;
    shown.replaceChildren(
      line("p", say(`proof.${word}`), `verdict ${word}`),
      line("p", say(`proof.${word}.means`, { size: found.size })),
    );
    steps.replaceChildren(...STEPS.map((one) => {
      const state = found[one] === null ? "unknown" : found[one] ? "yes" : "no";
      const item = line("li", `${say(`proof.step.${one}`)} — `, state);
      item.append(line("strong", say(`proof.${state}`)));
      return item;
    }));
    steps.hidden = false;
    try {
      print.querySelector("code").textContent = await fingerprint(key.value);
      print.hidden = false;
    } catch {
      print.hidden = true; // no key, which the steps say
    }
  }

  const again = place.querySelector("[data-again]");
  again.hidden = false;
  again.addEventListener("click", look);
  look();
}
