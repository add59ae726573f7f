// The debug page in the browser: asks the server for news, shows errors, refreshes what changed.
// A page that is not seen asks nothing: a browser opens six connections to one server, and each question holds one
// until it is answered. It touches no Socket.IO client of the page, and stops nothing that the page does.
import { Overlay } from "./debug_overlay.js";
import { isTaken } from "./debug_files.js";

const RETRY_FIRST = 250; // milliseconds, while the server is not there
const RETRY_LAST = 2000;

const given = new URL(import.meta.url).searchParams;
const failed = given.has("failed"); // the page is the answer of a route that failed
const sent = given.has("sent"); // the page answers a form: to refresh it would send the form again
const overlay = window.top === window ? new Overlay() : null;

let seen = given.get("seen"); // what of the server's news was in the page when it was made

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function untilSeen() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

// One question. Its answer comes when there is news, or, `now`, at once.
async function ask(now) {
  const leaving = new AbortController();
  const leave = () => document.hidden && leaving.abort();
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

// Must the page be loaded anew for this?
function isOld(change) {
  if (change.kind === "script") return failed;
  return change.kind === "template" || !isTaken(change.path, seen);
}

// What a page of an error shows by itself is not laid over it.
function shown(errors) {
  return failed && document.documentElement.dataset.moonwire === "error"
    ? errors.filter((error) => error.kind !== "run") : errors;
}

// True: the page is to be loaded anew.
function take(news) {
  if (news.seen === null || news.changes === null) return true; // another server, or too long ago
  const old = news.changes.map(isOld).some(Boolean);
  seen = news.seen;
  overlay?.show(shown(news.errors));
  return old;
}

async function listen() {
  let retry = RETRY_FIRST;
  for (let now = true; ; ) {
    await untilSeen();
    try {
      const old = take(await ask(now));
      if (old && !sent) return location.reload();
      if (old) overlay?.say("This page is out of date. It answers a form, so send the form again.");
      now = false;
      retry = RETRY_FIRST;
    } catch {
      await sleep(document.hidden ? 0 : retry);
      retry = Math.min(2 * retry, RETRY_LAST);
    }
  }
}

listen();
