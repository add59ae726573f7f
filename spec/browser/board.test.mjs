// The page of scripts/board.lua, used by three people in three windows: two play, one watches.
// The rules are checked in spec/scripts/board_spec.lua; here, that a game can be played by key, mouse and finger.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { DESK, PHONE, Site, eventually, leave, stateIs } from "./harness.mjs";

let site;
before(async () => { site = await Site.open("../../scripts/board.lua"); });
after(() => site?.close());
afterEach(() => site.sweep());

const turn = (page, text) => page.locator("#turn", { hasText: text }).waitFor();
const discs = (page, color) => page.locator(`#board i.${color}`).count();
const press = (page, column) => page.locator("#board button").nth(column - 1).click();

async function begin(name, options = DESK) {
  const page = await site.page(options);
  await stateIs(page, "connected", "Connected");
  await page.fill("#name", name);
  await page.click("#begin");
  await turn(page, "Send the link");
  return page;
}

// Opens the link that the page of another shows.
async function watch(host, options = DESK) {
  const page = await site.page(options);
  await page.goto(await host.inputValue("#link"));
  await stateIs(page, "connected", "Connected");
  return page;
}

async function sit(page, name) {
  await page.fill("#seat-name", name);
  await page.click("#seats button");
  await page.locator("#seats small", { hasText: "you" }).waitFor();
}

async function table(options) {
  const ada = await begin("Ada");
  const grace = await watch(ada, options);
  await sit(grace, "Grace");
  await turn(ada, "Your turn");
  return [ada, grace];
}

test("two play to the end, a third watches, and they play again", async () => {
  const [ada, grace] = await table(PHONE);
  const linus = await watch(ada);
  await turn(linus, "Ada is to move");
  for (const page of [ada, grace, linus]) await page.locator("#watching", { hasText: "One is watching" }).waitFor();

  await press(grace, 3); // not her turn
  await grace.locator("#problem", { hasText: "It is not your turn." }).waitFor();
  await press(linus, 3);
  await linus.locator("#problem", { hasText: "You are watching." }).waitFor();
  assert.equal(await discs(ada, "yellow"), 0);

  const columns = [1, 2, 1, 2, 1, 2, 1];
  for (const [n, column] of columns.entries()) {
    const mover = n % 2 ? grace : ada;
    await turn(mover, "Your turn");
    if (n % 3 === 0) await mover.keyboard.press(String(column));
    else if (mover === grace) await mover.locator("#board button").nth(column - 1).tap();
    else await press(mover, column);
    for (const page of [ada, grace, linus])
      await eventually(`${n + 1} discs`, async () => await discs(page, "orange") + await discs(page, "yellow"), (count) => count === n + 1);
  }
  await turn(ada, "You win!");
  await turn(grace, "Ada wins.");
  await turn(linus, "Ada wins.");
  for (const page of [ada, grace, linus]) assert.equal(await page.locator("#board .won").count(), 4);
  assert.deepEqual(await linus.locator("#seats b").allTextContents(), ["1", "0"]);
  assert.equal(await linus.locator("#again").isVisible(), false);

  await ada.click("#again");
  await grace.locator("#seats small", { hasText: "wants to play again" }).waitFor();
  await grace.click("#again");
  await turn(grace, "Your turn"); // who did not begin the last time
  for (const page of [ada, grace, linus]) assert.equal(await discs(page, "empty"), 42);
  await leave(ada, grace, linus);
});

test("who is lost, or loads the page anew, has the seat back", async () => {
  const [ada, grace] = await table();
  await press(ada, 4);
  await turn(grace, "Your turn");
  await grace.reload();
  await turn(grace, "Your turn");
  await press(grace, 4);
  await turn(ada, "Your turn");
  for (const page of [ada, grace]) await stateIs(page, "connected", "Connected over WebSocket");
  site.wire.cut();
  await stateIs(ada, "waiting", /transport|Reconnecting/);
  for (const page of [ada, grace]) await stateIs(page, "connected", "Connected");
  await press(ada, 4);
  await turn(grace, "Your turn");
  await grace.context().close();
  await ada.locator("#seats small", { hasText: "is gone" }).waitFor();
  await leave(ada);
});

test("is played with the keyboard alone", async () => {
  const [ada, grace] = await table();
  await ada.focus("#board button");
  await ada.keyboard.press("ArrowRight");
  await ada.keyboard.press("ArrowRight");
  await ada.keyboard.press("Enter");
  await turn(grace, "Your turn");
  assert.equal(await grace.locator("#board button").nth(2).getAttribute("aria-label"), "Column 3: orange from below");
  await leave(ada, grace);
});

test("the list shows who plays, as text", async () => {
  const ada = await begin("<b>Ada</b>");
  const list = await site.page();
  await list.locator("#games bdi", { hasText: "<b>Ada</b>" }).waitFor();
  await list.locator("#games small", { hasText: "a seat is free" }).first().waitFor();
  await list.locator("#games a", { hasText: "<b>Ada</b>" }).click();
  await turn(list, "A seat is free.");
  await list.goto(`${site.wire.url}?game=nowhere`);
  await list.locator("#why", { hasText: "This game is over, or never was." }).waitFor();
  assert.equal(await list.locator("#table").isVisible(), false);
  await leave(ada, list);
});

test("all of the board is seen, on a desk and on a phone", async () => {
  for (const screen of [DESK, PHONE]) {
    const page = await begin("Ada", screen);
    const [frame, cells] = await page.evaluate(() => [document.getElementById("board"), null].map((board) => {
      const boxes = board ? [board] : [...document.querySelectorAll("#board i")];
      return boxes.map((node) => node.getBoundingClientRect().toJSON());
    }));
    assert.equal(cells.length, 42);
    for (const cell of cells) {
      assert.ok(Math.abs(cell.width - cell.height) < 1 && cell.width > 30, `a cell of ${cell.width} by ${cell.height}`);
      assert.ok(cell.bottom < frame[0].bottom && cell.right < frame[0].right, "inside the frame");
    }
    assert.ok(frame[0].bottom < screen.viewport.height, "without scrolling");

    const other = await watch(page);
    await sit(other, "Grace");
    await turn(page, "Your turn");
    const now = await page.locator("#board i").evaluateAll((list) => list.map((node) => node.getBoundingClientRect().toJSON()));
    const shape = (boxes) => boxes.map(({ x, width, height }) => [x, width, height].map(Math.round));
    assert.deepEqual(shape(now), shape(cells), "in one's own turn it looks the same");
    await leave(page, other);
  }
});
