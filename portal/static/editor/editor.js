// A text field that colours, completes and checks GraphQL. The field stays the browser's own: selection, undo, screen
// readers and forms work as ever. Tab leaves it.

import { analyse } from "./analyse.js";
import { written } from "./schema.js";
import { tokenize } from "./tokens.js";

const KEYWORDS = ["query", "mutation", "fragment", "on", "true", "false", "null"];
const MOST = 60;

export class Editor {
  constructor(area, { say, problems, docs, onRun }) {
    Object.assign(this, { area, say, problemList: problems, docs, onRun });
    this.schema = null;
    this.shown = [];
    this.chosen = -1;
    this.box = area.parentElement;
    this.paint = document.createElement("pre");
    this.paint.className = "highlight";
    this.paint.setAttribute("aria-hidden", "true");
    this.box.prepend(this.paint);
    this.list = document.createElement("ul");
    this.list.className = "suggestions";
    this.list.id = `${area.id}-suggestions`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", say("editor.list"));
    this.list.hidden = true;
    this.box.append(this.list);
    this.told = document.createElement("span");
    this.told.className = "unseen";
    this.told.setAttribute("role", "status");
    this.box.append(this.told);
    this.box.classList.add("is-live");
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", this.list.id);
    area.addEventListener("input", (event) => this.refresh(event.inputType === "insertText" && /[\w$@.]/.test(event.data || "")));
    area.addEventListener("keydown", (event) => this.key(event));
    area.addEventListener("scroll", () => this.follow());
    area.addEventListener("blur", () => this.hide());
    for (const name of ["keyup", "click", "focus"]) area.addEventListener(name, (event) => { if (!this.isMoving(event)) this.read(); });
    this.list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("li");
      event.preventDefault();
      if (item) this.accept([...this.list.children].indexOf(item));
    });
    this.refresh(false);
  }

  learn(schema) {
    this.schema = schema;
    this.refresh(false);
  }

  // ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  isMoving(event) { return event.type === "keyup" && !this.list.hidden && ["ArrowUp", "ArrowDown"].includes(event.key); }

  read() {
    if (!this.schema) return null;
    const found = analyse(this.area.value, this.schema, this.area.selectionStart);
    this.explain(found.hover);
    return found;
  }

  refresh(isTyping) {
    const found = this.read();
    this.colour(found);
    this.tell(found ? found.problems : []);
    if (isTyping) this.suggest(found); else this.hide();
  }

  colour(found) {
    const wrong = found ? found.problems : [];
    const tokens = found ? found.tokens : tokenize(this.area.value);
    const parts = [];
    let at = 0;
    for (const token of tokens) {
      parts.push(this.area.value.slice(at, token.start));
      const part = document.createElement("span");
      const name = token.role || (token.kind === "name" && KEYWORDS.includes(token.text) ? "keyword" : token.kind);
      part.className = `t-${name}`;
      if (token.kind === "wrong" || wrong.some((one) => one.start <= token.start && token.start < one.end)) part.className += " t-wrong";
      part.textContent = token.text;
      parts.push(part);
      at = token.end;
    }
    parts.push(`${this.area.value.slice(at)}\n`);
    this.paint.replaceChildren(...parts);
    this.follow();
  }

  follow() {
    this.paint.scrollTop = this.area.scrollTop;
    this.paint.scrollLeft = this.area.scrollLeft;
  }

  tell(problems) {
    this.area.setAttribute("aria-invalid", String(problems.length > 0));
    if (!problems.length) { this.problemList.replaceChildren(); return; }
    const list = document.createElement("ul");
    list.setAttribute("aria-label", this.say("editor.problems"));
    for (const one of problems.slice(0, 8)) {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      const line = this.area.value.slice(0, one.start).split("\n").length;
      button.textContent = this.say("editor.line", { line, text: this.say(one.key, one.given) });
      button.addEventListener("click", () => this.select(one.start, one.end));
      item.append(button);
      list.append(item);
    }
    this.problemList.replaceChildren(list);
  }

  select(start, end) {
    this.area.focus();
    this.area.setSelectionRange(start, Math.min(end, this.area.value.length));
  }

  // Places that the exchange named, as lines and columns.
  mark(places) {
    if (!places.length) return;
    const lines = this.area.value.split("\n");
    const [line, column] = places[0];
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    this.select(start, start + 1);
  }

  explain(hover) {
    const title = document.createElement("code");
    const text = document.createElement("p");
    const schema = this.schema;
    if (!hover) { this.docs.textContent = this.say("editor.docs.none"); return; }
    const one = hover.field || hover.argument;
    title.textContent = `${hover.field ? `${hover.type}.` : ""}${one.name}: ${written(one.type)}`;
    text.textContent = schema.text(one.description);
    const parts = [title, text];
    if (one.args && one.args.length) {
      const list = document.createElement("ul");
      list.append(...one.args.map((argument) => {
        const item = document.createElement("li");
        item.textContent = `${argument.name}: ${written(argument.type)}${argument.description ? ` – ${schema.text(argument.description)}` : ""}`;
        return item;
      }));
      parts.push(list);
    }
    this.docs.replaceChildren(...parts);
  }

  // ── suggestions ──────────────────────────────────────────────────────────────────────────────────────────────────

  suggest(found) {
    const hints = found && found.hints;
    if (!hints) { this.hide(); return; }
    const prefix = hints.prefix.toLowerCase();
    const rank = (one) => { const label = one.label.toLowerCase().replace(/^on /, ""); return label.startsWith(prefix) ? 0 : label.includes(prefix) ? 1 : 2; };
    const options = hints.options.map((one) => [rank(one), one]).filter(([order]) => order < 2).sort((a, b) => a[0] - b[0]).map(([, one]) => one);
    if (!options.length || (options.length === 1 && options[0].label === hints.prefix)) { this.hide(); return; }
    this.shown = options.slice(0, MOST);
    this.span = [hints.start, hints.end];
    this.list.replaceChildren(...this.shown.map((one, index) => this.item(one, index)));
    this.list.hidden = false;
    this.choose(0);
    this.place(hints.start);
    this.told.textContent = this.say("editor.suggestions", { count: this.shown.length });
  }

  item(one, index) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${index}`;
    item.setAttribute("role", "option");
    for (const [name, text] of [["b", one.label], ["em", one.detail || ""], ["small", one.text || ""]]) {
      if (!text) continue;
      const part = document.createElement(name);
      part.textContent = text;
      item.append(part, " ");
    }
    return item;
  }

  choose(index) {
    this.chosen = (index + this.shown.length) % this.shown.length;
    [...this.list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === this.chosen)));
    const item = this.list.children[this.chosen];
    item.scrollIntoView({ block: "nearest" });
    this.area.setAttribute("aria-activedescendant", item.id);
  }

  place(offset) {
    const before = this.area.value.slice(0, offset);
    const walker = document.createTreeWalker(this.paint, NodeFilter.SHOW_TEXT);
    let left = before.length;
    let node = walker.nextNode();
    while (node && left > node.length) { left -= node.length; node = walker.nextNode(); }
    const range = document.createRange();
    range.setStart(node || this.paint, node ? left : 0);
    range.collapse(true);
    const box = this.box.getBoundingClientRect();
    const spot = range.getClientRects()[0] || range.getBoundingClientRect();
    const x = (spot.left || box.left + 12) - box.left;
    this.list.style.top = `${(spot.bottom || box.top + 24) - box.top + 2}px`;
    this.list.style.left = `${Math.max(0, Math.min(x, box.width - this.list.offsetWidth))}px`;
  }

  hide() {
    this.list.hidden = true;
    this.shown = [];
    this.area.removeAttribute("aria-activedescendant");
  }

  accept(index) {
    const one = this.shown[index];
    const [start, end] = this.span;
    const rest = this.area.value.slice(end);
    const label = this.area.value.slice(Math.max(0, start - 3), start).endsWith("on ") ? one.label.replace(/^on /, "") : one.label;
    const suffix = one.suffix && !/^\s*:/.test(rest) ? one.suffix : one.isComposite && !/^\s*[({]/.test(rest) ? " {  }" : "";
    this.area.focus();
    this.area.setSelectionRange(start, end);
    // Deprecated, and the one way that keeps the browser's undo.
    if (!document.execCommand("insertText", false, label + suffix)) this.area.setRangeText(label + suffix, start, end, "end");
    if (one.isComposite && suffix) this.back(2);
    if (one.caret) this.back(one.caret);
    this.refresh(false);
    if (one.isComposite && suffix) this.suggest(this.read());
  }

  back(count) {
    const at = this.area.selectionStart - count;
    this.area.setSelectionRange(at, at);
  }

  // ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  key(event) {
    const isOpen = !this.list.hidden;
    const chord = event.ctrlKey || event.metaKey;
    if (chord && event.key === "Enter") { event.preventDefault(); this.hide(); this.onRun(); return; }
    if (chord && (event.key === " " || event.code === "Space")) { event.preventDefault(); this.suggest(this.read()); return; }
    if (event.isComposing) return;
    if (isOpen && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      this.choose(this.chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (isOpen && ["Enter", "Tab"].includes(event.key) && !event.shiftKey) {
      event.preventDefault();
      this.accept(this.chosen);
    } else if (isOpen && event.key === "Escape") {
      event.preventDefault();
      this.hide();
    } else if (event.key === "Enter" && !chord && !event.altKey) {
      event.preventDefault();
      this.newLine();
    }
  }

  newLine() {
    const before = this.area.value.slice(0, this.area.selectionStart);
    const indent = /[^\n]*$/.exec(before)[0].match(/^\s*/)[0] + (/[{([]\s*$/.test(before) ? "  " : "");
    if (!document.execCommand("insertText", false, `\n${indent}`)) this.area.setRangeText(`\n${indent}`, this.area.selectionStart, this.area.selectionEnd, "end");
  }
}
