// The page of scripts/game.lua, played by two people in two windows.
// Where a player is, is read from the picture itself: each has a colour of its own, and the middle of the
// pixels of that colour is where it is seen. The rules are checked in spec/scripts/game_spec.lua.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { DESK, PHONE, Site, eventually, leave, middle, stateIs } from "./harness.mjs";

const RADIUS = 20;
const RED = "#ff0000";
const GREEN = "#00c000";

let site;
before(async () => { site = await Site.open("../../scripts/game.lua"); });
after(() => site?.close());
afterEach(() => site.sweep());

async function playing(name, color, ...options) {
  return enter(await site.page(...options), name, color);
}

async function enter(page, name, color) {
  await stateIs(page, "connected", "Connected");
  await page.fill("#name", name);
  await page.fill("#color", color);
  await page.check('input[value="square"]', { force: true });
  await page.click("#play");
  await seen(page, color);
  return page;
}

const seen = (page, color) => eventually(`${color} is seen`, () => middle(page, color), (at) => at !== null);
const gone = (page, color) => eventually(`${color} is gone`, () => middle(page, color), (at) => at === null);
const names = (page) => page.locator("#players bdi").allTextContents();

// Waits until a colour has stood still for a while, and says where.
async function still(page, color) {
  let last = null;
  return eventually(`${color} stands still`, async () => {
    const before = await middle(page, color);
    await page.waitForTimeout(250);
    last = await middle(page, color);
    return { before, last };
  }, ({ before, last }) => before && last && Math.hypot(before.x - last.x, before.y - last.y) < 0.5)
    .then(() => last);
}

// Away from the edges first, so that there is room to move.
async function toTheMiddle(page, color) {
  for (const [key, axis, sign] of [["KeyD", "x", 1], ["KeyA", "x", -1], ["KeyS", "y", 1], ["KeyW", "y", -1]]) {
    const goal = axis === "x" ? 400 : 300;
    if (((await middle(page, color))[axis] - goal) * sign > -20) continue;
    await page.keyboard.down(key);
    await eventually("the middle", () => middle(page, color), (at) => (at[axis] - goal) * sign > -20);
    await page.keyboard.up(key);
  }
  return still(page, color);
}

test("two people see each other move", async () => {
  const ada = await playing("Ada", RED);
  const grace = await playing("Grace", GREEN); // comes late, and sees who was there
  const [start, other] = [await toTheMiddle(ada, RED), await still(grace, GREEN)];
  await seen(grace, RED);
  await seen(ada, GREEN);
  assert.deepEqual((await names(ada)).sort(), ["Ada", "Grace"]);
  assert.equal(await grace.textContent("#count"), "2");

  for (const [key, dx, dy] of [["KeyD", 1, 0], ["ArrowLeft", -1, 0], ["KeyS", 0, 1], ["ArrowUp", 0, -1]]) {
    const from = await still(grace, RED);
    await ada.keyboard.down(key);
    await eventually(`${key} moves Ada`, () => middle(grace, RED),
      (at) => (at.x - from.x) * dx + (at.y - from.y) * dy > 40);
    await ada.keyboard.up(key);
    await still(ada, RED);
    const [hers] = await eventually(`both see Ada at the same place after ${key}`,
      async () => [await still(grace, RED), await still(ada, RED)],
      ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y) < 1.5);
    assert.ok(Math.abs((hers.x - from.x) * dy) + Math.abs((hers.y - from.y) * dx) < 1.5, `${key} goes straight`);
  }
  assert.ok(start && Math.hypot(other.x - (await middle(ada, GREEN)).x, other.y - (await middle(ada, GREEN)).y) < 1.5,
    "Grace has not moved");

  await grace.click("#leave");
  await gone(ada, GREEN);
  assert.deepEqual(await names(ada), ["Ada"]);
  await grace.click("#play");
  await seen(ada, GREEN);
  await leave(grace); // the window is closed
  await gone(ada, GREEN);
  assert.equal(await ada.textContent("#count"), "1");
  await leave(ada);
});

