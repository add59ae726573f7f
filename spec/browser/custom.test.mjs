// The page of scripts/custom.lua: each of its buttons, and events that a person types.
// Two pages, because half of the events are about who hears them.
// The script itself is checked without a browser in spec/scripts/custom_spec.lua.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Site, connectBy, eventually, leave, rowOf, rows } from "./harness.mjs";

let site, ada, grace;
before(async () => { site = await Site.open("../../scripts/custom.lua"); });
after(() => site?.close());

beforeEach(async () => {
  [ada, grace] = [await site.page(), await site.page()];
  for (const page of [ada, grace]) {
    await connectBy(page);
    await page.click("#clear");
  }
});
afterEach(() => leave(ada, grace).finally(() => site.sweep()));

const press = (page, event) => page.locator("#examples button", { hasText: event }).click();

async function send(page, event, args, ack = false) {
  await page.fill("#event", event);
  await page.fill("#args", args);
  await page.setChecked("#ack", ack);
  await page.click("#send");
}

const BUTTONS = [
  { press: "knock", sends: "no arguments", hears: ["who_is_there", "no arguments"] },
  { press: "greet", sends: '"Ada"', hears: ["greeting", '"Hello, Ada!"'] },
  { press: "swap", sends: '1, "two"', hears: ["swapped", '"two", 1'] },
  { press: "add", sends: "2, 3", acks: "5" },
  { press: "to_me", sends: '"hello"', hears: ["heard", '"hello"'] },
  { press: "no_such_event", sends: "true", hears: ["unknown_event", '"no_such_event", true'],
    acks: '"no handler for no_such_event"' },
];

for (const button of BUTTONS) {
  test(`the button ${button.press} is answered to me alone`, async () => {
    await press(ada, button.press);
    assert.equal(await rowOf(ada, "out", button.press), button.sends);
    if (button.hears) assert.equal(await rowOf(ada, "in", button.hears[0]), button.hears[1]);
    if (button.acks) assert.equal(await rowOf(ada, "ack", `${button.press} acknowledged`), button.acks);
    assert.deepEqual(await rows(grace), []);
  });
}

test("the button order sends an object and gets one", async () => {
  await press(ada, "order");
  assert.deepEqual(JSON.parse(await rowOf(ada, "in", "bill")), { item: "pear", count: 3, total: 1.5 });
});

test("the button to_others reaches everyone but me", async () => {
  await press(ada, "to_others");
  assert.equal(await rowOf(grace, "in", "heard"), '"hello"');
  await press(ada, "knock"); // its answer comes after anything that to_others could have sent
  await rowOf(ada, "in", "who_is_there");
  assert.equal((await rows(ada)).filter(([, label]) => label === "heard").length, 0);
});

test("the button to_everyone reaches everyone", async () => {
  await press(ada, "to_everyone");
  for (const page of [ada, grace]) assert.equal(await rowOf(page, "in", "heard"), '"hello"');
});

test("a press fills the form, so that one sees what is sent", async () => {
  await press(ada, "add");
  assert.equal(await ada.inputValue("#event"), "add");
  assert.equal(await ada.inputValue("#args"), "2\n3");
  assert.equal(await ada.isChecked("#ack"), true);
});

test("an event of one's own goes out with its arguments, one a line", async () => {
  const values = ["é😀\u2028\"\\", 9007199254740991, { list: [], nested: [[1, [2, {}]], {}], none: null }];
  await send(ada, "my own <event>", values.map((value) => JSON.stringify(value)).join("\n\n"));
  const answer = JSON.parse(`[${await rowOf(ada, "in", "unknown_event")}]`); // the keys of an object have no order
  assert.deepEqual(answer, ["my own <event>", ...values]);
});

test("an acknowledgement of several values is shown whole", async () => {
  await send(ada, "add", '"two"\n3', true);
  assert.equal(await rowOf(ada, "ack", "add acknowledged"), 'null, "add wants two whole numbers"');
});

test("what is no JSON is not sent, and the page says what would be", async () => {
  await send(ada, "greet", "Ada");
  assert.equal(await ada.textContent("#problem"), 'Ada is no JSON value. Did you mean "Ada"?');
  assert.deepEqual(await rows(ada), []);
  await send(ada, "greet", '"Ada"');
  assert.equal(await ada.textContent("#problem"), "");
  await rowOf(ada, "in", "greeting");
});

test("a name that Socket.IO keeps for itself is refused by the page", async () => {
  await send(ada, "disconnect", "");
  assert.match(await ada.textContent("#problem"), /"disconnect" is a reserved event name/);
  assert.deepEqual(await rows(ada), []);
});

test("a lost connection is shown, and the events work again after it", async () => {
  site.wire.cut();
  for (const page of [ada, grace])
    await eventually("connected again", () => rows(page), (all) => all.at(-1)?.[1] === "connected");
  await press(ada, "to_everyone");
  for (const page of [ada, grace]) assert.equal(await rowOf(page, "in", "heard"), '"hello"');
});
