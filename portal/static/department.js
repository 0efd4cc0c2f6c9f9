// The department's page: the editor over the visible schema, and answers that come into the page.

import { Editor } from "./editor/editor.js";
import { Schema } from "./editor/schema.js";
import { offerCopies } from "./portal.js";

const form = document.querySelector("[data-editor]");
const status = form.querySelector("[data-status]");
const place = document.querySelector("[data-answer]");
const variables = form.elements.variables;
const texts = new Map([...form.querySelector("[data-texts]").content.children].map((one) => [one.dataset.key, one.textContent]));
const say = (key, given = {}) => texts.get(key).replace(/\{(\w+)\}/g, (whole, name) => (name in given ? given[name] : whole));

const editor = new Editor(form.elements.document, {
  say,
  problems: form.querySelector("#problems"),
  docs: form.querySelector("[data-docs]"),
  onRun: () => ask("run"),
});

async function send(path, more) {
  const fields = new URLSearchParams(new FormData(form));
  for (const [name, value] of Object.entries(more)) fields.set(name, value);
  return fetch(path, { method: "POST", body: fields, redirect: "manual", headers: { "Accept-Language": document.documentElement.lang } });
}

async function learn() {
  status.textContent = say("editor.loading");
  try {
    const reply = await send("/department/schema", { document: "", variables: "" });
    if (!reply.ok) throw new Error(reply.status);
    editor.learn(new Schema((await reply.json()).data.__schema, form.dataset.language));
    status.textContent = "";
    form.dataset.ready = "yes";
  } catch {
    status.textContent = say("editor.failed");
  }
}

let asked = 0;

async function ask(go) {
  asked += 1;
  const mine = asked;
  status.textContent = say("editor.busy");
  let text;
  try {
    const reply = await send("/department", { go, part: "answer" });
    if (reply.type === "opaqueredirect") { location.assign("/sign-in"); return; } // nobody is signed in any more
    text = await reply.text();
  } catch {
    if (mine === asked) status.textContent = say("editor.lost");
    return;
  }
  if (mine !== asked) return; // a later question goes before
  status.textContent = "";
  // Drawn and escaped by the server, like every page. An error is a page of its own: what it says comes into this one.
  const drawn = new DOMParser().parseFromString(text, "text/html");
  place.replaceChildren(...(drawn.querySelector("main") || drawn.body).childNodes);
  offerCopies(place);
  const where = place.querySelector("[data-places]");
  if (where && where.dataset.places) {
    editor.mark(where.dataset.places.split(" ").map((one) => one.split(":").map(Number)));
  } else {
    place.focus();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(event.submitter && event.submitter.value === "plan" ? "plan" : "run");
});

variables.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { event.preventDefault(); ask("run"); }
});
variables.addEventListener("input", () => {
  let wrong = "";
  if (variables.value.trim()) {
    try {
      const read = JSON.parse(variables.value);
      if (read === null || typeof read !== "object" || Array.isArray(read)) wrong = say("check.json");
    } catch { wrong = say("check.json"); }
  }
  variables.setAttribute("aria-invalid", String(Boolean(wrong)));
  form.querySelector("#variables-wrong").textContent = wrong;
});

learn();
