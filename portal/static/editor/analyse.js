// One walk over a document with the schema beside it: what is wrong, what could stand at the cursor, and what does stand
// there. It goes on behind a mistake, because a document is wrong most of the time while somebody writes it.

import { isRequired, named, nullable, written } from "./schema.js";
import { tokenize } from "./tokens.js";

const END = { kind: "end", text: "" };
const OPERATIONS = ["query", "mutation", "fragment"];
const DEEPEST = 60;

export function analyse(text, schema, cursor) {
  return new Walk(text, schema, cursor).whole();
}

class Walk {
  constructor(text, schema, cursor) {
    this.text = text;
    this.schema = schema;
    this.cursor = cursor;
    this.all = tokenize(text);
    this.tokens = this.all.filter((token) => token.kind !== "comment");
    this.at = 0;
    this.problems = [];
    this.hints = null;
    this.hover = null;
    this.spreads = [];
    this.depth = 0;
    this.isInert = this.all.some((token) => (token.kind === "comment" || token.kind === "string") && token.start < cursor && cursor < token.end);
    this.fragments = new Map();
    for (let index = 0; index < this.tokens.length - 3; index += 1) {
      const [word, name, on, type] = this.tokens.slice(index, index + 4);
      if (word.text === "fragment" && on.text === "on" && name.kind === "name") this.fragments.set(name.text, type.text);
    }
  }

  whole() {
    while (this.here().kind !== "end") this.definition();
    this.expecting(() => OPERATIONS.map((label) => ({ label, kind: "keyword" })));
    for (const { token } of this.spreads) {
      if (!this.fragments.has(token.text)) this.wrong(token, "check.fragment", { name: token.text });
    }
    return { tokens: this.all, problems: this.problems, hints: this.isInert ? null : this.hints, hover: this.hover };
  }

  // ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────

  here() { return this.tokens[this.at] || { ...END, start: this.text.length, end: this.text.length }; }
  before() { return this.tokens[this.at - 1]; }
  is(text) { return this.here().text === text && this.here().kind !== "string"; }
  next() { const token = this.here(); if (token.kind !== "end") this.at += 1; return token; }
  take(text) { return this.is(text) ? this.next() : null; }

  close(text) {
    if (this.take(text)) return true;
    const here = this.here();
    this.wrong(here.kind === "end" ? this.before() || here : here, "check.closed", { name: text });
    return false;
  }

  wrong(token, key, given = {}) {
    if (this.problems.length < 50) this.problems.push({ start: token.start, end: Math.max(token.end, token.start + 1), key, given });
  }

  // ── the cursor ───────────────────────────────────────────────────────────────────────────────────────────────────

  // Note what could stand here, if the cursor is in this token or in the gap before it.
  expecting(options, kinds = ["name"]) {
    const token = this.here();
    const inside = kinds.includes(token.kind) && token.start <= this.cursor && this.cursor <= token.end;
    const previous = this.before();
    const touches = previous && previous.end === this.cursor && !["punctuator", "spread"].includes(previous.kind);
    const inGap = !inside && (!previous || previous.end <= this.cursor) && this.cursor <= token.start && !touches;
    if (this.hints && !(inside && !this.hints.inside)) return;
    if (inside || inGap) {
      const start = inside ? token.start : this.cursor;
      this.hints = { inside, start, end: inside ? token.end : this.cursor, prefix: this.text.slice(start, this.cursor), options: options() };
    }
  }

  look(token, about) {
    if (token.start <= this.cursor && this.cursor <= token.end) this.hover = about;
  }

  // ── definitions ──────────────────────────────────────────────────────────────────────────────────────────────────

  definition() {
    this.expecting(() => OPERATIONS.map((label) => ({ label, kind: "keyword" })));
    this.variables = new Map();
    this.used = [];
    const token = this.here();
    if (this.is("{")) {
      this.selection(this.schema.roots.query);
    } else if (token.text === "fragment") {
      this.next();
      if (this.here().kind === "name") this.next(); else this.wrong(this.here(), "check.syntax");
      this.typeCondition([...this.schema.types.keys()].filter((name) => this.schema.isComposite(name) && !name.startsWith("__")));
      return;
    } else if (token.text === "query" || token.text === "mutation") {
      this.operation(token.text);
    } else {
      this.wrong(this.next(), "check.syntax");
      while (!["{", "end", ...OPERATIONS].includes(this.here().text || this.here().kind)) this.next();
    }
    for (const one of this.used) {
      if (!this.variables.has(one.text.slice(1))) this.wrong(one, "check.variable", { name: one.text.slice(1) });
    }
  }

  operation(kind) {
    this.next();
    if (this.here().kind === "name" && !OPERATIONS.includes(this.here().text)) this.next();
    if (this.take("(")) {
      while (this.here().kind === "variable") this.variableDefinition();
      this.close(")");
    }
    this.directives();
    const root = this.schema.roots[kind];
    if (this.is("{")) this.selection(root); else this.wrong(this.here(), "check.closed", { name: "{" });
  }

