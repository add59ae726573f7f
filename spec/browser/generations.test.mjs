// Pages with clients of any age in Chromium: they chat with each other across one server. In a
// browser old clients have ways that they have not in node: binary long-polling, and JSONP.
// What else a client can ask is in ../clients/scenario.test.mjs.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { eventually, leave, Site } from "./harness.mjs";

const require = createRequire(import.meta.url);
const file = (version) =>
  join(dirname(require.resolve(`socket.io-client-${version}/package.json`)), "dist/socket.io.js");

const TEXT = "é😀\u2028\u2029\"\\n\\\\n</script>\n";
const PICTURE = [0, 255, 10, 13, 128];

describe("generations", () => {
  let site;
  before(async () => (site = await Site.open("../browser/generations.lua")));
  afterEach(() => site.sweep());
  after(() => site.close());

  /** A page with a client of that version; the current one is what the server itself serves. */
  async function enter(name, version, options = {}) {
    const page = await site.page();
    await page.addScriptTag(version === "current" ? { url: "/socket.io/socket.io.js" } : { path: file(version) });
    await page.evaluate(({ name, options }) => {
      window.heard = [];
      window.socket = io({ query: { name }, reconnection: false, ...options });
      socket.on("said", (from, text, picture) =>
        heard.push([from, text, picture ? [...new Uint8Array(picture)] : null]));
    }, { name, options });
    await eventually(`${name} is connected`, () => page.evaluate(() => socket.connected), Boolean);
    return page;
  }

  const say = (page, text, picture) =>
    page.evaluate(({ text, picture }) => new Promise((resolve) =>
      socket.emit("say", text, picture && new Uint8Array(picture).buffer, (...answer) => resolve(answer))),
    { text, picture });

  const hears = (page, line) =>
    eventually(`it hears ${JSON.stringify(line)}`, () => page.evaluate(() => heard),
      (heard) => heard.some((each) => JSON.stringify(each) === JSON.stringify(line)));

  it("2.3.0 and the current client chat with each other", async () => {
    const old = await enter("old", "2.3.0");
    const young = await enter("young", "current");
    const of = (page) => page.evaluate(() => socket.io.engine.transport.name);
    await eventually("old is on a WebSocket", () => of(old), (name) => name === "websocket");
    await eventually("young is on a WebSocket", () => of(young), (name) => name === "websocket");
    assert.equal((await say(old, "hello from 2.3"))[0], 2);
    assert.equal((await say(young, TEXT, PICTURE))[0], 2);
    assert.equal((await say(old, TEXT, PICTURE))[0], 2);
    for (const page of [old, young]) {
      await hears(page, ["old", "hello from 2.3", null]);
      await hears(page, ["young", TEXT, PICTURE]);
      await hears(page, ["old", TEXT, PICTURE]);
    }
    await leave(old, young);
  });

  const ways = { polling: { transports: ["polling"] }, websocket: { transports: ["websocket"] } };
  const jsonp = { transports: ["polling"], forceJSONP: true, jsonp: true };
  const roads = [
    ...["1.7.4", "2.0.4", "2.2.0", "2.3.0", "2.5.0", "3.1.3", "4.0.0", "4.5.4", "current"].flatMap((version) =>
      Object.entries(ways).map(([way, options]) => [version, way, options])),
    ...["1.7.4", "2.3.0", "3.1.3"].map((version) => [version, "JSONP", jsonp]),
  ];
  for (const [version, way, options] of roads)
    it(`${version} by ${way} says what the current client hears, and hears what it says`, async () => {
      const young = await enter("young", "current", { transports: ["websocket"] });
      const other = await enter("other", version, options);
      assert.deepEqual(await say(other, TEXT, PICTURE), [2, way === "websocket" ? way : "polling"]);
      assert.equal((await say(young, TEXT, PICTURE))[0], 2);
      for (const page of [young, other])
        for (const name of ["other", "young"]) await hears(page, [name, TEXT, PICTURE]);
      assert.equal(other.asked.some((url) => /[?&]j=\d/.test(url)), way === "JSONP");
      if (way === "polling") // binary payloads of old clients are binary
        assert.ok(!other.asked.some((url) => url.includes("b64=")), "it asked for base64");
      await leave(young, other);
    });
});
