// Save upon save under live traffic: nobody is disconnected, every acknowledgement arrives, nothing
// is handled twice, no beat of the tick is lost, and the new code answers soon.
// It measures time, so it runs alone and in no sanitizer's build. RELOAD_SAVES and RELOAD_CLIENTS ask
// for the long run (100 and 60) that a change of the reload has to show.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { all, ask, Server, sleep } from "./harness.mjs";
import { Project, RATE } from "./reload_project.mjs";
import { road } from "./versions.mjs";

const SAVES = Number(process.env.RELOAD_SAVES ?? 12);
const CLIENTS = Number(process.env.RELOAD_CLIENTS ?? 20);
const MEDIAN_MS = 150;
const WORST_MS = 300;
const LONGEST_GAP_MS = 2000 / RATE;

/** Sends and waits for the answer, again and again, until told to stop. */
function talk(socket, failures) {
  const talker = { asked: 0, stop: false, slowest: 0 };
  talker.over = (async () => {
    while (!talker.stop) {
      const id = `id${++talker.asked}`;
      const start = performance.now();
      const [answered, times] = await ask(socket, "count", id);
      talker.slowest = Math.max(talker.slowest, performance.now() - start);
      if (answered !== id || times !== 1) failures.push(`${id} was answered by ${answered}, handled ${times} times`);
      await sleep(20 + Math.random() * 30);
    }
  })();
  return talker;
}

/** @returns the milliseconds from the save to the first answer of the new code */
async function saveAndWait(project, probe, version) {
  const before = performance.now();
  await project.save(version);
  const saved = performance.now();
  for (;;) {
    const [running] = await ask(probe, "version");
    if (running === version) return performance.now() - (before + saved) / 2;
    await sleep(2);
  }
}

async function rss(server) {
  const status = await readFile(`/proc/${server.child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

async function run(server, project, t) {
  const failures = [];
  const sockets = [];
  for (let i = 0; i < CLIENTS; i++) {
    const socket = await server.client(road(i % 2 ? "websocket" : "polling"));
    socket.on("disconnect", (reason) => failures.push(`a client left: ${reason}`));
    sockets.push(socket);
  }
  const probe = await server.client(road("websocket"));
  const talkers = sockets.map((socket) => talk(socket, failures));
  await saveAndWait(project, probe, 1); // warms up
  await ask(probe, "clear");
  const before = await rss(server);

  const took = [];
  for (let version = 2; version < SAVES + 2; version++) {
    took.push(await saveAndWait(project, probe, version));
    await sleep(Math.random() * 60);
  }
  const [beats, joined] = await ask(probe, "stats");
  const after = await rss(server);
  talkers.forEach((talker) => (talker.stop = true));
  await Promise.all(talkers.map((talker) => talker.over));
  await sleep(200);
  for (const [i, socket] of sockets.entries()) {
    const counted = all(socket, "counted").map(([id]) => id);
    assert.equal(counted.length, talkers[i].asked, "an event came twice, or not at all");
    assert.equal(new Set(counted).size, counted.length);
    const numbers = all(socket, "beat").map(([n]) => n);
    numbers.forEach((n, k) => assert.equal(n, numbers[0] + k, "a beat is missing at a client"));
  }

  took.sort((a, b) => a - b);
  const asked = talkers.reduce((sum, talker) => sum + talker.asked, 0);
  const slowest = Math.max(...talkers.map((talker) => talker.slowest));
  const median = took[took.length >> 1];
  const worst = took[took.length - 1];
  const summary =
    `${SAVES} saves under ${CLIENTS} clients, ${asked} events acknowledged (slowest ${slowest.toFixed(0)} ms): new code after ` +
    `${median.toFixed(0)} ms (median), ${worst.toFixed(0)} ms (worst); longest gap of the tick ` +
    `${(beats.longest * 1000).toFixed(1)} ms; ${beats.missed} beats missed, ${beats.doubled} doubled; ` +
    `${before.toFixed(1)} -> ${after.toFixed(1)} MB`;
  t.diagnostic(summary);
  assert.deepEqual(failures, []);
  assert.deepEqual(joined, { connects: CLIENTS + 1, disconnects: 0 });
  assert.equal(beats.missed, 0, summary);
  assert.equal(beats.doubled, 0, summary);
  assert.equal(server.log.match(/reloaded /g).length, SAVES + 1, server.log);
  assert.doesNotMatch(server.log, /error|kept/);
  assert.ok(beats.longest * 1000 < LONGEST_GAP_MS, summary);
  assert.ok(median < MEDIAN_MS && worst < WORST_MS, summary);
}

it(`takes ${SAVES} saves under ${CLIENTS} clients`, async (t) => {
  const project = await Project.make();
  const server = await Server.launch(project.path());
  try {
    await run(server, project, t);
    await server.stop();
  } finally {
    server.kill();
    await project.remove();
  }
});
