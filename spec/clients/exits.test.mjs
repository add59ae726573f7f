// How the program starts, refuses to start, and ends: exit status, one message that names the place
// and the remedy, clients told. What a script may say is specified in spec/bindings.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ask, run, Server, within } from "./harness.mjs";
import { road } from "./versions.mjs";

const scripts = {
  "syntax.lua": 'local mw = require "moonwire"\nlocal x = = 1\n',
  "broken.lua": 'local mw = require "moonwire"\nlocal function f() mw.nothing.at_all() end\nf()\n',
  "endless.lua": "while true do end\n",
  "quits.lua": 'os.exit(0)\n',
  "files.lua": 'local file = io.open("/etc/hostname")\n',
  "config.lua": 'require("moonwire").config{ ping_intervall = 3 }\n',
  "fine.lua": 'local mw = require "moonwire"\nmw.socketio.on("message", print)\nmw.app.route("/", function() return "hi" end)\n',
};

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moonwire-"));
  for (const [name, source] of Object.entries(scripts)) await writeFile(join(folder, name), source);
});
after(() => rm(folder, { recursive: true }));

// what: [arguments (a script's name stands for its path), status, what the message names]
const starts = {
  "a syntax error": [["syntax.lua"], 1, /syntax\.lua:2:/],
  "an error": [["broken.lua"], 1, /broken\.lua:2:[^]*traceback[^]*broken\.lua:3:/],
  "an endless loop": [["endless.lua"], 1, /endless\.lua:1:/],
  "an unknown key": [["config.lua"], 1, /config\.lua:1:[^]*ping_intervall[^]*ping_interval\b/],
  "a script that is not there": [["nothing.lua"], 1, /nothing\.lua/],
  "no script": [[], 2, /script/],
  "an unknown option": [["fine.lua", "--prot", "1"], 2, /--prot\b[^]*--port\b/],
  "an option without its value": [["fine.lua", "--port"], 2, /--port/],
  "a port that is no number": [["fine.lua", "--port", "http"], 2, /port[^]*http|http[^]*port/],
  "a port beyond 65535": [["fine.lua", "--port", "65536"], 2, /port[^]*65535/],
  "an unknown key by --set": [["fine.lua", "--set", "ping_intervall=3"], 2, /ping_intervall[^]*ping_interval\b/],
  "a value of the wrong type by --set": [["fine.lua", "--set", "ping_interval=soon"], 2, /ping_interval[^]*soon|soon[^]*ping_interval/],
  "a file of settings that is not there": [["fine.lua", "--config", "nothing"], 2, /--config[^]*nothing/],
  "a second script": [["fine.lua", "broken.lua"], 2, /broken\.lua/],
  "an end of the script's own": [["quits.lua"], 0, /warning .*quits\.lua:1: os\.exit/],
  "an end of its own in a check": [["check", "quits.lua"], 0, /warning .*quits\.lua:1: os\.exit/],
  "what the sandbox takes away": [["files.lua", "--sandbox"], 1, /files\.lua:1: io\.open is taken away[^]*--sandbox/],
  "the same in a check": [["check", "files.lua", "--sandbox"], 1, /files\.lua:1: io\.open is taken away[^]*--sandbox/],
  "an address that is not ours": [["fine.lua", "--port", "0", "--host", "192.0.2.1"], 1, /192\.0\.2\.1/],
};

const place = (args) => args.map((arg) => (arg.endsWith(".lua") ? join(folder, arg) : arg));

describe("a start with", () => {
  for (const [what, [args, status, message]] of Object.entries(starts))
    it(`${what} ends with status ${status} and a message`, async () => {
      const ended = await run(place(args));
      assert.equal(ended.status, status, ended.stderr);
      assert.match(ended.stderr, message);
      assert.equal(ended.stdout, "");
    });

  it("a port in use ends with status 1 and names the port and the remedy", async () => {
    const other = net.createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address();
    const ended = await run([join(folder, "fine.lua"), "--port", String(port)]);
    other.close();
    assert.equal(ended.status, 1, ended.stderr);
    assert.match(ended.stderr, new RegExp(`${port}[^]*--port`));
  });
});

describe("the command line", () => {
  it("tells its version and its options", async () => {
    const version = await run(["--version"]);
    assert.deepEqual([version.status, version.stderr], [0, ""]);
    assert.match(version.stdout, /^moonwire \d+\.\d+\.\d+/i);
    const help = await run(["--help"]);
    assert.deepEqual([help.status, help.stderr], [0, ""]);
    for (const option of ["--host", "--port", "--debug", "--no-reload", "--sandbox", "--config", "--set", "check", "new"])
      assert.ok(help.stdout.includes(option), option);
  });

  it("checks a script without serving it", async () => {
    const fine = await run(["check", join(folder, "fine.lua")]);
    assert.equal(fine.status, 0, fine.stderr);
    assert.match(fine.stdout + fine.stderr, /message/);
    const broken = await run(["check", join(folder, "syntax.lua")]);
    assert.equal(broken.status, 1);
    assert.match(broken.stderr, /syntax\.lua:2:/);
  });

  it("makes a project that runs, and never overwrites one", async () => {
    const project = join(folder, "project");
    const made = await run(["new", project]);
    assert.equal(made.status, 0, made.stderr);
    const [script] = /\S+\.lua/.exec(made.stdout + made.stderr);
    const path = script.startsWith("/") ? script : join(project, script);
    const checked = await run(["check", path]);
    assert.equal(checked.status, 0, checked.stderr);
    const again = await run(["new", project]);
    assert.equal(again.status, 1, again.stderr);
    assert.match(again.stderr, /project/);
  });

  it("takes its configuration from a file, the option first", async () => {
    const config = join(folder, "settings");
    await writeFile(config, "# slow\nping_interval = 7\nping_timeout = 3\n");
    const body = async (server) => {
      const open = await (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).text();
      const { pingInterval, pingTimeout } = JSON.parse(open.slice(1));
      assert.deepEqual([pingInterval, pingTimeout], [7000, 4000]);
    };
    await Server.during(body, "scenario.lua", "--config", config, "--set", "ping_timeout=4");
  });

  it("logs JSON when asked", () =>
    Server.during(async (server) => {
      await server.end();
      for (const line of server.log.trim().split("\n")) {
        const { time, level, message } = JSON.parse(line);
        assert.ok(Date.parse(time) && level && message, line);
      }
    }, "scenario.lua", "--log-format", "json"));
});

describe("the end", () => {
  it("waits less than 5 s for a client that is not heard of again", () =>
    Server.during(async (server) => {
      const polling = `${server.url}/socket.io/?EIO=4&transport=polling`;
      const { sid } = JSON.parse((await (await fetch(polling)).text()).slice(1));
      await fetch(`${polling}&sid=${sid}`, { method: "POST", body: "40" });
      const took = await server.end();
      assert.ok(took > 3000 && took < 5000, `${took} ms`);
    }, "scenario.lua"));

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"])
    it(`by ${signal} tells the clients and is quick, also with a handler asleep`, () =>
      Server.during(async (server) => {
        const sockets = await Promise.all(
          ["polling", "websocket"].map((transport) => server.client(road(transport))),
        );
        sockets.forEach((socket) => socket.emit("later", 60));
        await Promise.all(sockets.map((socket) => ask(socket, "nothing")));
        const told = sockets.map((socket) => within(once(socket, "disconnect"), "disconnect"));
        const took = await server.end(signal);
        assert.ok(took < 5000, `${took} ms`);
        for (const [reason] of await Promise.all(told))
          assert.match(reason, /^(io server disconnect|transport close)$/);
      }, "scenario.lua"));
});
