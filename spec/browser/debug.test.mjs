// The debug page: a copy of the game whose files are edited while it is played.
// What a page shows of an error, and which edits load it anew, is looked at from the page; what the server sends for
// it is spec/bindings/debug_spec.lua's.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { scriptPath, Server } from "../clients/harness.mjs";
import { eventually, middle, Site, stateIs } from "./harness.mjs";

const RED = "#ff0000";
const BROKEN = ["local SPEED = 220", "local SPEED = = 220"];
// A tick that fails once such a player is there; a first step that failed would take the script back.
const FAILING = ["    step(p, dt)\n", '    if p.name == "Boom" then error("<b>no</b> luck") end\n    step(p, dt)\n'];

let folder, site;
const texts = new Map();

const at = (name) => join(folder, name);
const serve = (port = 0) =>
  Server.launch(at("scripts/game.lua"), "--debug", ...(port ? ["--port", String(port)] : []));

async function edit(name, [from, to]) {
  if (!texts.has(name)) texts.set(name, await readFile(at(name), "utf8"));
  assert.ok(texts.get(name).includes(from), `${name} has no ${from}`);
  await writeFile(at(name), texts.get(name).replace(from, () => to));
}

/** Waits until the server has done something about it. */
async function save(name, change, line) {
  const from = site.server.log.length;
  await edit(name, change);
  if (line) await site.server.logged(line, from);
}

async function mend(name) {
  const from = site.server.log.length;
  await writeFile(at(name), texts.get(name));
  if (name.endsWith(".lua")) await site.server.logged(/reloaded/, from);
}

/** A page that notes how often it is loaded, and each state of its connection. */
async function open() {
  const page = await site.page(undefined, () => {
    window.states = [];
    document.addEventListener("DOMContentLoaded", () => {
      const state = document.querySelector("#state");
      const note = () => state && window.states.push(state.dataset.state);
      if (state) new MutationObserver(note).observe(state, { attributes: true });
      note();
    });
  });
  await stateIs(page, "connected", "Connected");
  await page.evaluate(() => (window.mark = "kept"));
  return page;
}

const panel = (page) => page.locator("moonwire-debug .panel");
const badge = (page) => page.locator("moonwire-debug .badge");
/** Of the first pixel of a picture. */
const colorOf = (page, png) => page.evaluate(async (bytes) => {
  const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))]));
  const copy = new OffscreenCanvas(1, 1).getContext("2d");
  copy.drawImage(picture, 0, 0);
  return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3).join(" ");
}, png.toString("base64"));
const marked = (page) => page.evaluate(() => window.mark === "kept");

async function settled(page, ms = 700) {
  await page.waitForTimeout(ms);
  return marked(page);
}

async function play(page, name) {
  await page.fill("#name", name);
  await page.fill("#color", RED);
  await page.click("#play");
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moonwire-debug-"));
  for (const part of ["scripts", "templates", "static"])
    await cp(scriptPath(`../../${part}`), at(part), { recursive: true });
  site = await Site.over(await serve());
});
after(async () => {
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => texts.clear());
afterEach(async () => {
  await site.sweep();
  for (const name of texts.keys()) await mend(name);
});

test("a saved template is seen without a hand on the page", async () => {
  const page = await open();
  await save("templates/chat.html", ["<h1>", "<h1>Other "]);
  assert.ok(await settled(page), "of another page it is not");
  await save("templates/game.html", ["<h1>Game</h1>", "<h1>Another game</h1>"]);
  await page.locator("h1", { hasText: "Another game" }).waitFor();
  assert.equal(await marked(page), false);
  assert.deepEqual(page.problems, []);
});

test("a saved stylesheet is exchanged in the page that stands", async () => {
  const page = await open();
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--paper"));
  await save("static/style.css", ["--paper: #f5f3ee", "--paper: #123456"]);
  await eventually("the colour changes", paper, (color) => color.trim() === "#123456");
  assert.ok(await settled(page), "it was loaded anew");
  assert.equal(await page.locator('link[rel~="stylesheet"]').count(), 1, "the old sheet is gone");
  await mend("static/style.css");
  await eventually("and back", paper, (color) => color.trim() === "#f5f3ee");
  assert.ok(await marked(page));
});

test("a picture is exchanged, and a script of the page loads it anew", async () => {
  const page = await open();
  const picture = page.locator("header img");
  await save("static/icon.svg", ["<svg", "<svg data-new=''"]);
  await eventually("the picture is another", () => picture.getAttribute("src"), (src) => src.includes("moonwire="));
  assert.ok(await settled(page), "it was loaded anew");
  await save("static/game.js", ["const LISTED = 40;", "const LISTED = 41;"]);
  await page.waitForFunction(() => window.mark !== "kept");
});

test("a broken script is shown with file, line and source until it is mended, and nobody is disconnected", async () => {
  const page = await open();
  await save("scripts/game.lua", BROKEN, /kept generation/);
  await panel(page).waitFor();
  const text = await panel(page).innerText();
  assert.match(text, /The script was not reloaded/);
  assert.match(text, /game\.lua, line 9/);
  assert.match(await panel(page).locator(".here").innerText(), /^\s*9\s*local SPEED = = 220/);

  const late = await open(); // comes when it has happened
  await panel(late).waitFor();

  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "hidden" });
  assert.equal(await badge(page).innerText(), "1 error");
  assert.ok(await panel(late).isVisible(), "what one hides the other sees");
  await badge(page).click();
  await panel(page).waitFor();
  await page.locator("moonwire-debug .close").click();
  await panel(page).waitFor({ state: "hidden" });

  await mend("scripts/game.lua");
  for (const each of [page, late]) {
    await each.locator("moonwire-debug").waitFor({ state: "detached" });
    assert.ok(await marked(each), "a saved script does not load the page anew");
    assert.deepEqual((await each.evaluate(() => window.states)).slice(-1), ["connected"]);
    assert.deepEqual(each.asked.filter((url) => url.includes("transport=polling") && !url.includes("sid=")).length, 1);
    assert.deepEqual(each.problems, []);
  }
});

