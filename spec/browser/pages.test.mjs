// What holds for every page: it fits the smallest phone, has a day and a night, and shows the focus.
// New pages of the project are added to PAGES and get all of this for nothing.
// What a page does is tested in the file of its name.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { DESK, SMALLEST, Site, eventually, leave, stateIs } from "./harness.mjs";

const PAGES = ["basic", "custom", "game", "chat", "clicker", "board", "namespaces", "all"];
process.env.CLICKER_DATABASE = ":memory:"; // no file is left behind

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// Luminance of a colour such as "rgb(14, 18, 32)", 0 for black to 1 for white (WCAG 2).
function luminance(color) {
  const [r, g, b] = color.match(/[\d.]+/g).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** How many controls can be used now. */
const controls = (page) => page.evaluate(() => [...document.querySelectorAll("a[href], input, textarea, select, button")]
  .filter((control) => control.checkVisibility() && !control.disabled && control.type !== "radio").length);

/** What Tab comes to, each with a ring around it. A page may focus a control by itself, so once around. */
async function walk(page) {
  const reached = new Set();
  for (let n = 0, ends = 0; n < 80 && ends < 2; n++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const node = document.activeElement;
      const rings = [node, node.closest("label")].filter(Boolean);
      return { name: node.id || node.name || node.href || node.tagName,
        ring: rings.some((one) => getComputedStyle(one).outlineStyle === "solid") };
    });
    if (focus.name === "BODY") {
      ends++;
      continue;
    }
    assert.ok(focus.ring, `no ring around ${focus.name}`);
    reached.add(focus.name);
  }
  return reached;
}

for (const name of PAGES) {
  describe(name, () => {
    let site;
    before(async () => { site = await Site.open(`../../scripts/${name}.lua`); });
    after(() => site?.close());

    test("fits 360 pixels, also with all that it can show", async () => {
      const page = await site.page(SMALLEST);
      assert.equal(await overflow(page), 0);
      await page.evaluate(() => {
        document.getElementById("state").textContent = `Refused: ${"x".repeat(200)}`;
        for (const hidden of document.querySelectorAll("[hidden]")) hidden.hidden = false;
        document.body.classList.add("playing");
        const problem = document.getElementById("problem");
        if (problem) problem.textContent = "x".repeat(200);
        for (const list of document.querySelectorAll("ol, ul"))
          list.innerHTML = `<li><time>12:00:00</time><b>${"x".repeat(100)}</b><span>${"x".repeat(500)}</span></li>`;
      });
      assert.equal(await overflow(page), 0);
      await leave(page);
    });

    test("is light by day and dark by night, and its text stands out in both", async () => {
      for (const colorScheme of ["light", "dark"]) {
        const page = await site.page({ ...DESK, colorScheme });
        const pairs = await page.evaluate(() => {
          const ground = (node) => {
            for (; node; node = node.parentElement) {
              const color = getComputedStyle(node).backgroundColor;
              if (color.startsWith("rgb(")) return color; // any other is see-through
            }
            return "rgb(255, 255, 255)";
          };
          return [...document.querySelectorAll("h1, h2, p, label, legend, button:enabled, dt, dd, small, code")]
            .filter((node) => node.checkVisibility())
            .map((node) => [node.textContent.trim(), getComputedStyle(node).color, ground(node)]);
        });
        const [, , body] = pairs[0];
        assert.equal(luminance(body) > 0.5, colorScheme === "light", `the ground is ${body}`);
        for (const [text, ink, ground] of pairs) {
          const [dark, light] = [luminance(ink), luminance(ground)].sort((a, b) => a - b);
          const contrast = (light + 0.05) / (dark + 0.05);
          assert.ok(contrast >= 4.5, `"${text}" has a contrast of ${contrast.toFixed(2)} in ${colorScheme}`);
        }
        await leave(page);
      }
    });

    test("has a label for every control, and shows which has the focus", async () => {
      const page = await site.page();
      await eventually("controls without a label", () => page.evaluate(() =>
        [...document.querySelectorAll("input, textarea, select, button")]
          .filter((control) => !control.labels?.length && !control.textContent.trim() && !control.ariaLabel)
          .map((control) => control.outerHTML)), (bare) => bare.length === 0, 3000);
      let shown, reached;
      do { // once more if controls were enabled meanwhile, as the page connected
        shown = await controls(page);
        reached = await walk(page);
      } while (await controls(page) !== shown);
      assert.ok(reached.size >= Math.min(3, shown), `the keyboard reaches only ${[...reached]} of ${shown}`);
      await leave(page);
    });

    test("asks nobody but its own server", async () => {
      const page = await site.page();
      assert.ok(page.asked.length >= 5, "the page, its style, and three scripts");
      assert.deepEqual(page.asked.filter((url) => !url.startsWith(site.wire.url)), []);
      await leave(page);
    });
  });
}

test("a page that is refused says why, and can ask again", async () => {
  const folder = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const site = await Site.open("../browser/refusing.lua",
    "--set", `template_folder=${folder("templates")}`, "--set", `static_folder=${folder("static")}`);
  try {
    const page = await site.page();
    for (let round = 0; round < 2; round++) {
      await page.click("#connect");
      await stateIs(page, "refused", "Refused: the room is full");
      assert.equal(await page.locator("#disconnect").isDisabled(), true);
      assert.equal(await page.locator("#send").isDisabled(), true);
    } // no leave(): to be refused in the midst of the upgrade is an error to the browser
  } finally {
    await site.close();
  }
});
