// Saved files take effect on a server that runs, whatever the way in which they are saved; broken
// ones do not, and the next good one does. Figures are reload.timing.mjs's, the many ways in which a
// script can be broken spec/bindings/reload_spec.lua's.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import { ask, Server, sleep } from "./harness.mjs";
import { Project } from "./reload_project.mjs";
import { road } from "./versions.mjs";

const QUIET_MS = 100;

let project, server, client;

async function start(...options) {
  server = await Server.launch(project.path(), ...options);
  client = await server.client(road("websocket"));
}

/** Waits until the client is told of this version, module's version or generation. */
async function until(expected, which = 0) {
  const deadline = Date.now() + 5000;
  for (;;) {
    const answer = await ask(client, "version");
    if (answer[which] === expected) return answer;
    if (Date.now() > deadline) assert.fail(`still ${answer}, not ${expected}; the log:\n${server.log}`);
    await sleep(10);
  }
}

const get = async (path) => (await fetch(server.url + path)).text();

describe("a saved file", () => {
  beforeEach(async () => {
    project = await Project.make();
  });
  afterEach(async () => {
    try {
      assert.ok(client.connected, "the client was dropped");
      await server.stop();
    } finally {
      server.kill();
      await project.remove();
    }
  });

  for (const [way, name] of ["in place", "beside and renamed", "in pieces", "emptied first", "with a backup"].entries())
    it(`takes effect when it is saved ${name}`, async () => {
      await start();
      for (let version = 1; version <= 3; version++) {
        await project.save(version, "", way);
        await until(version);
        const line = `info +reloaded .*main\\.lua: 6 handlers \\(\\+0 -0\\), generation ${version + 1}, \\d+ ms\\n`;
        await server.logged(new RegExp(line));
        await sleep(QUIET_MS + 50);
      }
      assert.equal(server.log.match(/reloaded/g).length, 3);
    });

  it("is a module, too, also one that is required later", async () => {
    await start();
    await project.beside("part.lua", "return 1\n");
    await until(1, 1);
    await project.inPlace("part.lua", 'return require "deeper.part"\n');
    await server.logged(/kept generation 2: .*\.lua:\d+: module 'deeper\.part' not found/);
    await mkdir(project.path("deeper"));
    await project.inPlace("deeper/part.lua", "return 2\n");
    await until(2, 1);
    await project.beside("deeper/part.lua", "return 3\n");
    await until(3, 1);
  });

  it("is a module that a handler is the first to require", async () => {
    await project.inPlace("late.lua", "return 1\n");
    await project.save(0, 'socketio.on("late", function() return (require "late") end)');
    await start();
    assert.deepEqual(await ask(client, "late"), [1]);
    await project.inPlace("late.lua", "return 2\n");
    await until(2, 2);
    assert.deepEqual(await ask(client, "late"), [2]);
  });

  it("is a new module of code that is still on trial", async () => {
    await start();
    await project.inPlace("new.lua", "return 1\n");
    await project.save(1, 'socketio.tick(0.1, print) local n = require "new" socketio.on("new", function() return n end)');
    await until(1);
    assert.deepEqual(await ask(client, "new"), [1]);
    await project.inPlace("new.lua", "return 2\n");
    await until(3, 2);
    assert.deepEqual(await ask(client, "new"), [2]);
  });

  it("is reached over a link, and in a folder that is replaced", async () => {
    const folder = project.folder;
    await mkdir(`${folder}/v1`);
    await mkdir(`${folder}/v2`);
    for (const v of [1, 2]) {
      await project.inPlace("part.lua", "return 0\n");
      await project.save(v);
      await rename(project.path(), `${folder}/v${v}/main.lua`);
      await writeFile(`${folder}/v${v}/part.lua`, `return ${v}\n`);
    }
    await symlink("v1", `${folder}/current`);
    server = await Server.launch(`${folder}/current/main.lua`);
    client = await server.client(road("polling"));
    await symlink("v2", `${folder}/next`);
    await rename(`${folder}/next`, `${folder}/current`);
    await until(2);
    await rm(`${folder}/v2`, { recursive: true });
    await sleep(20);
    await mkdir(`${folder}/v2`);
    await rename(`${folder}/v1/main.lua`, `${folder}/v2/main.lua`);
    await rename(`${folder}/v1/part.lua`, `${folder}/v2/part.lua`);
    await until(1);
  });

  it("is found by a relative path, with spaces and letters of all kinds", async () => {
    await mkdir(project.path("Mein Spiel ä"));
    await project.save(0);
    await rename(project.path(), project.path("Mein Spiel ä/höhe 1.lua"));
    await rename(project.path("part.lua"), project.path("Mein Spiel ä/part.lua"));
    server = await Server.launchFrom(project.folder, "Mein Spiel ä/höhe 1.lua");
    client = await server.client(road("websocket"));
    await project.beside("Mein Spiel ä/part.lua", "return 1\n");
    await until(1, 1);
    await server.stop();
    server = await Server.launchFrom(project.path("Mein Spiel ä"), "höhe 1.lua");
    client = await server.client(road("websocket"));
    await project.backedUp("Mein Spiel ä/part.lua", "return 2\n");
    await until(2, 1);
  });

  it("is what a link leads to, and the link", async () => {
    await project.save(0);
    await rename(project.path(), project.path("real.lua"));
    await symlink("real.lua", project.path());
    await start();
    await writeFile(project.path("real.lua"), await project.script(1));
    await until(1);
    await writeFile(project.path("other.lua"), await project.script(2));
    await symlink("other.lua", project.path("next"));
    await rename(project.path("next"), project.path());
    await until(2);
  });

  it("is gone, and made again; and so is its folder", async () => {
    await start();
    await rm(project.path());
    await server.logged(/kept generation 1: cannot open/);
    await project.save(1);
    await until(1);
    await rename(project.folder, `${project.folder}.away`);
    await server.logged(/kept generation 2: cannot open/);
    await rename(`${project.folder}.away`, project.folder);
    await until(3, 2);
    await project.save(2);
    await until(2);
  });

  it("is many files at once, as when git checks out another branch", async () => {
    const git = (...args) => promisify(execFile)("git", ["-C", project.folder, "-c", "user.name=x", "-c", "user.email=x", ...args]);
    const branch = async (name, version) => {
      await git("checkout", "-q", "-b", name);
      for (let i = 0; i < 30; i++) await project.inPlace(`m${i}.lua`, `return ${version}\n`);
      // Code of two branches in one load would raise.
      const all = `for i = 0, 29 do assert(require("m" .. i) == ${version}) end`;
      await project.save(version, all);
      await git("add", ".");
      await git("commit", "-qm", name);
    };
    await git("init", "-q");
    await branch("one", 1);
    await branch("two", 2);
    await start();
    for (const [name, version] of [["one", 1], ["two", 2], ["one", 1]]) {
      await git("checkout", "-q", name);
      await until(version);
      await sleep(2 * QUIET_MS);
    }
    assert.equal(server.log.match(/reloaded/g).length, 3);
    assert.doesNotMatch(server.log, /kept/);
  });

  it("finds what an installed module did to the libraries when it was loaded first", async () => {
    await mkdir(project.path("system"));
    await project.inPlace("system/installed.lua", "function string.shout(s) return s:upper() end\n");
    const shouts = 'require "installed" assert(("a"):shout() == "A")';
    await project.save(0, shouts);
    process.env.LUA_PATH = `${project.folder}/system/?.lua;${project.folder}/?.lua;;`; // below "/": the system's
    try {
      server = await Server.launch(project.path());
    } finally {
      delete process.env.LUA_PATH;
    }
    client = await server.client(road("websocket"));
    await project.save(1, shouts);
    await until(1);
    await project.inPlace("part.lua", "return 1\n"); // beside the script, and so its own all the same
    await until(1, 1);
  });

  it("that has not changed is loaded again all the same", async () => {
    await start();
    await project.save(0);
    await until(2, 2);
    await utimes(project.path(), 1000, 1000); // and an older one, too
    await until(3, 2);
  });

  it("is a template", async () => {
    const route = 'mw.app.route("/", function() return mw.render_template("page.html") end)';
    await project.inPlace("templates/page.html", "one");
    await project.save(1, route);
    await start();
    assert.equal(await get("/"), "one");
    await project.beside("templates/page.html", "two");
    await sleep(QUIET_MS + 100);
    assert.equal(await get("/"), "two");
    await project.inPlace("templates/page.html", "three {% if %}");
    await server.logged(/error +kept generation 1: templates\/page\.html:1:/);
    assert.equal(await get("/"), "two");
  });

  const LINE = "main\\.lua:\\d+: ";
  const broken = {
    "a syntax error": ["x = = 1", `${LINE}unexpected symbol near '='`],
    "braces without end": [`return ${"{".repeat(300)}`, `${LINE}C stack overflow`],
    "an error": ["nothing.at_all()", `${LINE}attempt to index a nil value \\(global 'nothing'\\)\\n +stack traceback:`],
    "a missing module": ['require "nowhere"', `${LINE}module 'nowhere' not found`],
    "a wrong config key": ["mw.config{ ping_intervall = 1 }", `${LINE}mw\\.config: unknown option "ping_intervall": did you mean "ping_interval"`],
    "a config that does not fit": ['mw.config{ tls_key = "x" }', `${LINE}mw\\.config: tls_key needs tls_cert`],
    "an endless loop": ["while true do end", `${LINE}ran for more than 0\\.5 s`],
    "ten gigabytes at once": ['local s = ("x"):rep(1e10)', LINE],
    "ten gigabytes bit by bit": ['local t = {} for i = 1, 1e10 do t[i] = ("x"):rep(1e6) .. i end', `${LINE}(not enough memory|ran for more)`],
    "a first tick that raises": ["socketio.tick(20, function() error 'in a tick' end)", `tick at .*${LINE}.*${LINE}in a tick\\n +stack traceback:`],
    "an mw.on_reload that raises": ["mw.on_reload(function() error 'no' end)", `${LINE}no\\n +stack traceback:`],
    "a picture": [(path) => writeFile(path, Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 255])), `${LINE}unexpected symbol near`],
    "compiled code": [(path) => writeFile(path, "\x1bLuaT\0"), `${LINE}attempt to load a binary chunk`],
    "an empty file": [(path) => writeFile(path, ""), `${LINE}the file is empty`],
    "no file": [(path) => rm(path), "cannot open .*main\\.lua: No such file"],
    "a link that leads in a circle": [(path) => rm(path).then(() => symlink("main.lua", path)), "cannot open .*main\\.lua: Too many levels"],
    "a folder in its place": [(path) => rm(path).then(() => mkdir(path)), "cannot read .*main\\.lua: Is a directory"],
  };

  it("is kept out while it is broken, and the next good one takes over", async () => {
    await start();
    let version = 1;
    for (const [what, [how, message]] of Object.entries(broken)) {
      const from = server.log.length;
      const [, , generation] = await ask(client, "version");
      if (typeof how === "string") await project.save(version, how);
      else await how(project.path());
      await server.logged(new RegExp(`error +kept generation ${generation}: .*${message}`), from);
      await sleep(2 * QUIET_MS);
      const log = server.log.slice(from);
      assert.equal(log.match(/^\S+ \S+ (error|warning|info) /gm).length, 1, `${what}: ${log}`);
      assert.equal((await ask(client, "version"))[2], generation, what);
      await rm(project.path(), { recursive: true, force: true });
      await project.save(++version);
      await until(version);
      await server.logged(new RegExp(`generation ${generation + 1}, \\d+ ms\\n`), from);
    }
  });

  it("changes nothing with --no-reload", async () => {
    await start("--no-reload");
    await project.save(1);
    await sleep(QUIET_MS + 200);
    assert.deepEqual(await ask(client, "version"), [0, 0, 1]);
  });
});
