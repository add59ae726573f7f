// Two people play while the script of their game is edited and saved: nobody flickers, jumps or is disconnected.
// Each page records its own frames and what it is sent, so that a moment between two looks of the test is not missed.
// LIVE_FRAMES names a folder for pictures of it, to be looked at.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { measured, Server } from "../clients/harness.mjs";
import { DESK, Site, eventually, leave, middle, stateIs } from "./harness.mjs";

const RATE = 30;
const FASTEST = 600; // pixels a second, of all edits
const SOON_MS = 300;
const LONGEST_GAP_MS = 8000 / RATE; // between two updates; the page plays a tenth of a second behind
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FRAMES = process.env.LIVE_FRAMES;

let folder, source, site;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moonwire-live-"));
  for (const name of ["static", "templates"]) await cp(join(ROOT, name), join(folder, name), { recursive: true });
  await mkdir(join(folder, "scripts"));
  await cp(join(ROOT, "scripts/game.lua"), join(folder, "scripts/game.lua"));
  source = await readFile(join(folder, "scripts/game.lua"), "utf8");
  if (FRAMES) await mkdir(FRAMES, { recursive: true });
  site = await Site.over(await Server.launch(join(folder, "scripts/game.lua")));
});
after(async () => {
  await site?.close();
  await rm(folder, { recursive: true });
});

// ---- In the page -----------------------------------------------------------------------------------

// What the socket brings, as it comes: the time and the players of each update.
function recordUpdates() {
  const record = { updates: [], sockets: 0, closed: 0, frames: 0, longest: 0, blank: [], colors: {} };
  window.record = record;
  window.WebSocket = class extends window.WebSocket {
    constructor(...args) {
      super(...args);
      record.sockets++;
      this.addEventListener("close", () => record.closed++);
      this.addEventListener("message", ({ data }) => {
        const at = typeof data === "string" ? data.indexOf('["game_update"') : -1;
        if (at >= 0) record.updates.push([performance.now(), JSON.parse(data.slice(at))[1]]);
      });
    }
  };
}

