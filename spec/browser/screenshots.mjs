// Takes the pictures of the pages: node spec/browser/screenshots.mjs [FOLDER], by default screenshots/.
// They are for looking at, on a desk and on a phone, by day and by night; game.png is the one in the README.
// It is no test: nothing compares them.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DESK, PHONE, Site, connectBy, stateIs } from "./harness.mjs";

const folder = process.argv[2] ?? "screenshots";
const SCHEMES = ["light", "dark"];
const SCREENS = { desk: DESK, phone: PHONE };
const PEOPLE = [["Ada", "star", "#f2b705", "KeyD"], ["Grace", "circle", "#e64980", "KeyS"], ["Linus", "square", "#2f9e44", "KeyA"],
  ["Margaret", "triangle", "#4c6ef5", "KeyW"], ["Żółć", "circle", "#e8590c", "KeyD"]];

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

async function game(site) {
  for (const person of PEOPLE) {
    const page = await site.page();
    await enter(page, person);
    await page.keyboard.down(person[3]);
    await page.waitForTimeout(150);
    await page.keyboard.up(person[3]);
  }
  await everyLook(site, async (page, screen, scheme) => {
    await page.waitForTimeout(1500);
    await picture(page, "game", screen, scheme, "before");
    await enter(page, ["Mira", "star", "#be4bdb"]);
    await page.waitForTimeout(2500); // until ping and rate are measured
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, "game", screen, scheme);
    if (screen === "desk" && scheme === "light") await picture(page, "game");
    await page.context().close();
  });
}

mkdirSync(folder, { recursive: true });
for (const [name, use] of Object.entries({ basic, custom, game })) await withSite(name, use);
