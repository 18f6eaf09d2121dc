// Every event of a session into a file, once and in order, with the official JavaScript SDK.
// Usage: node sdk.js BASE_URL CLIENT_ID CLIENT_SECRET SESSION_ID FILE
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const sdk = require('purecloud-platform-client-v2');

const [base, clientId, secret, session, path] = process.argv.slice(2);
const { hostname, port } = new URL(base);
const client = sdk.ApiClient.instance;
client.setGateway({ host: hostname, port: Number(port), protocol: 'http' });
const journey = new sdk.JourneyApi();

// need: the quota
const sent = [];

async function waitForQuota() {
  while (sent.length === 300) {
    await sleep(Math.max(0, sent[0] + 61_000 - performance.now()));
    sent.shift();
  }
  sent.push(performance.now());
}

// need: a token, also after it expired
function login() {
  return client.loginClientCredentialsGrant(clientId, secret);
}

// need: failures that pass
async function withRetries(call) {
  for (let attempt = 0; attempt < 6; attempt += 1) {
    let wait = Math.random() * 200 * 2 ** attempt;
    try {
      return await call();
    } catch (error) {
      // The SDK rejects with the error's body: nothing if the connection was lost, a page of a proxy.
      const status = error?.status ?? 503;
      if (status === 401) {
        await login();
        continue;
      }
      if (status !== 429 && status < 500) throw error;
      const seconds = /in \[(\d+)\] seconds/.exec(error?.message);
      wait = seconds ? seconds[1] * 1_000 : wait;
    }
    await sleep(wait);
  }
  throw new Error('too many failures');
}

// need: all pages
async function getPage(after) {
  await waitForQuota();
  return journey.getJourneySessionEvents(session, { pageSize: '200', after });
}

async function* pages(after) {
  const seen = new Set();
  do {
    const page = await withRetries(() => getPage(after));
    after = page.nextUri ? new URL(page.nextUri, base).searchParams.get('after') : undefined;
    if (seen.has(after)) throw new Error('the cursors go in a circle');
    seen.add(after);
    yield [page.entities, after];
  } while (after);
}

// need: a file, also after a kill
function savedState() {
  if (!fs.existsSync(`${path}.state`)) return { length: 0, done: false };
  return JSON.parse(fs.readFileSync(`${path}.state`, 'utf8'));
}

function saveState(after, length) {
  const file = fs.openSync(`${path}.new`, 'w');
  fs.writeSync(file, JSON.stringify({ after, length, done: !after }));
  fs.fsyncSync(file);
  fs.closeSync(file);
  fs.renameSync(`${path}.new`, `${path}.state`);
}

// need: a file, also after a kill
async function main() {
  let { after, length, done } = savedState();
  if (done) return;
  await withRetries(login);
  const file = fs.openSync(path, 'a');
  fs.ftruncateSync(file, length);
  for await (const [events, next] of pages(after)) {
    for (const event of events) length += fs.writeSync(file, `${JSON.stringify(event)}\n`);
    fs.fsyncSync(file);
    saveState(next, length);
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