test("a name is text, trimmed and bounded, whatever is in it", async () => {
  const page = await site.page();
  await stateIs(page, "connected", "Connected");
  for (const [typed, shown] of [["<b>x</b>", "<b>x</b>"], ["  Ada  ", "Ada"], ["   ", "Anonymous"], ["ÄÖÜäöüß世界😀", "ÄÖÜäöüß世界😀"]]) {
    await page.fill("#name", typed);
    await page.click("#play");
    await eventually(`the name ${shown}`, () => names(page), ([name]) => name === shown);
  }
  await page.evaluate(() => { document.getElementById("name").maxLength = 1000; });
  await page.fill("#name", "ü".repeat(500));
  await page.click("#play");
  await eventually("a short name", () => names(page), ([name]) => name === "ü".repeat(16));
  assert.equal(await page.locator("#players bdi *").count(), 0);
  await leave(page);
});

test("nobody leaves the field", async () => {
  const page = await playing("Ada", RED);
  await page.keyboard.down("KeyA");
  await page.keyboard.down("ArrowUp");
  await eventually("the corner", () => middle(page, RED), (at) => at.x < RADIUS + 1 && at.y < RADIUS + 1);
  await page.waitForTimeout(300);
  const at = await middle(page, RED);
  assert.ok(at.x > RADIUS - 1 && at.y > RADIUS - 1, `stopped at ${JSON.stringify(at)}`);
  await leave(page);
});

test("a key that is held while the page loses the focus is let go", async () => {
  const page = await playing("Ada", RED);
  await toTheMiddle(page, RED);
  for (const away of [() => page.evaluate(() => dispatchEvent(new Event("blur"))), () => page.focus("#name"),
    () => page.keyboard.press("Control+KeyC")]) {
    await page.focus("#field");
    const key = (await middle(page, RED)).x < 400 ? "KeyD" : "KeyA";
    const from = await middle(page, RED);
    await page.keyboard.down(key);
    const moving = await eventually("it moves", () => middle(page, RED), (at) => Math.abs(at.x - from.x) > 20);
    await away();
    const stopped = await still(page, RED); // and not because it came to the edge
    assert.ok(Math.abs(stopped.x - moving.x) < 150, `ran on from ${moving.x} to ${stopped.x}`);
    await page.keyboard.up(key);
  }
  await leave(page);
});

test("typing a name moves nobody", async () => {
  const page = await playing("Ada", RED);
  const from = await still(page, RED);
  await page.fill("#name", "");
  await page.locator("#name").pressSequentially("wasdwasd", { delay: 20 });
  const to = await still(page, RED);
  assert.ok(Math.hypot(to.x - from.x, to.y - from.y) < 0.5);
  await leave(page);
});

test("is entered and played with the keyboard alone", async () => {
  const page = await site.page();
  await stateIs(page, "connected", "Connected");
  await page.fill("#color", RED);
  await page.focus("#name");
  await page.keyboard.type("Keys");
  await page.keyboard.press("Enter");
  await seen(page, RED);
  assert.equal(await page.evaluate(() => document.activeElement.id), "field");
  const from = await toTheMiddle(page, RED);
  await page.keyboard.down("ArrowRight");
  await eventually("it moves", () => middle(page, RED), (at) => at.x - from.x > 20);
  await page.keyboard.up("ArrowRight");
  await leave(page);
});

