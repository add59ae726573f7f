// The page of scripts/basic.lua, used by two people.
// What they do is what its README says they can: connect, write, read, leave, and come back.
// The script itself is checked without a browser in spec/scripts/basic_spec.lua.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Site, connectBy, eventually, leave, rowOf, rows, stateIs } from "./harness.mjs";

let site;
before(async () => { site = await Site.open("../../scripts/basic.lua"); });
after(() => site?.close());
afterEach(() => site.sweep());

test("connects and disconnects by its buttons, again and again", async () => {
  const page = await site.page();
  await stateIs(page, "disconnected", "Not connected");
  assert.equal(await page.locator("#send").isDisabled(), true);
  for (let round = 0; round < 2; round++) {
    await connectBy(page);
    assert.match(await rowOf(page, "note", "connected"), /^I am \S+$/);
    assert.equal(await page.locator("#send").isEnabled(), true);
    await page.click("#disconnect");
    await stateIs(page, "disconnected", "Disconnected: io client disconnect");
    assert.equal(await page.locator("#send").isDisabled(), true);
  }
  await leave(page);
});

test("is used with the keyboard alone, and never loses the focus", async () => {
  const page = await site.page();
  const focused = () => page.evaluate(() => document.activeElement.id);
  await page.keyboard.press("Tab"); // the picture, which leads to the start
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "connect");
  await page.keyboard.press("Enter");
  await stateIs(page, "connected", "WebSocket");
  assert.equal(await focused(), "disconnect");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "text");
  await page.keyboard.type("from the keyboard");
  await page.keyboard.press("Enter");
  assert.equal(await rowOf(page, "in", "message"), "from the keyboard");
  assert.equal(await focused(), "text");
  assert.equal(await page.inputValue("#text"), "");
  await page.focus("#disconnect");
  await page.keyboard.press("Enter");
  await stateIs(page, "disconnected", "Disconnected");
  assert.equal(await focused(), "connect");
  await leave(page);
});

test("shows a message to everyone, and tells who comes and goes", async () => {
  const [ada, grace] = [await site.page(), await site.page()];
  await connectBy(ada);
  await connectBy(grace);
  const sid = (await rowOf(grace, "note", "connected")).replace("I am ", "");
  assert.equal(await rowOf(ada, "in", "joined"), sid);

  await ada.fill("#text", "Grüße, 世界 😀");
  await ada.click("#send");
  for (const page of [ada, grace]) assert.equal(await rowOf(page, "in", "message"), "Grüße, 世界 😀");

  await grace.click("#disconnect");
  assert.equal(await rowOf(ada, "in", "left"), `${sid} (client disconnect)`);
  await leave(ada, grace);
});

test("shows markup as text", async () => {
  const page = await site.page();
  await connectBy(page);
  const text = `<img src=x onerror="document.title='broken in'"><b>bold</b>`;
  await page.fill("#text", text);
  await page.click("#send");
  assert.equal(await rowOf(page, "in", "message"), text);
  assert.equal(await page.locator("#log img, #log span b").count(), 0);
  assert.equal(await page.title(), "Basic · Moonwire");
  await leave(page);
});

test("keeps the last 200 rows, scrolls to the newest, and clears", async () => {
  const page = await site.page();
  await connectBy(page);
  await page.evaluate(() => {
    for (let n = 1; n <= 230; n++) {
      document.getElementById("text").value = `message ${n}`;
      document.getElementById("form").requestSubmit();
    }
  });
  await page.locator("#log li", { hasText: "message 230" }).waitFor();
  const all = await rows(page);
  assert.equal(all.length, 200);
  assert.deepEqual(all.map(([, , text]) => text), Array.from({ length: 200 }, (_, n) => `message ${n + 31}`));
  const below = await page.locator("#log").evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
  assert.ok(below < 2, `${below} pixels below the newest row`);
  await page.click("#clear");
  assert.deepEqual(await rows(page), []);
  await leave(page);
});

test("says that the connection was lost, and comes back by itself", async () => {
  const page = await site.page();
  await connectBy(page);
  site.wire.cut();
  await stateIs(page, "waiting", /transport close|transport error|Reconnecting/);
  await stateIs(page, "connected", "Connected over WebSocket");
  const notes = await eventually("two connections", () => rows(page), (all) => all.length === 3);
  assert.deepEqual(notes.map(([, label]) => label), ["connected", "disconnected", "connected"]);
  await leave(page);
});
