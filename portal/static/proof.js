// Checks that an entry stands in the log, from its bytes, its proof (C2SP tlog-proof) and the log's public key alone.
// Nothing is asked of any server. Sources: RFC 9162 section 2.1.3.2, C2SP tlog-checkpoint and signed-note.

const HEADER = "c2sp.org/tlog-proof@v1";
const DASH = "\u2014 ";
const LONGEST = 63; // hashes: an index fits 63 bits
const ED25519 = 1;
const text = new TextEncoder();

/** What was found: each step is true, false or null (could not be checked here). */
export async function check(receipt, proofText, vkey, index) {
  const found = { read: false, index: null, path: null, key: null, signature: null, size: 0 };
  let proof;
  let note;
  try {
    proof = readProof(proofText);
    note = readNote(proof.checkpoint);
  } catch {
    return found;
  }
  found.read = true;
  found.size = String(note.size);
  found.index = index === "" || String(proof.index) === index;
  if (!globalThis.crypto?.subtle) return found; // not a secure context: nothing can be computed here
  try {
    const root = await rootBy(await leafHash(text.encode(receipt)), proof.index, note.size, proof.path);
    found.path = same(root, note.root);
  } catch {
    found.path = false;
  }
  let key;
  try {
    key = await readKey(vkey, note.origin);
    found.key = true;
  } catch {
    found.key = false;
    return found;
  }
  found.signature = await isSigned(note, key);
  return found;
}

/** "holds", "fails" or "half": some step could not be checked. */
export function verdict(found) {
  const steps = [found.read, found.index, found.path, found.key, found.signature];
  if (steps.includes(false)) return "fails";
  return steps.includes(null) ? "half" : "holds";
}

/** The fingerprint of a key: SHA-256 of its 32 bytes, in groups of four hexadecimal digits. */
export async function fingerprint(vkey) {
  const bytes = fromBase64(vkey.trim().split("+").slice(2).join("+")).slice(1);
  return hex(await sha256(bytes)).match(/.{4}/g).join(" ");
}

function readProof(whole) {
  const end = whole.indexOf("\n\n");
  if (end < 0) throw new Error("no checkpoint");
  const lines = whole.slice(0, end).split("\n");
  if (lines.shift() !== HEADER) throw new Error("another format");
  if (lines[0]?.startsWith("extra ")) fromBase64(lines.shift().slice(6));
  const index = number(lines.shift(), "index ");
  const path = lines.map(fromBase64);
  if (path.length > LONGEST || path.some((node) => node.length !== 32)) throw new Error("no hashes");
  return { index, path, checkpoint: whole.slice(end + 2) };
}

function readNote(whole) {
  const end = whole.lastIndexOf("\n\n");
  if (end < 0 || !whole.endsWith("\n")) throw new Error("no note");
  const signed = whole.slice(0, end + 1);
  const lines = signed.split("\n");
  if (lines.length < 4 || lines.slice(0, -1).includes("")) throw new Error("no checkpoint");
  const root = fromBase64(lines[2]);
  if (root.length !== 32) throw new Error("no root");
  const signatures = whole.slice(end + 2, -1).split("\n").map((line) => {
    const [name, encoded, ...more] = line.slice(DASH.length).split(" ");
    const bytes = fromBase64(encoded ?? "");
    if (!line.startsWith(DASH) || !name || more.length || bytes.length < 5) throw new Error("no signature");
    return { name, id: bytes.slice(0, 4), bytes: bytes.slice(4) };
  });
  return { origin: lines[0], size: number(lines[1], ""), root, signed, signatures };
}

async function readKey(vkey, origin) {
  const [name, id, ...rest] = vkey.trim().split("+");
  const bytes = fromBase64(rest.join("+"));
  if (bytes.length !== 33 || bytes[0] !== ED25519) throw new Error("no Ed25519 key");
  const right = (await sha256(join(text.encode(`${name}\n`), bytes))).slice(0, 4);
  if (hex(right) !== id) throw new Error("mistyped or cut");
  if (name !== origin) throw new Error("of another log");
  return { name, id: right, bytes: bytes.slice(1) };
}

async function isSigned(note, key) {
  const ours = note.signatures.filter((one) => one.name === key.name && same(one.id, key.id));
  if (!ours.length) return false;
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key.bytes, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null; // this browser does not know the algorithm, or the bytes are no point of the curve
  }
  for (const one of ours) {
    if (!(await crypto.subtle.verify({ name: "Ed25519" }, imported, one.bytes, text.encode(note.signed)))) return false;
  }
  return true;
}

async function rootBy(leaf, index, size, path) {
  if (index < 0n || index >= size) throw new Error("no such entry");
  let node = leaf;
  let at = index;
  let last = size - 1n;
  for (const sibling of path) {
    if (last === 0n) throw new Error("too many hashes");
    if (at & 1n || at === last) {
      node = await nodeHash(sibling, node);
      while (!(at & 1n) && at) { at >>= 1n; last >>= 1n; }
    } else {
      node = await nodeHash(node, sibling);
    }
    at >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) throw new Error("too few hashes");
  return node;
}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const leafHash = (bytes) => sha256(join(Uint8Array.of(0), bytes));
const nodeHash = (left, right) => sha256(join(Uint8Array.of(1), left, right));
const hex = (bytes) => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}

function fromBase64(encoded) {
  const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
  if (btoa(String.fromCharCode(...bytes)) !== encoded) throw new Error("not canonical");
  return bytes;
}

function number(line, prefix) {
  const digits = line?.startsWith(prefix) ? line.slice(prefix.length) : "";
  if (!/^(0|[1-9][0-9]{0,18})$/.test(digits)) throw new Error("no number");
  return BigInt(digits);
}
