// The page of scripts/chat.lua, used by three people in three windows.
// What may be said is checked in spec/scripts/chat_spec.lua; here, what is seen of it.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { DESK, PHONE, Site, eventually, leave, stateIs } from "./harness.mjs";

let site;
before(async () => { site = await Site.open("../../scripts/chat.lua"); });
after(() => site?.close());
afterEach(() => site.sweep());

async function enter(name, options = DESK) {
  const page = await site.page(options);
  await stateIs(page, "connected", "Connected");
  await page.fill("#name", name);
  await page.click("#in");
  await page.locator("#chat").waitFor();
  return page;
}

async function say(page, text) {
  await page.fill("#text", text);
  await page.click("#send");
}

const said = (page, name, text) => page.locator("#log li.said")
  .filter({ has: page.locator("b", { hasText: new RegExp(`^${name}$`) }) })
  .filter({ has: page.locator("p", { hasText: text }) }).first().waitFor();
const news = (page, text) => page.locator("#log li.news", { hasText: text }).first().waitFor();
const people = (page) => page.locator("#people bdi").allTextContents();
const areHere = (page, names) => eventually(`${names} are here`, () => people(page), (now) => now.join() === names);

test("three people talk, on a desk and on a phone, in two rooms", async () => {
  const ada = await enter("Ada");
  const grace = await enter("Grace", PHONE);
  await news(ada, "Grace joined");
  await say(ada, "Good evening");
  for (const page of [ada, grace]) await said(page, "Ada", "Good evening");
  const linus = await enter("Linus"); // comes late, and reads what was said
  await said(linus, "Ada", "Good evening");
  await areHere(ada, "Ada,Grace,Linus");

  await grace.fill("#new-room", "Kitchen & Hall");
  await grace.click("#make button");
  await grace.locator("#room", { hasText: "Kitchen & Hall" }).waitFor();
  await news(ada, "Grace left");
  await areHere(ada, "Ada,Linus");
  await linus.locator("#rooms button", { hasText: "Kitchen & Hall" }).click();
  await areHere(linus, "Grace,Linus");
  await say(linus, "What is for dinner?");
  await said(grace, "Linus", "What is for dinner?");
  await ada.waitForTimeout(200);
  assert.equal(await ada.locator("#log p", { hasText: "dinner" }).count(), 0);

  await leave(linus);
  await news(grace, "Linus left");
  await areHere(grace, "Grace");
  await leave(ada, grace);
});

test("on a phone the field to write in stays in view, however much is said", async () => {
  const ada = await enter("Ada", PHONE);
  for (let n = 0; n < 3; n++) await say(ada, `${n} ${"long ".repeat(90)}`);
  await said(ada, "Ada", /^2 long/);
  await ada.evaluate(() => scrollTo(0, 0));
  const { y, height } = await ada.locator("#text").boundingBox();
  assert.ok(y + height < PHONE.viewport.height, `it ends at ${y + height}`);
  await leave(ada);
});

test("markup is text, in messages, names and rooms", async () => {
  const markup = '<img src=x onerror="document.title=1">';
  const mallory = await enter("<b>Mal</b>");
  const ada = await enter("Ada");
  await say(mallory, markup);
  await said(ada, "<b>Mal</b>", markup);
  await mallory.fill("#new-room", "<i>room</i>");
  await mallory.click("#make button");
  await ada.locator("#rooms bdi", { hasText: "<i>room</i>" }).waitFor();
  assert.equal(await ada.locator("#chat img, #chat #people b, #log b *, #log p *, #rooms i").count(), 0);
  assert.equal(await ada.title(), "Chat · Moonwire");
  await leave(mallory, ada);
});

test("who is typing is seen, until it is said or given up", async () => {
  const ada = await enter("Ada");
  const grace = await enter("Grace");
  await grace.locator("#text").pressSequentially("Hel");
  await ada.locator("#typing", { hasText: "Grace is typing…" }).waitFor();
  assert.equal(await grace.textContent("#typing"), "");
  await grace.press("#text", "Enter");
  await said(ada, "Grace", "Hel");
  await eventually("nobody types", () => ada.textContent("#typing"), (text) => text === "");
  await grace.locator("#text").pressSequentially("Hm");
  await ada.locator("#typing", { hasText: "Grace is typing…" }).waitFor();
  await eventually("given up", () => ada.textContent("#typing"), (text) => text === "");
  await leave(ada, grace);
});

test("who writes too fast is told so, and the text is not lost", async () => {
  const ada = await enter("Ada");
  for (let n = 1; n <= 10; n++) {
    await say(ada, `word ${n}`);
    await said(ada, "Ada", `word ${n}`);
  }
  await say(ada, "one too many");
  await ada.locator("#problem", { hasText: "Not so fast" }).waitFor();
  assert.equal(await ada.inputValue("#text"), "one too many");
  assert.equal(await ada.locator("#log p", { hasText: /^word|one too many/ }).count(), 10);
  await leave(ada);
});

test("after a lost connection everyone is back in the room", async () => {
  const ada = await enter("Ada");
  const grace = await enter("Grace");
  await grace.fill("#new-room", "Attic");
  await grace.click("#make button");
  await ada.locator("#rooms button", { hasText: "Attic" }).click();
  await areHere(grace, "Ada,Grace");
  for (const page of [ada, grace]) await stateIs(page, "connected", "Connected over WebSocket");
  site.wire.cut();
  await stateIs(ada, "waiting", /transport|Reconnecting/);
  assert.equal(await ada.isDisabled("#send"), true);
  for (const page of [ada, grace]) await stateIs(page, "connected", "Connected");
  for (const page of [ada, grace]) await areHere(page, "Ada,Grace");
  await say(ada, "Still here");
  await said(ada, "Ada", "Still here");
  await leave(ada, grace);
});
