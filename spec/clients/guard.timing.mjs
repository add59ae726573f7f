// What a script that never ends costs everybody else: an echo goes on while each deed is killed in each
// place, and is as quick as ever afterwards. It measures time, so it runs alone and in no sanitizer's build.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { ask, measured, Server, sleep } from "./harness.mjs";
import { road } from "./versions.mjs";

const BUDGET_MS = 300;
const AFTER_MS = 5;
const ENDED = / error .*(ran for more than|not enough memory)/;

const deeds = ["a loop", "a loop in pcall, in a loop", "the same in a comparison", "a coroutine factory",
  "coroutines in coroutines", "deep recursion", "a backtracking pattern", "string.rep, in a loop", "a growing table",
  "JSON of a giant, by emit"];

const settings = ["--set", `handler_timeout=${BUDGET_MS / 1000}`, "--set", "memory_limit=300e6"];

/** Milliseconds that a process was ready to run while others did. */
function waited({ pid }) {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[1]) / 1e6;
}

/** One echo after the other until it is told to stop: how long each took, without what the server waited for others,
 *  and without what this process did, too. */
function listen(server, socket) {
  const latencies = [];
  let over = false;
  const run = (async () => {
    while (!over) {
      const start = [performance.now(), waited(server.child), waited(process)];
      await ask(socket, "echo", 1);
      const [took, serverWaited, ownWaited] =
        [performance.now(), waited(server.child), waited(process)].map((ms, i) => ms - start[i]);
      latencies.push({ longest: took - serverWaited, usual: took - serverWaited - ownWaited });
    }
  })();
  const stop = async () => {
    over = true;
    await run;
    return latencies;
  };
  return { stop };
}

const most = (latencies) => Math.max(...latencies.map(({ longest }) => longest));
const median = (latencies) => latencies.map(({ usual }) => usual).sort((a, b) => a - b)[latencies.length >> 1];

/** A tick that was killed rests, and is logged once a second. */
async function stepped(socket) {
  await sleep(1000);
  const [steps] = await ask(socket, "steps");
  while ((await ask(socket, "steps"))[0] === steps) await sleep(10);
}

/** Kills the deed in the place: the longest echo meanwhile, and the usual one right afterwards. */
async function kill(server, { wrongdoer, other }, place, deed) {
  const from = server.log.length;
  if (place === "tick") await stepped(wrongdoer);
  const during = listen(server, other);
  let latencies;
  try {
    wrongdoer.emit("do", place, deed);
    if (place === "route" || place === "template") await fetch(`${server.url}/${place}`);
    await server.logged(ENDED, from);
  } finally {
    latencies = await during.stop();
  }
  const longest = most(latencies);
  const after = listen(server, other);
  await sleep(100);
  return { longest, usual: median(await after.stop()) };
}

for (const place of ["handler", "tick", "route", "task", "template", "timer"]) {
  it(`an echo goes on while a script is killed in: ${place}`, (t) =>
    Server.during(async (server) => {
      const sockets = {
        wrongdoer: await server.client(road("websocket")),
        other: await server.client(road("websocket")),
      };
      for (const deed of deeds) {
        const inTime = ({ longest, usual }) => longest < 2 * BUDGET_MS && usual < AFTER_MS;
        const figures = await measured(() => kill(server, sockets, place, deed), inTime);
        const summary = `${deed} in ${place}: echo up to ${figures.longest.toFixed(0)} ms, ` +
          `afterwards ${figures.usual.toFixed(2)} ms`;
        t.diagnostic(summary);
        assert.ok(inTime(figures), summary);
      }
    }, "guard.lua", ...settings));
}

const fives = {
  // One may begin in the turn in which the echo comes in.
  "many tasks": { limit: 3 * BUDGET_MS, begin: (wrongdoer) => wrongdoer.emit("tasks", 5) },
  "one client's handlers": {
    limit: 2 * BUDGET_MS,
    begin(wrongdoer) {
      for (let i = 0; i < 5; i++) wrongdoer.emit("do", "handler", "a loop");
    },
  },
};

/** Kills five: the longest echo meanwhile. */
async function killFive(server, other, begin) {
  const from = server.log.length;
  const during = listen(server, other);
  begin();
  while ((server.log.slice(from).match(/ran for more than/g) ?? []).length < 5) await sleep(10);
  return most(await during.stop());
}

for (const [what, { limit, begin }] of Object.entries(fives)) {
  it(`an echo goes on between the kills of ${what}`, (t) =>
    Server.during(async (server) => {
      const [wrongdoer, other] = [await server.client(road("websocket")), await server.client(road("websocket"))];
      const longest = await measured(() => killFive(server, other, () => begin(wrongdoer)), (ms) => ms < limit);
      const summary = `five: echo up to ${longest.toFixed(0)} ms`;
      t.diagnostic(summary);
      assert.ok(longest < limit, summary);
    }, "guard.lua", ...settings));
}
