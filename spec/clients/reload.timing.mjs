// Save upon save under live traffic: nobody is disconnected, every acknowledgement arrives, nothing
// is handled twice, no beat of the tick is lost, and the new code answers soon; and a reload that was
// leaves nothing behind.
// It measures time, so it runs alone and in no sanitizer's build. RELOAD_SAVES, RELOAD_CLIENTS and
// RELOAD_TIMES ask for the long run (100, 60 and 1000) that a change of the reload has to show.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { it } from "node:test";
import { all, ask, measured, PATIENCE_MS, Server, sleep } from "./harness.mjs";
import { Project, RATE } from "./reload_project.mjs";
import { road } from "./versions.mjs";

const SAVES = Number(process.env.RELOAD_SAVES ?? 12);
const CLIENTS = Number(process.env.RELOAD_CLIENTS ?? 20);
const TIMES = Number(process.env.RELOAD_TIMES ?? 100);
const MEDIAN_MS = 150;
const WORST_MS = 300;
const LONGEST_GAP_MS = 2000 / RATE;

/** Sends and waits for the answer, again and again, until told to stop. */
function talk(socket, failures) {
  let asked = 0;
  let slowest = 0;
  let stopped = false;
  const over = (async () => {
    while (!stopped) {
      const id = `id${++asked}`;
      const start = performance.now();
      const [answered, times] = await ask(socket, "count", id);
      slowest = Math.max(slowest, performance.now() - start);
      if (answered !== id || times !== 1) failures.push(`${id} was answered by ${answered}, handled ${times} times`);
      await sleep(20 + Math.random() * 30);
    }
  })();
  return {
    asked: () => asked,
    slowest: () => slowest,
    stop() {
      stopped = true;
      return over;
    },
  };
}

/** @returns the milliseconds from the save to the first answer of the new code */
async function saveAndWait(project, probe, version) {
  const before = performance.now();
  await project.save(version);
  const after = performance.now();
  await saved(probe, version);
  return performance.now() - (before + after) / 2;
}

/** Waits until this version answers. */
async function saved(probe, version) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const [running] = await ask(probe, "version");
    if (running === version) return;
    assert.ok(performance.now() < deadline, `still version ${running}, not ${version}`);
    await sleep(2);
  }
}

/** How many files the server has open, and how many folders it watches. */
async function held(server) {
  const proc = `/proc/${server.child.pid}`;
  const files = await readdir(`${proc}/fd`);
  const infos = await Promise.all(files.map((fd) => readFile(`${proc}/fdinfo/${fd}`, "utf8").catch(() => "")));
  return { files: files.length, watches: infos.join("").split("inotify wd:").length - 1 };
}

