// The index page of scripts/all.lua, and every program reached from it, by two people.
// What the programs do is tested by the files of their names; here, that each works where all.lua mounts it.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { DESK, PHONE, Site, connectBy, eventually, leave, rowOf, stateIs } from "./harness.mjs";

let site;
before(async () => {
  process.env.CLICKER_DATABASE = ":memory:";
  site = await Site.open("../../scripts/all.lua");
});
after(() => site?.close());
afterEach(() => site.sweep());

// From the index, by a click on the program's link.
async function open(name, options = DESK) {
  const page = await site.page(options);
  await stateIs(page, "connected", "Connected");
  await page.click(`a[href="/${name}"]`);
  await page.waitForURL(`**/${name}`);
  return page;
}

const both = (name) => Promise.all([open(name), open(name, PHONE)]);

test("the index counts who is where, and each program leads back to it", async () => {
  const index = await site.page();
  const page = await open("chat");
  await stateIs(page, "connected", "Connected");
  await index.locator('[data-count="chat"]', { hasText: "1 here" }).waitFor();
  await page.click("header a");
  await page.locator(".programs").waitFor();
  await eventually("nobody is there", () => index.textContent('[data-count="chat"]'), (text) => text === "");
  await leave(index, page);
});

test("basic and custom", async () => {
  const [ada, grace] = await both("basic");
  for (const page of [ada, grace]) await connectBy(page);
  await ada.fill("#text", "hello");
  await ada.click("#send");
  assert.equal(await rowOf(grace, "in", "message"), "hello");
  const custom = await open("custom");
  await connectBy(custom);
  await custom.click("#send");
  assert.match(await rowOf(custom, "in", "greeting"), /Hello, Ada!/);
  await leave(ada, grace, custom);
});

test("chat", async () => {
  const [ada, grace] = await both("chat");
  for (const [page, name] of [[ada, "Ada"], [grace, "Grace"]]) {
    await stateIs(page, "connected", "Connected");
    await page.fill("#name", name);
    await page.click("#in");
  }
  await grace.fill("#text", "hello");
  await grace.click("#send");
  await ada.locator("#log p", { hasText: "hello" }).waitFor();
  await leave(ada, grace);
});

test("game", async () => {
  const [ada, grace] = await both("game");
  for (const [page, name] of [[ada, "Ada"], [grace, "Grace"]]) {
    await stateIs(page, "connected", "Connected");
    await page.fill("#name", name);
    await page.click("#play");
  }
  for (const page of [ada, grace])
    await eventually("two players", () => page.textContent("#count"), (text) => text === "2");
  await leave(ada, grace);
});

test("board", async () => {
  const ada = await open("board");
  await stateIs(ada, "connected", "Connected");
  await ada.click("#begin");
  await ada.locator("#turn", { hasText: "Send the link" }).waitFor();
  const grace = await site.page(PHONE);
  await grace.goto(await ada.inputValue("#link"));
  await grace.click("#seats button");
  await ada.locator("#turn", { hasText: "Your turn" }).waitFor();
  await ada.keyboard.press("4");
  await grace.locator("#turn", { hasText: "Your turn" }).waitFor();
  await leave(ada, grace);
});

test("clicker", async () => {
  const [ada, grace] = await both("clicker");
  for (const [page, name] of [[ada, "Ada"], [grace, "Grace"]]) {
    await page.fill("#name", name);
    await page.keyboard.press("Enter");
    await stateIs(page, "connected", "Connected");
  }
  assert.ok(ada.url().endsWith("/clicker"));
  await ada.click("#dig");
  await eventually("gold", () => ada.textContent("#gold"), (text) => text === "1");
  await ada.selectOption("#to", "Grace");
  await ada.fill("#text", "psst");
  await ada.click("#send");
  await grace.locator("#whispers span", { hasText: "psst" }).waitFor();
  await leave(ada, grace);
});

test("namespaces", async () => {
  const [ada, grace] = await both("namespaces");
  for (const [page, name] of [[ada, "Ada"], [grace, "Grace"]]) {
    await stateIs(page, "connected", "Connected");
    await page.fill("#name", name);
    await page.click("#chat .join");
    await page.locator("#chat .within", { hasText: "Connected as" }).waitFor();
  }
  await ada.fill("#text", "hello");
  await ada.click("#say button");
  await grace.locator("#chat .rows span", { hasText: "Ada: hello" }).waitFor();
  assert.equal(await grace.textContent("#notifications-title"), "/namespaces/notifications");
  await leave(ada, grace);
});
