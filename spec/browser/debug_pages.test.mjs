// The debug page in pages that are not like others: with a strict policy, in frames, as the answer to a form, with
// styles and a root of their own. What it does in an ordinary one is debug.test.mjs's.
import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { Server } from "../clients/harness.mjs";
import { eventually, PHONE, Site } from "./harness.mjs";

const SCRIPT = `local mw = require "moonwire"
local app = mw.app
local POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'"
app.route("/", function() return "<h1>No document around it</h1>" end)
app.route("/strict", function()
  return mw.render_template("strict.html"), { ["Content-Security-Policy"] = POLICY }
end)
app.route("/framed", function() return '<!doctype html><iframe src="/inner"></iframe>' end)
app.route("/inner", function() return mw.render_template("inner.html") end)
app.route("/form", { methods = { "GET", "POST" } }, function()
  return mw.render_template("form.html", { method = mw.request.method })
end)
app.route("/shouting", function() return mw.render_template("shouting.html") end)
`;
const TEMPLATES = {
  strict: "<!doctype html><h1>Strict</h1>",
  inner: "<!doctype html><h1>Inner</h1>",
  form: '<!doctype html><form method="post"><button>Send</button></form><h1>{{ method }}</h1>',
  shouting: `<!doctype html><meta name="viewport" content="width=device-width">
    <style>* { color: lime !important; font-size: 60px; text-transform: uppercase } html { font-size: 40px }</style><h1>a</h1>`,
};
const BROKEN = SCRIPT.replace("local app =", "local app = =");

let folder, site;
const at = (name) => join(folder, name);

async function save(name, text, line) {
  const from = site.server.log.length;
  await writeFile(at(name), text);
  if (line) await site.server.logged(line, from);
}

async function open(path, options) {
  const page = await site.page(options);
  await page.goto(new URL(path, site.wire.url).href);
  await page.evaluate(() => (window.mark = "kept"));
  page.problems.length = 0; // no icon
  return page;
}

const panel = (page) => page.locator("moonwire-debug .panel");
const badge = (page) => page.locator("moonwire-debug .badge");
const mended = (page) => page.locator("moonwire-debug").waitFor({ state: "detached" });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moonwire-debug-"));
  await mkdir(at("templates"));
  for (const [name, text] of Object.entries(TEMPLATES)) await writeFile(at(`templates/${name}.html`), text);
  await writeFile(at("main.lua"), SCRIPT);
  site = await Site.over(await Server.launch(at("main.lua"), "--debug"));
});
after(async () => {
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => site.sweep());

test("a policy that lets the server's own scripts run lets it run, too", async () => {
  const page = await open("/strict");
  await save("main.lua", BROKEN, /kept generation/);
  await panel(page).waitFor();
  assert.equal(await panel(page).evaluate((element) => getComputedStyle(element).position), "fixed", "it has its style");
  await save("main.lua", SCRIPT, /reloaded/);
  await mended(page);
  await save("templates/strict.html", TEMPLATES.strict.replace("Strict", "Other"));
  await page.locator("h1", { hasText: "Other" }).waitFor();
  assert.deepEqual(page.problems, []);
});

test("a text that is no document has it when it is opened as a page", async () => {
  const page = await open("/");
  await save("main.lua", BROKEN, /kept generation/);
  await panel(page).waitFor();
  await save("main.lua", SCRIPT, /reloaded/);
  await mended(page);
});

test("a frame refreshes itself, and shows no errors of its own", async () => {
  const page = await open("/framed");
  const inner = page.frameLocator("iframe");
  await save("main.lua", BROKEN, /kept generation/);
  await panel(page).waitFor();
  assert.equal(await inner.locator("moonwire-debug").count(), 0);
  await save("main.lua", SCRIPT, /reloaded/);
  await mended(page);
  await save("templates/inner.html", TEMPLATES.inner.replace("Inner", "New"));
  await inner.locator("h1", { hasText: "New" }).waitFor();
  assert.equal(await page.evaluate(() => window.mark), "kept", "the page around it stays");
});

test("in a frame of somebody else's, as an editor's preview is, errors are shown", async () => {
  const page = await (await site.browser.newContext()).newPage();
  await page.setContent(`<iframe src="${new URL("/strict", site.wire.url)}" width="800" height="600"></iframe>`);
  const inner = page.frameLocator("iframe");
  await inner.locator("h1").waitFor();
  await save("main.lua", BROKEN, /kept generation/);
  await inner.locator("moonwire-debug .panel").waitFor();
  await save("main.lua", SCRIPT, /reloaded/);
  await inner.locator("moonwire-debug").waitFor({ state: "detached" });
});

test("the answer to a form is not sent again behind the reader's back", async () => {
  const page = await open("/form");
  await page.click("button");
  await page.locator("h1", { hasText: "POST" }).waitFor();
  const asked = page.asked.filter((url) => url.endsWith("/form")).length;
  await save("templates/form.html", TEMPLATES.form.replace("Send", "Send now"));
  await panel(page).waitFor();
  assert.match(await panel(page).innerText(), /send the form again/);
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "hidden" });
  assert.equal(await badge(page).count(), 0);
  await page.waitForTimeout(300);
  assert.equal(page.asked.filter((url) => url.endsWith("/form")).length, asked);
});

test("the page's styles do not reach it, nor its the page's", async () => {
  const page = await open("/shouting", PHONE);
  const before = await page.locator("h1").evaluate((element) => JSON.stringify(element.getBoundingClientRect()));
  await save("main.lua", BROKEN, /kept generation/);
  await panel(page).waitFor();
  const style = await panel(page).locator(".message").evaluate((element) => {
    const { fontSize, color, textTransform } = getComputedStyle(element);
    return { fontSize, color, textTransform };
  });
  assert.deepEqual(style, { fontSize: "15px", color: "rgb(28, 27, 31)", textTransform: "none" });
  assert.equal(await page.locator("h1").evaluate((element) => JSON.stringify(element.getBoundingClientRect())), before);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page got wider");
  await save("main.lua", SCRIPT, /reloaded/);
  await mended(page);
});
