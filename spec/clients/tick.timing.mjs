// The fixed-rate tick as a client sees it: none missing, none early, and a rate that does not drift.
// It measures time, so it runs alone and in no sanitizer's build. TICK_SECONDS and TICK_CLIENTS ask
// for the long run (60 and 200) that a change of the clockwork has to show.
import assert from "node:assert/strict";
import { it } from "node:test";
import { all, ask, Server, sleep } from "./harness.mjs";
import { road } from "./versions.mjs";

const RATE = 30;
const SECONDS = Number(process.env.TICK_SECONDS ?? 5);
const CLIENTS = Number(process.env.TICK_CLIENTS ?? 20);
const EARLY_MS = 5; // what the way to the client may vary by when the machine is quiet

async function watch(server, t) {
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
  assert.equal(stats.skipped, 0);

  const period = (at[count] - at[0]) / count;
  const offsets = at.slice(0, count + 1).map((ms, i) => ms - (i * 1000) / RATE).sort((a, b) => a - b);
  const median = offsets[count >> 1];
  const summary = `mean period ${period.toFixed(4)} ms, arrival within ${(offsets[0] - median).toFixed(2)} and ${(offsets[count] - median).toFixed(2)} ms of the schedule; ${JSON.stringify(stats)}`;
  t.diagnostic(summary);
  assert.ok(Math.abs(period * RATE / 1000 - 1) < 0.005, summary);
  assert.ok(median - offsets[0] < EARLY_MS, `early: ${summary}`);
}

it(`ticks ${RATE} times a second for ${SECONDS} s with ${CLIENTS} clients`, (t) =>
  Server.during((server) => watch(server, t), "scenario.lua"));
