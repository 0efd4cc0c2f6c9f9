// The visible schema, from introspection, as the editor reads it.

const BETWEEN = " · "; // between Chinese and English in a description

export class Schema {
  constructor(introspected, language) {
    this.language = language;
    this.types = new Map(introspected.types.map((one) => [one.name, {
      ...one,
      fields: new Map((one.fields || []).map((field) => [field.name, field])),
      inputs: new Map((one.inputFields || []).map((field) => [field.name, field])),
      values: one.enumValues || [],
      possible: (one.possibleTypes || []).map((possible) => possible.name),
    }]));
    this.roots = {
      query: introspected.queryType && introspected.queryType.name,
      mutation: introspected.mutationType && introspected.mutationType.name,
    };
    this.directives = new Map(introspected.directives.map((one) => [one.name, one]));
  }

  type(name) { return name ? this.types.get(name) : undefined; }

  field(type, name) {
    if (name === "__typename") return { name, args: [], type: { kind: "NON_NULL", ofType: { kind: "SCALAR", name: "String" } }, description: null };
    if (this.roots.query === type && (name === "__schema" || name === "__type")) {
      const args = name === "__type" ? [{ name: "name", type: { kind: "NON_NULL", ofType: { kind: "SCALAR", name: "String" } } }] : [];
      return { name, args, type: { kind: "OBJECT", name: name === "__schema" ? "__Schema" : "__Type" }, description: null };
    }
    const found = this.type(type);
    return found && found.fields.get(name);
  }

  isComposite(name) {
    const found = this.type(name);
    return Boolean(found) && ["OBJECT", "INTERFACE", "UNION"].includes(found.kind);
  }

  isInput(name) {
    const found = this.type(name);
    return Boolean(found) && ["SCALAR", "ENUM", "INPUT_OBJECT"].includes(found.kind);
  }

  // What fragments within a type may be on.
  conditions(name) {
    const found = this.type(name);
    if (!found) return [];
    return found.possible.length ? [name, ...found.possible] : [name];
  }

  text(description) {
    if (!description) return "";
    const at = description.indexOf(BETWEEN);
    if (at < 0) return description;
    return this.language === "zh" ? description.slice(0, at) : description.slice(at + BETWEEN.length);
  }
}

export const named = (type) => { while (type && type.ofType) type = type.ofType; return type && type.name; };
export const isRequired = (type) => Boolean(type) && type.kind === "NON_NULL";
export const nullable = (type) => (isRequired(type) ? type.ofType : type);
export function written(type) {
  if (!type) return "";
  if (type.kind === "NON_NULL") return `${written(type.ofType)}!`;
  if (type.kind === "LIST") return `[${written(type.ofType)}]`;
  return type.name;
}
