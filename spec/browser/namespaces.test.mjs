// The page of scripts/namespaces.lua, used by two people: what arrives where, and who is refused.
// That all three go over one connection is counted here, because only a browser shows it.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { PHONE, Site, leave, stateIs } from "./harness.mjs";

let site;
before(async () => { site = await Site.open("../../scripts/namespaces.lua"); });
after(() => site?.close());
afterEach(() => site.sweep());

const within = (page, id, text) => page.locator(`#${id} .within`, { hasText: text }).waitFor();
const row = (page, id, text) => page.locator(`#${id} .rows li span`, { hasText: text }).first().waitFor();
const join = (page, id) => page.click(`#${id} .join`);

test("two people, three namespaces, one connection each", async () => {
  const sockets = [];
  const ada = await site.page();
  const grace = await site.page(PHONE);
  ada.on("websocket", (socket) => sockets.push(socket.url()));
  await ada.reload();
  for (const page of [ada, grace]) await stateIs(page, "connected", "Connected over WebSocket");
  for (const [page, name] of [[ada, "Ada"], [grace, "Grace"]]) {
    await page.fill("#name", name);
    await join(page, "chat");
    await within(page, "chat", "Connected as");
  }
  await ada.fill("#password", "moonlight");
  await join(ada, "notifications");
  await within(ada, "notifications", "Connected as");
  assert.equal(sockets.length, 1);

  await grace.fill("#text", "<b>hello</b>");
  await grace.click("#say button");
  for (const page of [ada, grace]) await row(page, "chat", "Grace: <b>hello</b>");
  await row(ada, "notifications", "Grace wrote in /chat");
  assert.equal(await grace.locator("#notifications .rows li").count(), 0);
  assert.equal(await ada.locator("#main .rows li", { hasText: "hello" }).count(), 0);

  for (const id of ["main", "chat", "notifications"]) await ada.click(`#${id} .hello`);
  await row(ada, "chat", "Hello Ada, from /chat");
  await row(ada, "notifications", "Hello from /notifications");
  await join(grace, "chat"); // which now reads "Disconnect"
  await row(ada, "chat", "Grace went out");
  await stateIs(grace, "connected", "Connected");
  await leave(ada, grace);
});

test("who is refused is told why, and may try again", async () => {
  const page = await site.page();
  await stateIs(page, "connected", "Connected");
  await join(page, "chat");
  await within(page, "chat", "Refused: a name is needed");
  assert.equal(await page.evaluate(() => document.activeElement.id), "name");
  await page.fill("#password", "sunlight");
  await join(page, "notifications");
  await within(page, "notifications", "Refused: the password is wrong");
  await stateIs(page, "connected", "Connected");
  await page.fill("#password", "moonlight");
  await join(page, "notifications");
  await within(page, "notifications", "Connected as");
  await leave(page);
});
