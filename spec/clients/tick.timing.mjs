// The fixed-rate tick as a client sees it: none missing, none early, and a rate that does not drift.
// It measures time, so it runs alone and in no sanitizer's build. TICK_SECONDS and TICK_CLIENTS ask
// for the long run (60 and 200) that a change of the clockwork has to show.
import assert from "node:assert/strict";
import { it } from "node:test";
import { all, ask, measured, Server, sleep } from "./harness.mjs";
import { road } from "./versions.mjs";

const RATE = 30;
const SECONDS = Number(process.env.TICK_SECONDS ?? 5);
const CLIENTS = Number(process.env.TICK_CLIENTS ?? 20);
const EARLY_MS = 5; // what the way to the client may vary by when the machine is quiet

async function watch(server) {
  const sockets = [];
  for (let i = 0; i < CLIENTS; i++) sockets.push(await server.client(road("websocket")));
  const watcher = sockets[0];
  const at = [];
  watcher.on("tick", () => at.push(performance.now()));
  await Promise.all(sockets.map((socket) => ask(socket, "join", "tickers")));
  await sleep((SECONDS + 0.2) * 1000);
  const [stats] = await ask(watcher, "tick_stats");

  const count = SECONDS * RATE;
  const numbers = all(watcher, "tick").map(([{ n }]) => n).slice(0, count + 1);
  assert.equal(numbers.length, count + 1);
  numbers.forEach((n, i) => assert.equal(n, numbers[0] + i, "a tick is missing"));

  const period = (at[count] - at[0]) / count;
  const offsets = at.slice(0, count + 1).map((ms, i) => ms - (i * 1000) / RATE).sort((a, b) => a - b);
  const median = offsets[count >> 1];
  return { period, early: median - offsets[0], late: offsets[count] - median, stats };
}

const inTime = ({ period, early, stats }) =>
  stats.skipped === 0 && Math.abs(period * RATE / 1000 - 1) < 0.005 && early < EARLY_MS;

const summary = ({ period, early, late, stats }) =>
  `mean period ${period.toFixed(4)} ms, arrival up to ${early.toFixed(2)} ms before and ${late.toFixed(2)} ms after ` +
  `the schedule; ${JSON.stringify(stats)}`;

it(`ticks ${RATE} times a second for ${SECONDS} s with ${CLIENTS} clients`, async (t) => {
  const figures = await measured(async () => {
    const once = await Server.during(watch, "scenario.lua");
    t.diagnostic(summary(once));
    return once;
  }, inTime);
  assert.ok(inTime(figures), summary(figures));
});
