// Opens the pages of a Moonwire of its own in Chromium, and notes everything that goes wrong in them.
// Between browser and server lies a wire that a test can cut, because a lost connection is the state
// that nobody sees while writing a page. It knows no page: what is on one stands in its test.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { chromium } from "playwright-core";
import { Server } from "../clients/harness.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const OFFLINE = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding"];

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const SMALLEST = { ...PHONE, viewport: { width: 360, height: 740 } };
export const DESK = { viewport: { width: 1280, height: 800 } };

// Passes bytes on both ways until it is cut; then it takes new connections again.
class Wire {
  static async to(port) {
    const wire = new Wire();
    wire.ends = new Set();
    wire.server = createServer((near) => wire.join(near, connect(port, "127.0.0.1")));
    wire.server.listen(0, "127.0.0.1");
    await once(wire.server, "listening");
    wire.url = `http://127.0.0.1:${wire.server.address().port}/`;
    return wire;
  }

  join(near, far) {
    for (const [end, other] of [[near, far], [far, near]]) {
      this.ends.add(end);
      end.setNoDelay(true);
      end.on("error", () => {}); // "close" follows, and is all that matters
      end.on("close", () => {
        this.ends.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
  }

  cut() {
    for (const end of this.ends) end.destroy();
  }

  close() {
    this.cut();
    this.server.close();
  }
}

export class Site {
  /** @param script its path seen from spec/clients/, for example "../../scripts/game.lua" */
  static async open(script, ...options) {
    return Site.over(await Server.start(script, ...options));
  }

  /** The same for a server that the test has started. */
  static async over(server) {
    const site = new Site();
    site.server = server;
    site.wire = await Wire.to(site.server.port);
    const asRoot = process.getuid() === 0 ? ["--no-sandbox"] : [];
    try {
      assert.ok(existsSync(CHROMIUM), `no ${CHROMIUM}; tools/setup installs it, or name another by CHROMIUM`);
      site.browser = await chromium.launch({ executablePath: CHROMIUM, args: [...OFFLINE, ...asRoot] });
    } catch (error) {
      await site.close(); // or the server would outlive the test
      throw error;
    }
    return site;
  }

  /** A page of a browser window of its own, in which `first` runs before all scripts.
   *  `page.problems` lists errors and failed requests, `page.asked` the addresses of all requests. */
  async page(options = DESK, first = () => {}) {
    const context = await this.browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(15000);
    await page.addInitScript(first);
    page.problems = [];
    page.asked = [];
    page.on("request", (request) => page.asked.push(request.url()));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) page.problems.push(message.text());
    });
    page.on("pageerror", (error) => page.problems.push(String(error)));
    page.on("response", (response) => {
      if (response.status() >= 400) page.problems.push(`${response.status()} ${response.url()}`);
    });
    const response = await page.goto(this.wire.url);
    assert.ok(response.ok(), `the page is answered by ${response.status()}; the log:\n${this.server.log}`);
    return page;
  }

  /** Closes what a failed test left open, so that the next one does not meet its players. */
  async sweep() {
    for (const context of this.browser.contexts()) await context.close();
  }

  async close() {
    await this.browser?.close();
    this.wire?.close();
    await this.server?.stop();
  }
}

/** Ends the window of a page in which nothing may have gone wrong. */
export async function leave(...pages) {
  for (const page of pages) {
    await page.context().close();
    assert.deepEqual(page.problems, [], "errors in the page");
  }
}

export async function stateIs(page, state, text) {
  await page.locator(`#state[data-state="${state}"]`, { hasText: text }).waitFor();
}

/** Presses Connect, and waits until the connection has gone over to WebSocket. */
export async function connectBy(page) {
  await page.click("#connect");
  await stateIs(page, "connected", "Connected over WebSocket");
}

/** The rows of the log as ["kind", "label", "text"]. */
export function rows(page) {
  return page.locator("#log li").evaluateAll((list) =>
    list.map((row) => [row.className, row.querySelector("b").textContent, row.querySelector("span").textContent]));
}

/** Waits for a row of that kind and label, and returns its text. */
export async function rowOf(page, kind, label) {
  const row = page.locator(`#log li.${kind}`).filter({ has: page.locator("b", { hasText: new RegExp(`^${label}$`) }) });
  await row.first().waitFor();
  return row.last().locator("span").textContent();
}

/** Asks again until the answer passes; the last answer is in the error. */
export async function eventually(what, ask, passes, ms = 10000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (passes(answer)) return answer;
    if (Date.now() > deadline) assert.fail(`${what}; it was ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Where the game shows a player of that colour: the middle of its pixels, in units of the field; null if nowhere. */
export function middle(page, color) {
  return page.locator("#field").evaluate((canvas, color) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data, width } = copy.getImageData(0, 0, canvas.width, canvas.height);
    let [n, x, y] = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] !== r || data[i + 1] !== g || data[i + 2] !== b) continue;
      n++;
      x += i / 4 % width;
      y += Math.floor(i / 4 / width);
    }
    return n ? { x: x / n * 800 / width, y: y / n * 800 / width } : null;
  }, color);
}
