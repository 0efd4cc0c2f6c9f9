// Runs the server audits of npm's `graphql-http` against an exchange that is up, and says which pass.
//
//   [TOKEN=…] PURPOSE=… GRAPHQL_HTTP=folder node http_audit.mjs http://127.0.0.1:8000/graphql
//
// GRAPHQL_HTTP is where `npm install --prefix folder graphql-http graphql` was run. The exchange answers nobody whom it
// does not know, so each request carries the token and the purpose besides what an audit sends; nothing else is changed.
// A router that answers anybody needs no token.

import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { env, exit, argv } from 'node:process';

const { GRAPHQL_HTTP = '', TOKEN = '', PURPOSE = '' } = env;
const [url] = argv.slice(2);
if (!url || !GRAPHQL_HTTP || !PURPOSE) {
  console.error('usage: [TOKEN=…] PURPOSE=… GRAPHQL_HTTP=folder node http_audit.mjs URL');
  exit(2);
}
const { serverAudits } = createRequire(resolve(GRAPHQL_HTTP, 'package.json'))('graphql-http');

const shown = TOKEN ? { authorization: `Bearer ${TOKEN}` } : {};
const fetchFn = (address, options = {}) =>
  fetch(address, {
    ...options,
    headers: { ...options.headers, ...shown, 'x-purpose': PURPOSE },
  });

const audits = serverAudits({ url, fetchFn });
let passed = 0;
for (const { id, name, fn } of audits) {
  const { status, reason } = await fn();
  passed += status === 'ok';
  console.log(status === 'ok' ? `ok      ${id} ${name}` : `not ok  ${id} ${name}: ${reason}`);
}
console.log(`${passed} of ${audits.length} audits passed`);
exit(passed === audits.length && passed > 0 ? 0 : 1);