  variableDefinition() {
    const name = this.next().text.slice(1);
    if (!this.take(":")) { this.wrong(this.here(), "check.closed", { name: ":" }); return; }
    const type = this.inputType();
    this.variables.set(name, type);
    if (this.take("=")) this.value(type, "");
    this.directives();
  }

  inputType() {
    let type;
    if (this.take("[")) {
      type = { kind: "LIST", ofType: this.inputType() };
      this.close("]");
    } else {
      this.expecting(() => [...this.schema.types.keys()].filter((name) => this.schema.isInput(name) && !name.startsWith("__"))
        .map((label) => ({ label, kind: "type", text: this.schema.text(this.schema.type(label).description) })));
      const token = this.here();
      if (token.kind !== "name") { this.wrong(token, "check.syntax"); return { kind: "SCALAR", name: "" }; }
      this.next();
      if (!this.schema.isInput(token.text)) this.wrong(token, "check.type", { name: token.text });
      token.role = "type";
      type = { kind: "SCALAR", name: token.text };
    }
    return this.take("!") ? { kind: "NON_NULL", ofType: type } : type;
  }

  // ── selections ───────────────────────────────────────────────────────────────────────────────────────────────────

  selection(type) {
    const open = this.next();
    this.depth += 1;
    let count = 0;
    while (!this.is("}") && this.here().kind !== "end") {
      const before = this.at;
      this.expecting(() => this.fieldsOf(type));
      if (this.depth > DEEPEST) { this.wrong(this.next(), "check.syntax"); continue; }
      if (this.here().kind === "spread") this.spread(type); else this.field(type);
      count += 1;
      if (this.at === before) this.wrong(this.next(), "check.syntax");
    }
    this.expecting(() => this.fieldsOf(type));
    if (!count && this.is("}")) this.wrong(open, "check.selection", { name: type || "" });
    this.close("}");
    this.depth -= 1;
  }

  fieldsOf(type) {
    const found = this.schema.type(type);
    if (!found) return [];
    const option = (one) => ({ label: one.name, kind: "field", detail: written(one.type), text: this.schema.text(one.description), isComposite: this.schema.isComposite(named(one.type)) });
    return [...[...found.fields.values()].map(option), { label: "__typename", kind: "field", detail: "String!" }];
  }

  spread(type) {
    this.next();
    const conditions = () => this.schema.conditions(type).map((label) => ({ label: `on ${label}`, kind: "type" }));
    const fragments = () => [...this.fragments].map(([label, on]) => ({ label, kind: "fragment", detail: on }));
    this.expecting(() => [...conditions(), ...fragments()]);
    if (this.is("on")) {
      this.typeCondition(this.schema.conditions(type));
    } else if (this.here().kind === "name") {
      this.spreads.push({ token: this.next() });
      this.directives();
    } else {
      this.directives();
      if (this.is("{")) this.selection(type); else this.wrong(this.here(), "check.syntax");
    }
  }

  typeCondition(possible) {
    if (!this.take("on")) { this.wrong(this.here(), "check.closed", { name: "on" }); return; }
    this.expecting(() => possible.map((label) => ({ label, kind: "type", text: this.schema.text((this.schema.type(label) || {}).description) })));
    const token = this.here();
    if (token.kind !== "name") { this.wrong(token, "check.syntax"); return; }
    this.next();
    token.role = "type";
    if (!this.schema.isComposite(token.text)) this.wrong(token, "check.type", { name: token.text });
    this.directives();
    if (this.is("{")) this.selection(token.text); else this.wrong(this.here(), "check.closed", { name: "{" });
  }

  field(type) {
    if (this.here().kind !== "name") return;
    let token = this.next();
    if (this.is(":")) {
      this.next();
      this.expecting(() => this.fieldsOf(type));
      if (this.here().kind !== "name") { this.wrong(this.here(), "check.syntax"); return; }
      token = this.next();
    }
    const field = this.schema.field(type, token.text);
    if (field) this.look(token, { type, field });
    else if (this.schema.type(type)) this.wrong(token, "check.field", { type, name: token.text });
    const leads = field ? named(field.type) : undefined;
    this.arguments(field ? field.args : null, token);
    this.directives();
    if (this.is("{")) {
      if (field && !this.schema.isComposite(leads)) this.wrong(token, "check.leaf", { name: token.text });
      this.selection(leads);
    } else if (field && this.schema.isComposite(leads)) {
      this.wrong(token, "check.selection", { name: token.text });
    }
  }

  // ── arguments, directives and values ─────────────────────────────────────────────────────────────────────────────

