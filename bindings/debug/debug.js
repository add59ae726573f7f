// The debug page in the browser: asks the server for news, shows errors, refreshes what changed.
// A question is held until there is news, and a browser opens six connections to one server: so of all pages one asks,
// and tells the others that there is something to ask for. It touches no Socket.IO client of the page, and stops
// nothing that the page does.
import { Overlay } from "./debug_overlay.js";
import { isTaken } from "./debug_files.js";

const NAME = "moonwire-debug";
const RETRY_FIRST = 250; // milliseconds, while the server is not there
const RETRY_LAST = 2000;

const given = new URL(import.meta.url).searchParams;
const failed = given.has("failed"); // the page is the answer of a route that failed
const sent = given.has("sent"); // the page answers a form: to refresh it would send the form again
const uses = given.getAll("uses"); // the templates that the page is made of
const overlay = isPart() ? null : new Overlay();
// Only on localhost and with TLS have browsers locks; elsewhere each page asks by itself, while it is seen.
const others = navigator.locks && window.BroadcastChannel ? new BroadcastChannel(NAME) : null;

let seen = given.get("seen"); // what of the server's news was in the page when it was made
let over = false; // the page is old, and learns nothing any more

// A frame in a page of the same server, which shows the errors; an editor's preview is a frame, too, and does not.
function isPart() {
  try {
    return parent !== window && parent.location.origin === location.origin;
  } catch {
    return false;
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- Asking ----------------------------------------------------------------------------------------

function untilShown() {
  if (others || !document.hidden) return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

// One question. Its answer comes when there is news, or, `now`, at once.
async function ask(now) {
  const leaving = new AbortController();
  const leave = () => !others && document.hidden && leaving.abort();
  const address = new URL("debug", import.meta.url);
  address.searchParams.set("seen", seen);
  if (now) address.searchParams.set("now", "1");
  document.addEventListener("visibilitychange", leave);
  try {
    const answer = await fetch(address, { cache: "no-store", signal: leaving.signal });
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
    return await answer.json();
  } finally {
    document.removeEventListener("visibilitychange", leave);
  }
}

async function answered(now) {
  for (let retry = RETRY_FIRST; ; retry = Math.min(2 * retry, RETRY_LAST)) {
    await untilShown();
    try {
      return await ask(now);
    } catch {
      await sleep(retry); // the server is away, or the page out of sight
    }
  }
}

// ---- What the news is ------------------------------------------------------------------------------

// Must the page be loaded anew for this?
function isOld(change) {
  switch (change.kind) {
    case "script": return failed;
    case "template": return failed || uses.includes(change.path);
    case "file": return !isTaken(change.path, seen);
    default: return true; // a piece of a page, which this one may have fetched
  }
}

// What a page of an error shows by itself is not laid over it.
function shown(errors) {
  return failed && document.documentElement.dataset.moonwire === "error"
    ? errors.filter((error) => error.kind !== "run") : errors;
}

function take(news) {
  if (news.seen === null || news.changes === null) { // another server, or too long ago
    over = true;
    return;
  }
  over = news.changes.map(isOld).some(Boolean);
  seen = news.seen;
  overlay?.show(shown(news.errors));
}

// True if there was any.
async function learn(now) {
  const news = await answered(now);
  if (over) return false;
  const any = news.seen !== seen;
  take(news);
  if (over && sent) overlay?.say("This page is out of date. It is the answer to a form: send the form again.");
  else if (over) location.reload();
  return any;
}

// ---- Of all pages one ------------------------------------------------------------------------------

async function lead() {
  await turn;
  while (!over) {
    if (await learn(false)) others?.postMessage(seen);
  }
}

let turn = learn(true); // one after the other, so that no older answer is taken for a newer
others?.addEventListener("message", () => (turn = turn.then(() => over || learn(true))));
if (others) navigator.locks.request(NAME, lead);
else lead();
