// The page of scripts/clicker.lua, used by two people, one of them in two tabs.
// What gold is worth is checked in spec/scripts/clicker_spec.lua; here, the login by a form, and what is seen.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { DESK, PHONE, Site, eventually, leave, stateIs } from "./harness.mjs";

let site;
before(async () => {
  process.env.CLICKER_DATABASE = ":memory:";
  site = await Site.open("../../scripts/clicker.lua");
});
after(() => site?.close());
afterEach(() => site.sweep());

async function login(name, options = DESK) {
  const page = await site.page(options);
  await page.fill("#name", name);
  await page.keyboard.press("Enter");
  await stateIs(page, "connected", "Connected");
  return page;
}

const gold = (page) => page.textContent("#gold").then(Number);
const has = (page, amount) => eventually(`${amount} gold`, () => gold(page), (now) => now === amount);

test("two people dig, buy and write to each other, one of them in two tabs", async () => {
  const ada = await login("Ada");
  const tab = await ada.context().newPage();
  await tab.goto(site.wire.url);
  await stateIs(tab, "connected", "Connected");
  const grace = await login("Grace", PHONE);

  for (let n = 0; n < 15; n++) await ada.click("#dig", { delay: 55 });
  for (const page of [ada, tab]) await has(page, 15);
  assert.equal(await gold(grace), 0);
  await grace.click('[data-item="mill"]');
  await grace.locator("#shop-problem", { hasText: "A mill costs 500." }).waitFor();
  await tab.click('[data-item="shovel"]');
  for (const page of [ada, tab]) await has(page, 0);
  await ada.click("#dig");
  for (const page of [ada, tab]) await has(page, 2);

  await grace.selectOption("#to", "Ada");
  await grace.fill("#text", "<b>psst</b>");
  await grace.click("#send");
  for (const page of [ada, tab, grace]) await page.locator("#whispers span", { hasText: "<b>psst</b>" }).waitFor();
  for (const page of [ada, grace])
    await page.locator("#leaders li", { hasText: "Ada" }).filter({ hasText: "17" }).waitFor();

  await tab.click("form button.link"); // logs out, and both tabs are at the door
  for (const page of [ada, tab]) await page.locator('input[name="name"]').waitFor();
  await eventually("Grace is alone", () => grace.textContent("#to"), (text) => text === "Ada is gone");
  const linus = await login("Linus"); // who must not get what is meant for Ada
  await eventually("Linus is here", () => grace.textContent("#to"), (text) => text === "Ada is goneLinus");
  assert.equal(await grace.inputValue("#to"), "");
  await leave(ada, grace, linus);

  const again = await login("Ada"); // in another browser, with the gold of before
  await has(again, 2);
  await leave(again);
});

test("a page that is loaded anew is still logged in, and a lost connection comes back", async () => {
  const page = await login("Linus");
  await page.click("#dig");
  await has(page, 1);
  await page.reload();
  await stateIs(page, "connected", "Connected");
  await has(page, 1);
  await stateIs(page, "connected", "Connected over WebSocket"); // to be cut in the midst of the upgrade is an error to the browser
  site.wire.cut();
  await stateIs(page, "waiting", /transport|Reconnecting/);
  await stateIs(page, "connected", "Connected");
  await page.click("#dig");
  await has(page, 2);
  await leave(page);
});

test("the login says what is missing, and a name is text", async () => {
  const page = await site.page();
  await page.evaluate(() => { document.getElementById("name").required = false; });
  page.problems.length = 0;
  await page.click("form button");
  await page.locator("#problem", { hasText: "Choose a name first." }).waitFor();
  assert.ok(page.problems.every((problem) => problem.includes("400")), `${page.problems}`);
  page.problems.length = 0;
  await page.fill("#name", '"><i>x</i>');
  await page.click("form button");
  await page.locator("#purse bdi", { hasText: '"><i>x</i>' }).waitFor();
  assert.equal(await page.locator("#purse i").count(), 0);
  await leave(page);
});