test("a tick that fails again and again is one error with a count, under which the game is played", async () => {
  await save("scripts/game.lua", FAILING, /reloaded/);
  const page = await open();
  await play(page, "Ada");
  await eventually("Ada is seen", () => middle(page, RED), (spot) => spot !== null);
  const other = await open();
  await play(other, "Boom");
  await panel(page).waitFor();
  const count = async () => parseInt(await panel(page).locator(".count").innerText(), 10);
  await eventually("it is counted", count, (times) => times > 20);
  assert.equal(await panel(page).locator("article").count(), 1);
  assert.match(await panel(page).innerText(), /tick at .*game\.lua:\d+/);
  assert.match(await panel(page).locator(".message").innerText(), /<b>no<\/b> luck/);
  assert.equal(await panel(page).locator("b").count(), 0, "what an error says is no HTML");

  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "hidden" });
  await page.waitForTimeout(1500);
  assert.ok(await panel(page).isHidden(), "it comes again though it was hidden");

  await mend("scripts/game.lua");
  await page.locator("moonwire-debug").waitFor({ state: "detached" });
});

test("the keys reach the game under an error", async () => {
  const page = await open();
  await play(page, "Ada");
  const from = await eventually("Ada is seen", () => middle(page, RED), (spot) => spot !== null);
  await save("scripts/game.lua", BROKEN, /kept generation/);
  await panel(page).waitFor();
  const key = from.x < 400 ? "KeyD" : "KeyA";
  const focused = await page.evaluate(() => document.activeElement.id || document.activeElement.tagName);
  assert.notEqual(focused, "MOONWIRE-DEBUG");
  await page.keyboard.down(key);
  await eventually("she moves", () => middle(page, RED), (spot) => spot && Math.abs(spot.x - from.x) > 40);
  await page.keyboard.up(key);
});

test("an error is seen above what fills the screen", async () => {
  const page = await open();
  await page.evaluate(() => document.querySelector("#count").addEventListener("click",
    () => document.querySelector(".field").requestFullscreen()));
  await page.click("#count");
  await page.waitForFunction(() => document.fullscreenElement);
  await save("scripts/game.lua", BROKEN, /kept generation/);
  await panel(page).waitFor();
  await eventually("its red edge is painted", async () => {
    const { x, y, width } = await panel(page).boundingBox();
    return colorOf(page, await page.screenshot({ clip: { x: x + width / 2, y: y + 2, width: 1, height: 1 } }));
  }, (color) => color === "179 38 30");
});

test("the page of a route that failed comes right once the script does", async () => {
  await save("scripts/game.lua", ["  return mw.render_template(", '  error("</script><img src=x onerror=window.bad=1>")\n  return mw.render_template('],
    /reloaded/);
  const context = await site.browser.newContext();
  const page = await context.newPage();
  const answer = await page.goto(site.wire.url);
  assert.equal(answer.status(), 500);
  assert.match(await page.locator("mark").innerText(), /error\(/);
  assert.match(await page.locator("strong").innerText(), /<\/script><img/);
  await page.waitForTimeout(300);
  assert.equal(await page.locator("moonwire-debug").count(), 0, "it is said once");
  assert.equal(await page.evaluate(() => window.bad), undefined);
  await mend("scripts/game.lua");
  await page.locator("h1", { hasText: "Game" }).waitFor();
});

test("ten pages of one browser hold one connection, and all are told", async () => {
  const first = await open();
  const pages = [];
  for (let i = 0; i < 9; i++) {
    const page = await first.context().newPage();
    await page.goto(site.wire.url);
    await stateIs(page, "connected", "Connected");
    pages.push(page);
  }
  for (const leave of [false, true]) {
    if (leave) await first.close(); // it was the one that asked
    await save("scripts/game.lua", BROKEN, /kept generation/);
    for (const page of pages) await panel(page).waitFor();
    await mend("scripts/game.lua");
    for (const page of pages) await page.locator("moonwire-debug").waitFor({ state: "detached" });
  }
  await save("templates/game.html", ["<h1>Game</h1>", "<h1>For all</h1>"]);
  for (const page of pages) await page.locator("h1", { hasText: "For all" }).waitFor();
});

test("without locks a page asks while it is seen", async () => {
  const page = await site.page(undefined, () => {
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
    window.out = (hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    };
  });
  await stateIs(page, "connected", "Connected");
  await page.evaluate(() => window.out(true));
  await page.waitForTimeout(500);
  const asked = page.asked.length;
  await save("scripts/game.lua", BROKEN, /kept generation/);
  await page.waitForTimeout(500);
  assert.equal(page.asked.length, asked, "it asks though nobody sees it");
  await page.evaluate(() => window.out(false));
  await panel(page).waitFor();
});

test("pages find the server that comes back", async () => {
  const page = await open();
  const other = await page.context().newPage();
  await other.goto(site.wire.url);
  const port = site.server.port;
  await site.server.stop();
  await edit("templates/game.html", ["<h1>Game</h1>", "<h1>A new day</h1>"]);
  site.server = await serve(port);
  for (const each of [page, other]) await each.locator("h1", { hasText: "A new day" }).waitFor();
  await stateIs(page, "connected", "Connected");
});
