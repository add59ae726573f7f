// The console with the real program: where its socket is and who may open it, what an evaluation answers, and that the
// server goes on whatever a console does. A terminal's keys are console_terminal.py's.
import assert from "node:assert/strict";
import { chmod, copyFile, mkdir, readFile, readdir, rename, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { evaluate, Link, ownFolder, runConsole } from "./console_rig.mjs";
import { ask, connected, heard, run, Server, sleep } from "./harness.mjs";
import { road } from "./versions.mjs";

const SCRIPT = "console.lua";

let place;
before(async () => (place = await ownFolder()));
after(() => place.remove());

const sockets = () => readdir(join(place.folder, "moonwire")).catch(() => []);
const socketOf = (server) => join(place.folder, "moonwire", `127.0.0.1-${server.port}.sock`);

describe("the socket", () => {
  it("is its owner's alone, is named in the log, and goes with the server", () =>
    Server.during(async (server) => {
      const path = socketOf(server);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      assert.equal((await stat(join(place.folder, "moonwire"))).mode & 0o777, 0o700);
      assert.ok(server.log.includes(path), server.log);
      await server.end();
      assert.deepEqual(await sockets(), []);
    }, SCRIPT));

  it("replaces that of a server that was killed", async () => {
    const killed = await Server.start(SCRIPT);
    killed.kill();
    await killed.ended;
    assert.equal((await sockets()).length, 1);
    const ended = await runConsole(["--socket", socketOf(killed)]);
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /has ended/);
    await Server.during(async (server) => {
      assert.equal(server.port, killed.port);
      assert.equal(await evaluate(server, "1 + 1"), "2");
    }, SCRIPT, "--port", String(killed.port));
    assert.deepEqual(await sockets(), []);
  });

  it("is left out, with a warning, if its folder is not the server's alone", async () => {
    const folder = join(place.folder, "moonwire");
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
    await Server.during((server) => server.logged(/warning there is no console: the folder .* others may open it/), SCRIPT);
    await chmod(folder, 0o700);
    await rename(folder, `${folder}-elsewhere`);
    await symlink(`${folder}-elsewhere`, folder);
    await Server.during((server) => server.logged(/warning there is no console/), SCRIPT);
    await rename(`${folder}-elsewhere`, `${folder}-gone`);
    await rename(folder, `${folder}-link`);
  });

  it("is where --console or the script says, or nowhere", async () => {
    const path = join(place.folder, "chosen.sock");
    await Server.during(async () => {
      assert.deepEqual(await sockets(), []);
      const ended = await runConsole(["--socket", path, "-e", "2 * 3"]);
      assert.deepEqual([ended.status, ended.stdout], [0, "6\n"]);
    }, SCRIPT, "--console", path);
    for (const off of [["--console", "off"], ["--set", "console=false"]])
      await Server.during(async (server) => {
        assert.deepEqual(await sockets(), []);
        assert.doesNotMatch(server.log, /there is no console|attaches/);
      }, SCRIPT, ...off);
    const script = join(place.folder, "off.lua");
    await writeFile(script, 'require("moonwire").config { console = false }\n');
    await Server.during(async () => assert.deepEqual(await sockets(), []), script);
    await Server.during((server) => server.logged(/warning there is no console: cannot listen/), SCRIPT, "--console", "/proc/x");
  });

  it("lets nobody in but its user and root", { skip: process.getuid() !== 0 && "needs root" }, async () => {
    const command = join(place.folder, "program"), path = join(place.folder, "open.sock");
    await copyFile(process.env.MOONWIRE, command);
    await chmod(command, 0o755);
    const before = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    await Server.during(async () => {
      const kept = await runConsole(["--socket", path, "-e", "1"], "", { command, before });
      assert.equal(kept.status, 1);
      assert.match(kept.stderr, /open only to the user/);
      await chmod(path, 0o666);
      const shown = await runConsole(["--socket", path, "-e", "1"], "", { command, before });
      assert.equal(shown.status, 1);
      assert.match(shown.stderr, /for the user of the server, and root/);
    }, SCRIPT, "--console", path);
  });
});

