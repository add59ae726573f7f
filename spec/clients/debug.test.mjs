// The channel of the debug page on a server that runs: told of saved files within a moment, and in nobody's way.
// What it says is spec/bindings/debug_spec.lua's, what a page does with it spec/browser/debug.test.mjs's.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ask, Server, sleep, within } from "./harness.mjs";
import { Project } from "./reload_project.mjs";
import { road } from "./versions.mjs";

let project, server;

const start = async (...options) => (server = await Server.launch(project.path(), "--debug", ...options));

async function seen() {
  const page = await (await fetch(`${server.url}/nowhere`)).text();
  return /debug\.js\?seen=([\w-]+\.\d+)/.exec(page)[1];
}

/** Waits for the news behind `from`. */
async function news(from, options) {
  const answer = await within(fetch(`${server.url}/socket.io/debug?seen=${from}`, options), "news");
  assert.equal(answer.status, 200);
  return answer.json();
}

/** So many questions that wait. */
async function waiting(count) {
  const from = await seen();
  const all = Array.from({ length: count }, () => news(from));
  await sleep(100);
  return all;
}

describe("the channel of the debug page", () => {
  beforeEach(async () => {
    project = await Project.make();
  });
  afterEach(async () => {
    server?.kill();
    await project.remove();
  });

  it("tells of a broken script, and of the one that mends it", async () => {
    await start();
    const broken = news(await seen());
    await sleep(50);
    await project.inPlace("main.lua", "local mw = = 1\n");
    const { errors, seen: then } = await broken;
    assert.deepEqual([errors.length, errors[0].kind, errors[0].line], [1, "load", 1]);
    assert.equal(errors[0].lines, "local mw = = 1\n");
    const mended = news(then);
    await project.save(1);
    const after = await mended;
    assert.deepEqual(after.errors, []);
    assert.equal(after.changes[0].kind, "script");
    await server.stop();
  });

  it("tells of templates and static files", async () => {
    await start();
    let from = await seen();
    for (const [name, change] of [
      ["static/a.css", { kind: "file", path: "/static/a.css" }],
      ["static/deep/b.js", { kind: "file", path: "/static/deep/b.js" }],
      ["templates/c.html", { kind: "template", path: "c.html" }],
    ]) {
      const told = news(from);
      await project.saveBelow(name, "new");
      const answer = await told;
      assert.deepEqual(answer.changes, [change]);
      from = answer.seen;
    }
    await server.stop();
  });

  it("is no client, and takes no client's place", async () => {
    await start("--set", "max_clients=1", "--no-reload");
    const pages = await waiting(10);
    const client = await server.client(road("websocket"));
    assert.deepEqual((await ask(client, "stats"))[1].connects, 1);
    client.disconnect();
    await server.end();
    await Promise.all(pages);
  });

  it("holds up no end of the server", async () => {
    await start();
    const pages = await waiting(5);
    const ms = await server.end();
    assert.ok(ms < 1000, `it took ${ms} ms`);
    for (const page of await Promise.all(pages)) assert.deepEqual(page.changes, []);
  });

  it("forgets pages that leave", async () => {
    await start();
    const from = await seen();
    const leaving = new AbortController();
    const gone = Array.from({ length: 20 }, () => news(from, { signal: leaving.signal }).catch(() => "gone"));
    await sleep(100);
    leaving.abort();
    assert.ok((await Promise.all(gone)).every((answer) => answer === "gone"));
    const stays = news(from);
    await sleep(50);
    await project.save(1);
    assert.equal((await stays).changes[0].kind, "script");
    await server.stop();
  });

  it("warns at the start if others than this machine can reach it", async () => {
    for (const [host, expected] of [["0.0.0.0", 1], ["127.0.0.1", 0]]) {
      const args = [project.path(), "--debug", "--no-reload", "--host", host, "--port", "0"];
      const child = spawn(process.env.MOONWIRE, args, { stdio: ["ignore", "ignore", "pipe"] });
      let log = "";
      child.stderr.setEncoding("utf8");
      child.stderr.on("data", (chunk) => {
        log += chunk;
        if (log.includes("listening on")) child.kill("SIGTERM");
      });
      await within(once(child, "close"), "end of the server");
      assert.equal((log.match(/warning debug is on .* --host 127\.0\.0\.1/g) ?? []).length, expected, log);
    }
  });
});
