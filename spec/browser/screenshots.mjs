// Takes the pictures of the pages: node spec/browser/screenshots.mjs [FOLDER [PROGRAM]...], by default screenshots/ and all.
// They are for looking at, on a desk and on a phone, by day and by night; game.png is the one in the README.
// It is no test: nothing compares them.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DESK, PHONE, Site, connectBy, eventually, middle, stateIs } from "./harness.mjs";

const folder = process.argv[2] ?? "screenshots";
const SCHEMES = ["light", "dark"];
const SCREENS = { desk: DESK, phone: PHONE };
const PEOPLE = [["Ada", "star", "#f2b705"], ["Grace", "circle", "#e64980"], ["Linus", "square", "#2f9e44"],
  ["Margaret", "triangle", "#4c6ef5"], ["Żółć", "circle", "#e8590c"]];
const MIRA = ["Mira", "star", "#be4bdb"];
const APART = 150; // units of the field, so that the picture shows each of them

const picture = (page, ...name) => page.screenshot({ path: join(folder, `${name.join("-")}.png`) });

async function everyLook(site, take) {
  for (const [screen, options] of Object.entries(SCREENS))
    for (const colorScheme of SCHEMES) await take(await site.page({ ...options, colorScheme }), screen, colorScheme);
}

async function withSite(name, use) {
  const site = await Site.open(`../../scripts/${name}.lua`);
  try {
    await use(site);
  } finally {
    await site.close();
  }
}

async function basic(site) {
  const other = await site.page();
  await connectBy(other);
  await everyLook(site, async (page, screen, scheme) => {
    await connectBy(page);
    for (const [from, text] of [[other, "Is anybody there?"], [page, "I am. This is <b>not</b> bold."], [other, "Grüße, and good night"]]) {
      await from.fill("#text", text);
      await from.click("#send");
      await page.locator("#log li", { hasText: text }).waitFor();
    }
    await picture(page, "basic", screen, scheme);
  });
}

async function custom(site) {
  await everyLook(site, async (page, screen, scheme) => {
    await connectBy(page);
    for (const button of await page.locator("#examples button").all()) {
      await button.click();
      await page.waitForTimeout(60);
    }
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, "custom", screen, scheme);
  });
}

async function enter(page, [name, shape, color]) {
  await stateIs(page, "connected", "Connected");
  await page.fill("#name", name);
  await page.check(`input[value="${shape}"]`, { force: true });
  await page.fill("#color", color);
  await page.click("#play");
  await page.locator("#players bdi", { hasText: name }).first().waitFor();
}

// Enters again until the place that the script gives is away from the others and from the edges.
async function enterApart(page, person) {
  for (;;) {
    await enter(page, person);
    await page.waitForTimeout(200);
    const mine = await eventually("it is seen", () => middle(page, person[2]), (at) => at !== null);
    const others = await Promise.all(PEOPLE.filter((other) => other !== person).map(([, , color]) => middle(page, color)));
    const near = others.some((at) => at && Math.hypot(at.x - mine.x, at.y - mine.y) < APART);
    if (!near && mine.x > 60 && mine.x < 740 && mine.y > 70 && mine.y < 540) return;
    await page.click("#leave");
  }
}

async function game(site) {
  for (const person of PEOPLE) await enterApart(await site.page(), person);
  await everyLook(site, async (page, screen, scheme) => {
    await page.waitForTimeout(1500);
    await picture(page, "game", screen, scheme, "before");
    await enterApart(page, MIRA);
    await page.waitForTimeout(5000); // until ping and rate are measured
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, "game", screen, scheme);
    if (screen === "desk" && scheme === "light") await picture(page, "game");
    await page.context().close();
  });
}

async function board(site) {
  const [ada, grace] = [await site.page(), await site.page()];
  await stateIs(ada, "connected", "Connected");
  await everyLook(site, async (page, screen, scheme) => {
    await stateIs(page, "connected", "Connected");
    await picture(page, "board-lobby", screen, scheme);
    await page.context().close();
  });
  await ada.fill("#name", "Ada");
  await ada.click("#begin");
  await ada.locator("#turn", { hasText: "Send the link" }).waitFor();
  const link = await ada.inputValue("#link");
  await grace.goto(link);
  await grace.fill("#seat-name", "Grace");
  await grace.click("#seats button");
  for (const [n, column] of [4, 4, 3, 5, 5, 3, 2, 6, 4, 2, 3, 1, 1].entries()) {
    const mover = n % 2 ? grace : ada;
    await mover.locator("#turn", { hasText: "Your turn" }).waitFor();
    await mover.locator("#board button").nth(column - 1).click();
  }
  await grace.locator("#turn", { hasText: "Your turn" }).waitFor();
  await everyLook(site, async (page, screen, scheme) => {
    await page.goto(link);
    await page.locator("#turn", { hasText: "is to move" }).waitFor();
    await picture(page, "board-watch", screen, scheme);
    await page.context().close();
    await ada.emulateMedia({ colorScheme: scheme });
    await ada.setViewportSize(SCREENS[screen].viewport);
    await picture(ada, "board", screen, scheme);
  });
}