describe("moonwire console finds", () => {
  it("no server, and says how to name one", async () => {
    const ended = await runConsole([]);
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /no server of yours runs on this machine.*--socket/);
  });

  it("the one that runs; of several it wants one chosen", () =>
    Server.during(async (one) => {
      const alone = await runConsole([], "return 1+1\n");
      assert.deepEqual(alone, { status: 0, stdout: "2\n", stderr: "" });
      await Server.during(async (other) => {
        const several = await runConsole(["-e", "1"]);
        assert.equal(several.status, 1);
        for (const { port } of [one, other]) assert.match(several.stderr, new RegExp(`--port ${port} .*console\\.lua`));
        assert.match(several.stderr, /several servers run; choose one with --port or --socket/);
        assert.equal(await evaluate(other, "mw.generation()"), "1");
        const unknown = await runConsole(["--port", "1", "-e", "1"]);
        assert.match(unknown.stderr, /no server of yours listens on port 1; these run:/);
      }, SCRIPT);
    }, SCRIPT));
});

describe("an evaluation", () => {
  let server, client;
  beforeEach(async () => {
    server = await Server.start(SCRIPT);
    client = await server.client(road("websocket"));
  });
  afterEach(async () => {
    try {
      assert.ok(client.connected, "the client was dropped");
      assert.deepEqual(await ask(client, "echo", "still here"), ["still here"]);
      await server.stop();
    } finally {
      server.kill();
    }
  });

  // code: what it answers, and the status
  const answers = [
    ["1 + 1", "2"],
    ["=1 + 1", "2"],
    ["return 1, nil, 'a'", '1\tnil\t"a"'],
    ["local t = {} t.x = 1 return t", "{ x = 1 }"],
    ["x = 5", ""],
    ["", ""],
    ["-- nothing", ""],
    ["players.ann", '{ tags = { "a", "b" }, x = 1 }'],
    ["kept.players == players", "true"],
    ["speed", "5"],
    ["SHARED", '"of all"'],
    ["greeting", '"hello"'],
    ["shout 'hi'", 'shouting\thi\n"HI"'],
    ["#socketio.sids()", "1"],
    ["mw.null, mw.binary('a\\0b')", 'null\tbinary(3) "a\\x00b"'],
    ["require('cjson').encode{1}", '"[1]"'],
    ["socketio.sleep(0.05) return 'slept'", '"slept"'],
    ["'\\27[31m'", '"\\x1b[31m"'],
    ["for i = 1, 2 do print(i) end", "1\n2"],
    ["x +", /^console:1: .*near <eof>/, 1],
    ["error 'a'", /^console:1: a\nstack traceback:\n.*\n\tconsole:1: in main chunk$/, 1],
    ["error { code = 5 }", /^\{ code = 5 \}\n/, 1],
    ["nothing.at.all", /attempt to index a nil value \(global 'nothing'\)/, 1],
    ["mw.emit('x')", /outside of a handler/, 1],
    ["coroutine.yield()", /use socketio.sleep/, 1],
    ["while true do end", /^console:1: ran for more than 1 s/, 1],
    ["while true do pcall(function() while true do end end) end", /ran for more than 1 s/, 1],
    ["setmetatable({}, { __tostring = function() while true do end end })", /ran for more than 1 s/, 1],
    ["('x'):rep(1e10)", /too large|not enough memory/, 1],
    ["string.rep('x', 3e6)", /^"x{2000}…" \(3000000 bytes\)$/],
    ["table.unpack(players, 1, 1e5)", /nil/],
    [".nothing", /there is no command \.nothing; \.help lists them/, 1],
  ];
  for (const [code, expected, status = 0] of answers)
    it(`of ${code || "nothing"} answers`, async () => {
      const said = await evaluate(server, code, status);
      if (typeof expected === "string") assert.equal(said, expected);
      else assert.match(said, expected);
    });

  it("that does not end is killed while another client's echo goes on", async () => {
    const killed = evaluate(server, "while true do end", 1);
    let over = false;
    killed.finally(() => (over = true));
    for (let i = 0; !over; i++) {
      assert.deepEqual(await ask(client, "echo", i), [i]);
      await sleep(10);
    }
    assert.match(await killed, /ran for more than 1 s/);
    await server.logged(/error +console: console:1: ran for more than 1 s/);
  });

  it("that sleeps keeps nobody waiting, and can be cancelled", async () => {
    const link = await Link.attach(socketOf(server));
    link.send("e", "local g <close> = guarded() socketio.sleep(60)");
    const start = Date.now();
    assert.deepEqual(await ask(client, "echo", 1), [1]);
    assert.match(await link.ask("e", "1"), /has not ended/);
    link.send("k");
    assert.equal(await link.next("x"), "cancelled");
    assert.ok(Date.now() - start < 5000);
    assert.equal(await link.ask("e", "closed.count"), "1");
    link.close();
  });

  it("ends with its console", async () => {
    const link = await Link.attach(socketOf(server));
    link.send("e", "local g <close> = guarded() socketio.sleep(60)");
    await sleep(50);
    link.close();
    await sleep(50);
    assert.equal(await evaluate(server, "closed.count"), "1");
    assert.match(await evaluate(server, ".stats"), /coroutines +1 running/);
  });

  it("leaves nothing behind when its console goes", async () => {
    const held = async () => Number(await evaluate(server, "collectgarbage() collectgarbage() return collectgarbage 'count'"));
    const once = async () => {
      const link = await Link.attach(socketOf(server));
      await link.ask("e", "mine = ('x'):rep(1e5)");
      await link.ask("c", "pla");
      link.send("e", "local g <close> = guarded() socketio.sleep(60)");
      link.close();
    };
    await once();
    const before = await held();
    for (let i = 0; i < 50; i++) await once();
    await sleep(50);
    const grown = (await held()) - before;
    assert.ok(grown < 100, `${grown} kB more`); // of 5000
  });

  it("waits for an acknowledgement by call, and reaches clients by emit", async () => {
    client.on("sum", (a, b, done) => done(a + b));
    assert.equal(await evaluate(server, "socketio.call('sum', mw.args(2, 3), { to = socketio.sids()[1] })"), "5");
    await evaluate(server, "socketio.emit('news', { 1 })");
    assert.deepEqual(await heard(client, "news"), [[1]]);
  });

  it("reads and writes the script's own names, and keeps new ones to its console", async () => {
    const [one, other] = [await Link.attach(socketOf(server)), await Link.attach(socketOf(server))];
    await one.ask("e", "speed = 7 SHARED = 'new' mine = 1");
    assert.deepEqual(await ask(client, "speed"), [7, "new"]);
    assert.equal(await one.ask("e", "mine, speed, SHARED"), '1\t7\t"new"');
    assert.equal(await other.ask("e", "mine, speed, SHARED"), 'nil\t7\t"new"');
    assert.equal(await one.ask("e", "_G.mine"), "nil");
    await one.ask("e", "local lost = 1");
    assert.match(await one.next("n"), /a local ends with its line/);
    one.close();
    other.close();
  });

  it("asks for more of what is incomplete", async () => {
    const link = await Link.attach(socketOf(server));
    for (const text of ["for i = 1, 2 do", "f(", "x = [[a", "1 +", "--[[", "if a then\nb()", "function f()"]) {
      link.send("e", text);
      assert.equal(await link.next("mrx"), "", text);
    }
    assert.equal(await link.ask("e", "(function()\n  return 1\nend)()"), "1");
    link.close();
  });

  it("reads lines from a pipe, several to a chunk, and ends as the last one did", async () => {
    const piped = (input) => runConsole(["--port", String(server.port)], input);
    const good = await piped("x = 20\n\nfor i = 1, 2 do\n  print(i)\nend\nx + 1\n.rooms\nx");
    assert.deepEqual([good.status, good.stderr], [0, ""]);
    assert.equal(good.stdout, "1\n2\n21\nnamespace  room  members\n20\n");
    assert.equal((await piped("error 'a'\n1\n")).status, 0);
    assert.equal((await piped("1\nerror 'a'\n")).status, 1);
    const cut = await piped("1\nfor i = 1, 2 do\n");
    assert.equal(cut.status, 1);
    assert.match(cut.stderr, /'end' expected near <eof>/);
    assert.equal((await piped("1\n.quit\nerror 'a'\n")).status, 0);
    assert.equal((await piped("")).status, 0);
  });

  it("is not kept without bounds for a console that does not read", async () => {
    const resident = async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${server.child.pid}/status`))[1]);
    const link = await Link.attach(socketOf(server));
    link.socket.pause();
    const before = await resident();
    for (let i = 0; i < 20; i++) {
      link.send("e", "local line = ('x'):rep(1e5) for i = 1, 500 do print(line) end");
      assert.deepEqual(await ask(client, "echo", i), [i]);
    }
    await sleep(200);
    const grown = (await resident()) - before;
    assert.ok(grown < 80000, `${grown} kB more`); // of a million
    link.socket.resume();
    assert.match(await link.next("n"), /\d+ lines were left out/);
    link.close();
  });

  it("survives what is no frame", async () => {
    for (const bytes of ["GET / HTTP/1.1\r\n\r\n", "e 99999999\n", "\0\0\0\0", "z 3\nabc"]) {
      const link = await Link.attach(socketOf(server));
      link.socket.write(bytes);
      assert.match(await link.next("x"), /no frame|no such request/);
      link.close();
    }
  });
});

describe("a command", () => {
  const commands = (body) => Server.during(body, SCRIPT);

  it("lists handlers and routes with their places", () =>
    commands(async (server) => {
      const said = await evaluate(server, ".handlers");
      assert.match(said, /^\/ +echo +\S*console\.lua:24$/m);
      assert.match(said, /^\/chat +say +\S*console\.lua:28$/m);
      assert.match(said, /^route +\/user\/<name> +\S*console\.lua:30 +limited$/m);
      assert.match(said, /^generation 1$/m);
    }));

  it("lists clients and rooms", () =>
    commands(async (server) => {
      const clients = [await server.client(road("websocket")), await server.client(road("polling"))];
      for (const client of clients) client.emit("join", "lobby");
      await Promise.all(clients.map((client) => ask(client, "echo")));
      const said = await evaluate(server, ".clients");
      assert.match(said, new RegExp(`^${clients[0].id} +/ +websocket +127\\.0\\.0\\.1 +\\d+ s +0 B +lobby$`, "m"));
      assert.match(said, new RegExp(`^${clients[1].id} +/ +polling +127\\.0\\.0\\.1 +\\d+ s +\\d+ B +lobby$`, "m"));
      assert.match(said, /^2 clients$/m);
      assert.ok(!(await evaluate(server, ".clients websocket")).includes(clients[1].id));
      assert.match(await evaluate(server, ".rooms"), /^namespace +room +members\n\/ +lobby +2$/);
    }));

  it("lists ticks with their measurements", () =>
    commands(async (server) => {
      await sleep(200);
      assert.match(await evaluate(server, ".ticks"), /^tick 20\/s +\S*console\.lua:31 +runs +\d+ +\d+ +[\d.]+ ms/m);
    }));

  it("tells figures of the whole server", () =>
    commands(async (server) => {
      await server.client(road("websocket"));
      const said = await evaluate(server, ".stats");
      assert.match(said, /^sessions +1 of 15000: 1 by WebSocket, 0 by polling$/m);
      assert.match(said, /^Lua memory +\d+ kB of 1000 MB$/m);
      assert.match(await evaluate(server, ".help"), /^\.clients .*\n\.handlers .*\n\.help /m);
    }));

  it("reloads, and consoles that are attached work in the new code", async () => {
    const script = join(place.folder, "reloaded.lua");
    const save = (text) => writeFile(script, `local mw = require "moonwire"\n${text}`);
    const handler = (value) => `local value = ${value}\nmw.socketio.on("get", function() return value end)\n`;
    await save(handler(1));
    await Server.during(async (server) => {
      const link = await Link.attach(socketOf(server));
      assert.equal(await link.ask("e", "value"), "1");
      await save(handler(2));
      assert.match(await evaluate(server, ".reload"), /^generation 2 of .*reloaded\.lua$/);
      assert.equal(await link.ask("e", "value"), "2");
      assert.match(await link.next("n"), /^generation 2 of /);
      await save("local x = = 1\n");
      assert.match(await evaluate(server, ".reload", 1), /reloaded\.lua:2: unexpected symbol/);
      assert.equal(await link.ask("e", "value, mw.generation()"), "2\t2");
      link.close();
    }, script);
  });

  it("reaches no file in a sandbox", () =>
    Server.during(async (server) => {
      for (const code of ["io.open('/etc/passwd')", "os.execute('true')", "require('moonwire.console_native')"])
        assert.match(await evaluate(server, code, 1), /taken away|not found/, code);
      assert.equal(await evaluate(server, "speed, getmetatable(_ENV)"), "5\tfalse");
    }, SCRIPT, "--sandbox"));

  it("finds locals of the script's own files, not of installed modules", async () => {
    await writeFile(join(place.folder, "installed.lua"), "local string, mine = 'theirs', 'theirs'\nreturn function() return string, mine end\n");
    await writeFile(join(place.folder, "beside.lua"), "local part = 'a part'\nreturn function() return part end\n");
    const script = join(place.folder, "sub", "script.lua");
    await mkdir(join(place.folder, "sub"));
    await rename(join(place.folder, "beside.lua"), join(place.folder, "sub", "beside.lua"));
    await writeFile(script, `local mw = require "moonwire"\nlocal installed, beside = require "installed", require "beside"
mw.socketio.on("a", installed)\nmw.socketio.on("b", function() return beside(), installed() end)\n`);
    process.env.LUA_PATH = `${place.folder}/?.lua;;`;
    await Server.during(async (server) => {
      assert.equal(await evaluate(server, "type(string), mine, part, type(installed)"), '"table"\tnil\t"a part"\t"function"');
    }, script).finally(() => delete process.env.LUA_PATH);
  });

  it("completes, and runs no metamethod for it", () =>
    commands(async (server) => {
      const link = await Link.attach(socketOf(server));
      const candidates = async (line) => (await link.ask("c", line)).split("\n");
      assert.deepEqual(await candidates("print(spe"), ["3", "speed"]);
      assert.deepEqual(await candidates("players.a"), ["1", "ann"]);
      assert.deepEqual(await candidates("x = players.ann."), ["0", "tags", "x"]);
      assert.deepEqual(await candidates("kept.pl"), ["2", "players"]);
      assert.deepEqual(await candidates("socketio.start"), ["5", "start_background_task"]);
      assert.deepEqual(await candidates("SHARED:up"), ["2", "upper"]);
      assert.deepEqual(await candidates("tricky.p"), ["1", "plain"]);
      assert.deepEqual(await candidates("tricky.q.r"), ["1", ""]);
      assert.deepEqual(await candidates("players['ann'].x"), ["1", ""]);
      assert.deepEqual(await candidates(".ha"), ["2", "handlers"]);
      assert.deepEqual(await candidates("1."), ["0", ""]);
      assert.ok((await candidates("")).includes("players"));
      link.close();
    }));
});

describe("moonwire check", () => {
  const HEAD = 'local mw = require "moonwire"\nlocal function f() end\n';

  it("names what the server has and the script no longer, and whom that would disconnect", async () => {
    const script = join(place.folder, "checked.lua");
    const check = () => run(["check", script]);
    await writeFile(script, `${HEAD}mw.socketio.on("a", f)\nmw.socketio.of("/chat").on("b", f)
mw.socketio.tick(10, f)\nmw.socketio.tick(10, f)\nmw.app.route("/old", f)\n`);
    const alone = await check();
    assert.deepEqual([alone.status, alone.stderr], [0, ""]);
    assert.doesNotMatch(alone.stdout, /compared/);
    await Server.during(async (server) => {
      const part = `compared with the server on port ${server.port}, generation 1:\n`;
      await connected(await server.socket(road("websocket"), {}, "/chat"));
      assert.equal((await check()).stdout, `${alone.stdout}${part}  nothing is gone, nothing is new\n`);
      await writeFile(script, `${HEAD}mw.socketio.on("a", f)\nmw.socketio.on("c", f)\nmw.socketio.tick(10, f)\n`);
      const changed = await check();
      assert.equal(changed.status, 0);
      assert.equal(changed.stdout.slice(changed.stdout.indexOf(part)), `${part}  gone: on "b" in "/chat"
  gone: route /old
  gone: tick 10 a second
  gone: the namespace /chat: a load would disconnect 1 client
  new: on "c" in "/"
`);
      await writeFile(script, "x = = 1\n");
      const broken = await check();
      assert.deepEqual([broken.status, broken.stdout], [1, ""]);
    }, script);
  });
});
