// GraphQL text → tokens with their places (GraphQL specification, section 2.1). What is no token is one of kind "wrong".

const PATTERN = new RegExp([
  /(?<comment>#[^\n\r]*)/,
  /(?<block>"""(?:\\"""|[^])*?(?:"""|$))/,
  /(?<string>"(?:\\.|[^"\\\n\r])*(?:"|$|(?=[\n\r])))/,
  /(?<spread>\.\.\.)/,
  /(?<variable>\$[A-Za-z_]\w*|\$)/,
  /(?<directive>@[A-Za-z_]\w*|@)/,
  /(?<name>[A-Za-z_]\w*)/,
  /(?<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/,
  /(?<punctuator>[!&(){}[\]:=|])/,
  /(?<blank>[\s,\uFEFF]+)/,
  /(?<wrong>[^])/,
].map((one) => one.source).join("|"), "gu");

export function tokenize(text) {
  const tokens = [];
  for (const match of text.matchAll(PATTERN)) {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    if (kind !== "blank") tokens.push({ kind: kind === "block" ? "string" : kind, text: match[0], start: match.index, end: match.index + match[0].length });
  }
  return tokens;
}