async function chat(site) {
  const enter = async (page, name) => {
    await stateIs(page, "connected", "Connected");
    await page.fill("#name", name);
    await page.click("#in");
    await page.locator("#chat").waitFor();
  };
  const say = async (page, text) => {
    await page.fill("#text", text);
    await page.click("#send");
    await page.locator("#log p", { hasText: text }).last().waitFor();
  };
  const [ada, grace, linus] = [await site.page(), await site.page(), await site.page()];
  for (const [page, name] of [[ada, "Ada"], [grace, "Grace"], [linus, "Linus"]]) await enter(page, name);
  await linus.fill("#new-room", "Homework");
  await linus.click("#make button");
  await say(ada, "Good evening, everyone. Who has done number four?");
  await say(grace, "I have. It is shorter than it looks: three lines, and one of them is <b>end</b>.");
  await say(ada, "Then I have been looking at the wrong page for an hour.");
  await everyLook(site, async (page, screen, scheme) => {
    await picture(page, "chat-door", screen, scheme);
    await enter(page, "Mira");
    await say(page, "Same here, if that helps.");
    await grace.locator("#text").pressSequentially("Nearly");
    await page.locator("#typing", { hasText: "Grace" }).waitFor();
    await picture(page, "chat", screen, scheme);
    await grace.fill("#text", "");
    await page.context().close();
  });
}

async function namespaces(site) {
  await everyLook(site, async (page, screen, scheme) => {
    await stateIs(page, "connected", "Connected");
    await page.fill("#name", "Ada");
    await page.click("#chat .join");
    await page.locator("#chat .within", { hasText: "Connected" }).waitFor();
    await page.fill("#text", "Good evening");
    await page.click("#say button");
    for (const id of ["main", "chat"]) await page.click(`#${id} .hello`);
    await page.fill("#password", "sunlight");
    await page.click("#notifications .join");
    await page.locator("#notifications .within", { hasText: "Refused" }).waitFor();
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, "namespaces", screen, scheme);
    await page.context().close();
  });
}

async function clicker(site) {
  const login = async (page, name) => {
    await page.fill("#name", name);
    await page.keyboard.press("Enter");
    await stateIs(page, "connected", "Connected");
  };
  const dig = async (page, times) => { for (let n = 0; n < times; n++) await page.click("#dig", { delay: 55 }); };
  const [grace, linus] = [await site.page(), await site.page()];
  await login(grace, "Grace");
  await login(linus, "Linus");
  await dig(grace, 30);
  await dig(linus, 12);
  await everyLook(site, async (page, screen, scheme) => {
    await picture(page, "clicker-door", screen, scheme);
    await login(page, "Ada");
    await dig(page, 16);
    await page.click('[data-item="shovel"]');
    await grace.selectOption("#to", "Ada");
    await grace.fill("#text", "Shall we share a mill?");
    await grace.click("#send");
    await page.locator("#whispers li").first().waitFor();
    await page.selectOption("#to", "Grace");
    await page.fill("#text", "Only if you dig.");
    await page.click("#send");
    await page.locator("#leaders li", { hasText: "Linus" }).waitFor();
    await page.waitForTimeout(5000); // until the list is written
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, "clicker", screen, scheme);
    if (screen === "phone") await page.screenshot({ path: join(folder, `clicker-whole-${scheme}.png`), fullPage: true, scale: "css" });
    await page.context().close();
  });
}

async function all(site) {
  const chat = await site.page();
  await chat.goto(`${site.wire.url}chat`);
  await everyLook(site, async (page, screen, scheme) => {
    await page.locator('[data-count="chat"]', { hasText: "1 here" }).waitFor();
    await picture(page, "all", screen, scheme);
    await page.context().close();
  });
}

process.env.CLICKER_DATABASE ??= ":memory:";
mkdirSync(folder, { recursive: true });
const programs = { basic, custom, game, board, chat, namespaces, clicker, all };
const wanted = process.argv.slice(3); // only these, if any are named
for (const [name, use] of Object.entries(programs))
  if (!wanted.length || wanted.includes(name)) await withSite(name, use);
