// Whoever reads the server's output may stop reading: a paused terminal, a pager, a collector of
// logs that hangs. The clients must not notice, and the reader finds its lines when it goes on.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ask, connected, sleep, within } from "./harness.mjs";
import { load, road } from "./versions.mjs";

const LINES = 60000;
const SCRIPT = `
local mw = require "moonwire"
mw.socketio.on("print", function(n) for i = 1, n do print(("%06d"):format(i), ("x"):rep(60)) end end)
mw.socketio.on("warn", function(n) for i = 1, n do warn(("%06d"):format(i), ("x"):rep(200)) end end)
mw.socketio.on("echo", function(v) return v end)
`;

let folder, port;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moonwire-"));
  await writeFile(join(folder, "script.lua"), SCRIPT);
});
after(() => rm(folder, { recursive: true }));

// The server, whose output is read only once reader(stream) is called.
async function start() {
  const args = [join(folder, "script.lua"), "--port", "0", "--no-reload", "--set", "handler_timeout=60"];
  const child = spawn(process.env.MOONWIRE, args, { stdio: ["ignore", "pipe", "pipe"] });
  const first = await within(new Promise((resolve) => gather(child.stderr, /:(\d+)\n/, resolve)), "start");
  port = Number(first[1]);
  return child;
}

function gather(stream, pattern, resolve) {
  let text = "";
  const take = (chunk) => {
    text += chunk;
    const found = pattern.exec(text);
    if (!found) return;
    stream.off("data", take);
    stream.pause();
    resolve(found);
  };
  stream.on("data", take);
}

async function client() {
  const io = await load(road());
  return connected(io(`http://127.0.0.1:${port}`, { transports: ["websocket"], reconnection: false }));
}

function read(stream) {
  const out = { text: "" };
  stream.setEncoding("utf8");
  stream.on("data", (chunk) => (out.text += chunk));
  stream.resume();
  return out;
}

async function until(what, check) {
  const deadline = Date.now() + 10000;
  while (!check()) {
    assert.ok(Date.now() < deadline, `${what} did not come`);
    await sleep(10);
  }
}

async function during(body) {
  const child = await start();
  const ended = new Promise((resolve) => child.on("close", (status, signal) => resolve(status ?? signal)));
  const socket = await client();
  try {
    await body(child, socket, ended);
  } finally {
    socket.disconnect();
    child.kill("SIGKILL");
  }
}

describe("output that nobody reads", () => {
  it("does not stop the server, and says afterwards how much of it is lost", () =>
    during(async (child, socket) => {
      socket.emit("print", LINES);
      assert.deepEqual(await ask(socket, "echo", 1), [1]);
      const log = read(child.stderr), out = read(child.stdout);
      await until("the warning", () => /nobody read standard output for a while: \d+ lines/.test(log.text));
      const lines = out.text.split("\n").slice(0, -1).map((line) => Number(line.slice(0, 6)));
      const lost = Number(/(\d+) lines of print are lost/.exec(log.text)[1]);
      assert.deepEqual(lines, Array.from({ length: lines.length }, (_, i) => i + 1));
      assert.equal(lines.length + lost, LINES);
    }));

  it("does not stop the server if it is the log", () =>
    during(async (child, socket) => {
      socket.emit("warn", LINES);
      assert.deepEqual(await ask(socket, "echo", 2), [2]);
      const log = read(child.stderr);
      await until("the warning", () => /nobody read the log for a while: \d+ events are lost/.test(log.text));
    }));

  it("does not keep the server from ending", () =>
    during(async (child, socket, ended) => {
      socket.emit("print", LINES);
      assert.deepEqual(await ask(socket, "echo", 3), [3]);
      child.kill("SIGTERM");
      await until("the end of the process", () => child.exitCode !== null);
      assert.equal(child.exitCode, 0);
      read(child.stdout), read(child.stderr);
      assert.equal(await within(ended, "the end"), 0);
    }));

  it("does not end the server if its reader is gone", () =>
    during(async (child, socket) => {
      child.stdout.destroy();
      socket.emit("print", 10);
      assert.deepEqual(await ask(socket, "echo", 4), [4]);
      child.stderr.destroy();
      socket.emit("warn", 10);
      assert.deepEqual(await ask(socket, "echo", 5), [5]);
    }));
});