  arguments(known, owner) {
    const given = new Set();
    if (this.take("(")) {
      for (;;) {
        const free = () => (known || []).filter((one) => !given.has(one.name)).map((one) => ({ label: one.name, kind: "argument", detail: written(one.type), text: this.schema.text(one.description), suffix: ": " }));
        this.expecting(free);
        if (this.here().kind !== "name") break;
        const token = this.next();
        token.role = "argument";
        const argument = (known || []).find((one) => one.name === token.text);
        if (known && !argument) this.wrong(token, "check.argument", { name: owner.text, argument: token.text });
        if (argument) this.look(token, { argument });
        given.add(token.text);
        if (!this.take(":")) { this.wrong(this.here(), "check.closed", { name: ":" }); continue; }
        this.value(argument && argument.type, owner.text);
      }
      this.close(")");
    }
    for (const one of known || []) {
      if (isRequired(one.type) && one.defaultValue == null && !given.has(one.name)) this.wrong(owner, "check.required", { argument: one.name });
    }
  }

  directives() {
    this.expecting(() => [...this.schema.directives.values()].filter((one) => one.locations.includes("FIELD"))
      .map((one) => ({ label: `@${one.name}`, kind: "directive", text: this.schema.text(one.description) })), ["directive"]);
    while (this.here().kind === "directive") {
      const token = this.next();
      const directive = this.schema.directives.get(token.text.slice(1));
      if (!directive) this.wrong(token, "check.directive", { name: token.text.slice(1) });
      this.arguments(directive ? directive.args : null, token);
    }
  }

  valuesOf(type) {
    const found = this.schema.type(named(type));
    const wanted = named(type);
    const fitting = [...this.variables].filter(([, one]) => !type || named(one) === wanted);
    const variables = fitting.map(([name, one]) => ({ label: `$${name}`, kind: "variable", detail: written(one) }));
    if (found && found.kind === "ENUM") return [...found.values.map((one) => ({ label: one.name, kind: "enum", text: this.schema.text(one.description) })), ...variables];
    if (wanted === "Boolean") return [...["true", "false"].map((label) => ({ label, kind: "enum" })), ...variables];
    if (found && found.kind === "INPUT_OBJECT") return [...variables, { label: "{ }", kind: "keyword", caret: 2 }];
    return variables;
  }

  value(type, owner) {
    this.expecting(() => this.valuesOf(type), ["name", "variable"]);
    const token = this.here();
    if (token.kind === "variable") { this.used.push(this.next()); return; }
    const bare = nullable(type);
    if (this.is("[")) {
      this.next();
      const item = bare && bare.kind === "LIST" ? bare.ofType : undefined;
      if (bare && bare.kind !== "LIST") this.wrong(token, "check.value", { type: written(type) });
      while (!this.is("]") && this.here().kind !== "end") {
        const before = this.at;
        this.value(item, owner);
        if (this.at === before) break;
      }
      this.expecting(() => this.valuesOf(item), ["name", "variable"]);
      this.close("]");
    } else if (this.is("{")) {
      this.object(bare && bare.kind === "LIST" ? nullable(bare.ofType) : bare, type);
    } else if (["name", "number", "string"].includes(token.kind)) {
      this.next();
      this.literal(token, bare && bare.kind === "LIST" ? nullable(bare.ofType) : bare, type);
    } else {
      this.wrong(token.kind === "end" ? this.before() || token : token, "check.value", { type: written(type) || owner });
    }
  }

  object(type, asked) {
    const open = this.next();
    const found = this.schema.type(named(type));
    const inputs = found && found.kind === "INPUT_OBJECT" ? found.inputs : null;
    if (found && !inputs) this.wrong(open, "check.value", { type: written(asked) });
    const given = new Set();
    this.depth += 1;
    for (;;) {
      this.expecting(() => [...(inputs || new Map()).values()].filter((one) => !given.has(one.name)).map((one) => ({ label: one.name, kind: "argument", detail: written(one.type), text: this.schema.text(one.description), suffix: ": " })));
      if (this.here().kind !== "name" || this.depth > DEEPEST) break;
      const token = this.next();
      token.role = "argument";
      const input = inputs && inputs.get(token.text);
      if (inputs && !input) this.wrong(token, "check.member", { type: named(type), name: token.text });
      if (input) this.look(token, { argument: input });
      given.add(token.text);
      if (!this.take(":")) { this.wrong(this.here(), "check.closed", { name: ":" }); continue; }
      this.value(input && input.type, token.text);
    }
    this.depth -= 1;
    this.close("}");
  }

  literal(token, type, asked) {
    const found = this.schema.type(named(type));
    if (!found || token.text === "null") {
      if (token.text === "null" && isRequired(asked)) this.wrong(token, "check.value", { type: written(asked) });
      return;
    }
    if (found.kind === "ENUM") {
      token.role = "enum";
      if (!found.values.some((one) => one.name === token.text)) this.wrong(token, "check.member", { type: found.name, name: token.text });
      return;
    }
    const isInteger = token.kind === "number" && /^-?\d+$/.test(token.text);
    const fits = {
      Int: isInteger, Float: token.kind === "number", String: token.kind === "string", ID: token.kind === "string" || isInteger,
      Boolean: token.text === "true" || token.text === "false",
    }[found.name];
    if (fits === false || (found.kind === "INPUT_OBJECT")) this.wrong(token, "check.value", { type: written(asked) });
  }
}