async function rss(server) {
  const status = await readFile(`/proc/${server.child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

/** Clients that talk all the time, half of them by polling. */
async function gather(server, failures) {
  const sockets = [];
  for (let i = 0; i < CLIENTS; i++) {
    const socket = await server.client(road(i % 2 ? "websocket" : "polling"));
    socket.on("disconnect", (reason) => failures.push(`a client left: ${reason}`));
    sockets.push(socket);
  }
  return sockets.map((socket) => ({ socket, ...talk(socket, failures) }));
}

/** The milliseconds until each new version answered, in order of size. */
async function saveAgainAndAgain(project, probe) {
  const took = [];
  for (let version = 2; version < SAVES + 2; version++) {
    took.push(await saveAndWait(project, probe, version));
    await sleep(Math.random() * 60);
  }
  return took.sort((a, b) => a - b);
}

function checkWhatCame({ socket, asked }) {
  const counted = all(socket, "counted").map(([id]) => id);
  assert.equal(counted.length, asked(), "an event came twice, or not at all");
  assert.equal(new Set(counted).size, counted.length);
  const numbers = all(socket, "beat").map(([n]) => n);
  numbers.forEach((n, k) => assert.equal(n, numbers[0] + k, "a beat is missing at a client"));
}

async function run(server, project) {
  const failures = [];
  const talkers = await gather(server, failures);
  const probe = await server.client(road("websocket"));
  await saveAndWait(project, probe, 1); // warms up
  const calm = await longestGap(probe, 1000);
  await ask(probe, "clear");
  const took = await saveAgainAndAgain(project, probe);
  const [beats, joined] = await ask(probe, "stats");
  await Promise.all(talkers.map((talker) => talker.stop()));
  await sleep(200);

  talkers.forEach(checkWhatCame);
  assert.deepEqual(failures, []);
  assert.deepEqual(joined, { connects: CLIENTS + 1, disconnects: 0 });
  assert.deepEqual([beats.missed, beats.doubled], [0, 0], "beats missed and doubled");
  assert.equal(server.log.match(/reloaded /g).length, SAVES + 1, server.log);
  assert.doesNotMatch(server.log, /error|kept/);
  return {
    asked: talkers.reduce((sum, talker) => sum + talker.asked(), 0),
    slowest: Math.max(...talkers.map((talker) => talker.slowest())),
    median: took[took.length >> 1],
    worst: took[took.length - 1],
    gap: beats.longest * 1000,
    calm,
  };
}

/** Of the tick, while nothing is saved: how busy the machine is with other things. */
async function longestGap(probe, ms) {
  await ask(probe, "clear");
  await sleep(ms);
  const [beats] = await ask(probe, "stats");
  return beats.longest * 1000;
}

const inTime = (f) => f.median < MEDIAN_MS && f.worst < WORST_MS && f.gap < LONGEST_GAP_MS;

const summary = (f) =>
  `${SAVES} saves under ${CLIENTS} clients, ${f.asked} events acknowledged (slowest ${f.slowest.toFixed(0)} ms): ` +
  `new code after ${f.median.toFixed(0)} ms (median), ${f.worst.toFixed(0)} ms (worst); longest gap of the tick ` +
  `${f.gap.toFixed(1)} ms (${f.calm.toFixed(1)} without a save)`;

async function during(body) {
  const project = await Project.make();
  const server = await Server.launch(project.path());
  try {
    const result = await body(server, project);
    await server.stop();
    return result;
  } finally {
    server.kill();
    await project.remove();
  }
}

it(`takes ${SAVES} saves under ${CLIENTS} clients`, async (t) => {
  const figures = await measured(async () => {
    const once = await during(run);
    t.diagnostic(summary(once));
    return once;
  }, inTime);
  assert.ok(inTime(figures), summary(figures));
});

// What a generation may hold on to: handlers, routes with their limits, templates, a module of its own, timers, tasks.
const HEAVY = `
local ballast = {}
for i = 1, 20000 do ballast[i] = { i } end
for i = 1, 50 do socketio.on("event" .. i, function() return ballast end) end
mw.app.route("/", { limit = "1000000 per day" }, function() return mw.render_template("page.html", { n = #ballast }) end)
socketio.every(0.01, function() return ballast end)
socketio.start_background_task(function() socketio.sleep(1e6) return ballast end)
mw.on_reload(function() socketio.after(1e6, function() return ballast end) end)
socketio.on("kilobytes", function() collectgarbage() collectgarbage() return collectgarbage "count" end)
`;
const WARM = 20;

it(`leaves nothing behind, ${TIMES} times`, (t) =>
  during(async (server, project) => {
    const probe = await server.client(road("websocket"));
    await project.inPlace("templates/page.html", "{% include 'part.html' %}{{ n }}");
    await project.inPlace("templates/part.html", "part ");
    await mkdir(project.path("lib"));
    let first;
    for (let i = 1; i <= WARM + TIMES; i++) {
      const module = `require "lib.m${i % 3}"`;
      await project.inPlace(`lib/m${i % 3}.lua`, `return ${i}\n`);
      await project.save(i, HEAVY + module, 1);
      await saved(probe, i);
      assert.equal(await (await fetch(server.url)).text(), "part 20000");
      if (i === WARM) first = await weigh(server, probe);
    }
    const last = await weigh(server, probe);
    t.diagnostic(`${TIMES} reloads: ${JSON.stringify(first)} -> ${JSON.stringify(last)}`);
    assert.deepEqual([last.files, last.watches], [first.files, first.watches]);
    assert.ok(last.kilobytes < first.kilobytes * 1.02, "Lua's memory grew");
    assert.ok(last.rss < first.rss * 1.1 + 1, "the process grew");
    assert.equal(server.log.match(/reloaded /g).length, WARM + TIMES);
  }));

async function weigh(server, probe) {
  await sleep(200); // the former generation stays until the ticks of this one have proven themselves
  const [kilobytes] = await ask(probe, "kilobytes");
  return { ...(await held(server)), kilobytes, rss: await rss(server) };
}