// Each frame: which of the colours are on the field, in a copy small enough to be looked at each time.
function recordFrames(colors) {
  const { record } = window;
  const field = document.getElementById("field");
  const small = new OffscreenCanvas(200, 150).getContext("2d", { willReadFrequently: true });
  small.imageSmoothingEnabled = false;
  const values = colors.map((color) => parseInt(color.slice(1), 16));
  record.updates.length = 0;
  record.started = performance.now();
  let last = record.started;
  requestAnimationFrame(function look(now) {
    record.longest = Math.max(record.longest, now - last);
    last = now;
    record.frames++;
    small.drawImage(field, 0, 0, 200, 150);
    const { data } = small.getImageData(0, 0, 200, 150);
    const found = new Set();
    for (let i = 0; i < data.length; i += 4) {
      const at = values.indexOf((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      if (at >= 0) found.add(colors[at]);
    }
    for (const color of found) record.colors[color] ??= performance.timeOrigin + now;
    if (found.size < 2) record.blank.push([Math.round(now - record.started), ...found]);
    requestAnimationFrame(look);
  });
}

// ---- The people ------------------------------------------------------------------------------------

async function enter(name, color) {
  const page = await site.page(DESK, recordUpdates);
  await stateIs(page, "connected", "Connected over WebSocket");
  await page.fill("#name", name);
  await page.fill("#color", color);
  await page.check('input[value="square"]', { force: true });
  await page.click("#play");
  await eventually(`${name} is seen`, () => middle(page, color), (at) => at !== null);
  return page;
}

// One along the upper edge, one along the lower, so that nobody hides the other.
async function toTheEdge(page, color, key, arrived) {
  await page.keyboard.down(key);
  await eventually("the edge", () => middle(page, color), (at) => arrived(at.y));
  await page.keyboard.up(key);
}

// To and fro until it is told to stop.
function wander(page, there, back, ms) {
  let stopped = false;
  const over = (async () => {
    while (!stopped) {
      for (const key of [there, back]) {
        await page.keyboard.down(key);
        await page.waitForTimeout(ms);
        await page.keyboard.up(key);
      }
    }
  })();
  return () => {
    stopped = true;
    return over;
  };
}

// ---- Whoever edits ---------------------------------------------------------------------------------

const script = () => join(folder, "scripts/game.lua");

async function saveInPlace(text) {
  await writeFile(script(), text);
}

async function saveBeside(text) {
  await writeFile(`${script()}.swp`, text);
  await rename(`${script()}.swp`, script());
}

function edited(speed, colors) {
  const text = source
    .replace("local SPEED = 220", `local SPEED = ${speed}`)
    .replace("color = p.color, x", `color = ({ Ada = "${colors[0]}", Grace = "${colors[1]}" })[p.name], x`);
  assert.notEqual(text, source);
  return text;
}

const COLORS = [["#ff0000", "#00c000"], ["#0040ff", "#ff00ff"], ["#ff8000", "#008080"], ["#804000", "#4000ff"],
  ["#d00050", "#00a0d0"], ["#606000", "#a000a0"]];

// ---- What must hold --------------------------------------------------------------------------------

// Where someone is moves on by no more than the fastest may in the time of an update.
function checkNoJump(updates, name) {
  let last = null;
  for (const [, players] of updates) {
    const now = Object.values(players).find((player) => player.name === name);
    assert.ok(now, `${name} is in every update`);
    const way = last && Math.hypot(now.x - last.x, now.y - last.y);
    assert.ok(!last || way < FASTEST / RATE + 1, `${name} jumped ${way} from ${JSON.stringify(last)}`);
    last = now;
  }
}

// However busy the machine is with other things.
function check(record, name) {
  assert.deepEqual([record.sockets, record.closed], [1, 0], `${name}: sockets opened and closed`);
  assert.deepEqual(record.blank, [], `${name}: frames in which somebody is missing, of ${record.frames}`);
  for (const who of ["Ada", "Grace"]) checkNoJump(record.updates, who);
}

const due = (record) => ((record.ended - record.started) * RATE) / 1000;

// What comes while the browser waits for the processor is seen with its next frame.
function inTime({ records, delays }) {
  const waited = Math.max(...records.map((record) => record.longest));
  return delays.every((delay) => delay < SOON_MS + waited) && records.every((record) =>
    Math.abs(record.updates.length - due(record)) < 4 && longestGap(record) < LONGEST_GAP_MS + waited);
}

const summary = ({ records, delays }) =>
  `${delays.length / 2} edits: new colours on the picture after ${delays[delays.length >> 1].toFixed(0)} ms (median), ` +
  `${delays.at(-1).toFixed(0)} ms (worst); ` +
  `${records.map((r) => `${r.updates.length} of ${due(r).toFixed(0)}`).join(" and ")} updates, ` +
  `longest time between two of them ${records.map((r) => longestGap(r).toFixed(0)).join(" and ")} ms, between two frames ` +
  `${records.map((r) => r.longest.toFixed(0)).join(" and ")} ms of ${records.map((r) => r.frames).join(" and ")}`;

function longestGap(record) {
  const times = record.updates.map(([time]) => time);
  return Math.max(...times.slice(1).map((time, i) => time - times[i]));
}

async function playWhileEdited() {
  const from = site.server.log.length;
  const pages = [await enter("Ada", COLORS[0][0]), await enter("Grace", COLORS[0][1])];
  await toTheEdge(pages[0], COLORS[0][0], "KeyW", (y) => y < 21);
  await toTheEdge(pages[1], COLORS[0][1], "ArrowDown", (y) => y > 579);
  const stops = [wander(pages[0], "KeyD", "KeyA", 500), wander(pages[1], "ArrowLeft", "ArrowRight", 400)];
  for (const page of pages) await page.evaluate(recordFrames, COLORS.flat());
  const saved = [];
  for (let i = 1; i < COLORS.length; i++) {
    const text = edited(100 * (i + 1), COLORS[i]);
    if (i % 2) await saveInPlace(text.replace("local RADIUS = 20", "local RADIUS = = 20")); // a slip, and its mend
    await pages[0].waitForTimeout(300 + 40 * i);
    await (i % 2 ? saveInPlace : saveBeside)(text);
    saved.push(Date.now());
    if (FRAMES) await shoot(pages, i);
    await pages[0].waitForTimeout(500);
  }
  const records = await Promise.all(pages.map((page) => page.evaluate(() => ({ ...window.record, ended: performance.now() }))));
  await Promise.all(stops.map((stop) => stop()));

  check(records[0], "Ada");
  check(records[1], "Grace");
  assert.match(site.server.log.slice(from), /kept generation \d+: .*game\.lua:\d+: unexpected symbol near '='/);
  await leave(...pages);
  const delays = records.flatMap(({ colors }) => saved.map((at, i) => colors[COLORS[i + 1][0]] - at));
  return { records, delays: delays.sort((a, b) => a - b) };
}

test("two people play while the script is edited", async (t) => {
  const figures = await measured(async () => {
    await saveBeside(edited(220, COLORS[0]));
    const once = await playWhileEdited();
    t.diagnostic(summary(once));
    return once;
  }, inTime);
  assert.ok(inTime(figures), summary(figures));
});

// One picture at once, and some while the save takes effect.
async function shoot(pages, edit) {
  for (let k = 0; k < 4; k++) {
    for (const [i, page] of pages.entries())
      await page.locator(".field").screenshot({ path: join(FRAMES, `edit${edit}-${k}-${i ? "grace" : "ada"}.png`) });
  }
}