// A finger from one point to another, where it stays until `up`.
async function finger(page) {
  const session = await page.context().newCDPSession(page);
  const touch = (type, points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  return {
    drag: async (from, to) => {
      await touch("touchStart", [from]);
      for (const part of [0.5, 1])
        await touch("touchMove", [{ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }]);
    },
    up: () => touch("touchEnd", []),
  };
}

test("a finger moves the player, on the field and on the pad, and lets go", async () => {
  const page = await playing("Thumb", RED, PHONE);
  await toTheMiddle(page, RED);
  const thumb = await finger(page);
  for (const id of ["#pad", "#field"]) {
    await page.locator(id).scrollIntoViewIfNeeded();
    const box = await page.locator(id).boundingBox();
    const from = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    for (const [dx, dy] of [[1, 0], [-1, -1], [0, 1]]) {
      const before = await still(page, RED);
      await thumb.drag(from, { x: from.x + dx * 40, y: from.y + dy * 40 });
      await eventually(`${id} moves it`, () => middle(page, RED), (at) =>
        (at.x - before.x) * dx + (at.y - before.y) * dy > 30);
      await thumb.up();
      const to = await still(page, RED);
      if (dx === 0) assert.ok(Math.abs(to.x - before.x) < 1.5, "straight down");
      if (dx && dy) assert.ok(Math.abs(Math.abs(to.x - before.x) - Math.abs(to.y - before.y)) < 3, "diagonally");
    }
  }
  assert.equal(await page.evaluate(() => scrollX), 0);
  await leave(page);
});

test("says how many play, how far the server is, and thirty updates a second", async () => {
  const page = await playing("Ada", RED);
  await eventually("a ping", () => page.textContent("#ping"), (text) => /^\d+ ms$/.test(text));
  await page.waitForTimeout(2500);
  const rate = parseFloat(await eventually("a rate", () => page.textContent("#rate"), (text) =>
    Math.abs(parseFloat(text) - 30) < 0.6));
  assert.ok(rate);
  await leave(page);
});

test("plays over long-polling where WebSocket is not to be had", async () => {
  const ada = await playing("Ada", RED, DESK, () => { delete globalThis.WebSocket; });
  const grace = await playing("Grace", GREEN);
  await ada.waitForTimeout(1000); // in which the upgrade would come
  await stateIs(ada, "connected", "Connected over long-polling");
  const from = await toTheMiddle(ada, RED);
  await ada.keyboard.down("KeyS");
  await eventually("Grace sees it move", () => middle(grace, RED), (at) => at.y - from.y > 20);
  await ada.keyboard.up("KeyS");
  await eventually("thirty updates a second", () => ada.textContent("#rate"), (text) => Math.abs(parseFloat(text) - 30) < 1);
  await ada.goto("about:blank"); // as closing the window does, it ends the connection that nobody polls any more
  await gone(grace, RED);
  await leave(ada, grace);
});

test("after a lost connection the player is back by itself", async () => {
  const ada = await playing("Ada", RED);
  const grace = await playing("Grace", GREEN);
  for (const page of [ada, grace]) await stateIs(page, "connected", "Connected over WebSocket");
  site.wire.cut();
  await stateIs(ada, "waiting", /transport|Reconnecting/);
  for (const page of [ada, grace]) await stateIs(page, "connected", "Connected");
  for (const page of [ada, grace]) {
    await seen(page, RED);
    await seen(page, GREEN);
    await eventually("two players", () => page.textContent("#count"), (text) => text === "2");
  }
  const from = await toTheMiddle(ada, RED);
  await ada.keyboard.down("KeyD");
  await eventually("it moves", () => middle(grace, RED), (at) => at.x - from.x > 20);
  await ada.keyboard.up("KeyD");
  await leave(ada, grace);
});

test("updates that come in fits and starts are drawn evenly", async () => {
  const page = await site.page();
  const steps = await page.evaluate(async () => {
    const { Playback } = await import("/static/game_playback.js");
    const playback = new Playback();
    const late = [0, 25, -10, 15, 30, 0, 5, 28]; // milliseconds that updates come late
    const arrivals = Array.from({ length: 120 }, (_, n) => n * 1000 / 30 + late[n % late.length]);
    const drawn = [];
    let n = 0;
    for (let now = 0; now < 4000; now += 1000 / 60) {
      for (; n < arrivals.length && arrivals[n] <= now; n++) playback.add({ a: { x: n * 7, y: 0 } }, arrivals[n]);
      if (now > 2000) drawn.push(playback.players(now).a.x);
    }
    return drawn.slice(1, -10).map((x, i) => x - drawn[i]);
  });
  // 7 pixels an update are 3.5 a frame; drawn as they come it would be 0 or 7 and more.
  assert.ok(steps.length > 80);
  assert.ok(Math.min(...steps) > 2 && Math.max(...steps) < 5, `steps of ${Math.min(...steps)} to ${Math.max(...steps)}`);
  await leave(page);
});
