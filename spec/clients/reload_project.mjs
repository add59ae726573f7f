// A project in a folder of its own, whose files a test saves as people and tools do.
// The script answers which version of it runs, counts what each client sent it and what its tick
// does in mw.keep, and asks a module: so that whatever a reload drops, doubles or delays is seen from outside.
import { chmod, mkdir, mkdtemp, open, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sleep } from "./harness.mjs";

export const RATE = 30;

const script = (version, more) => `local mw = require "moonwire"
local socketio, request = mw.socketio, mw.request
local seen = mw.keep("seen", {})
local beats = mw.keep("beats", { longest = 0, missed = 0, doubled = 0 })
local joined = mw.keep("joined", { connects = 0, disconnects = 0 })
local VERSION = ${version}
local module_version = require "part"
socketio.on("connect", function() joined.connects = joined.connects + 1 mw.join_room("all") end)
socketio.on("disconnect", function() joined.disconnects = joined.disconnects + 1 end)
socketio.on("version", function() return VERSION, module_version, mw.generation() end)
socketio.on("count", function(id)
  local mine = seen[request.sid] or {}
  seen[request.sid] = mine
  mine[id] = (mine[id] or 0) + 1
  mw.emit("counted", id)
  return id, mine[id]
end)
socketio.on("stats", function() return beats, joined end)
socketio.on("clear", function() beats.longest = 0 end)
socketio.tick(${RATE}, function(dt, n)
  local now = socketio.now()
  if beats.last then beats.longest = math.max(beats.longest, now - beats.last) end
  if beats.n and n > beats.n + 1 then beats.missed = beats.missed + n - beats.n - 1 end
  if beats.n and n <= beats.n then beats.doubled = beats.doubled + 1 end
  beats.last, beats.n = now, n
  socketio.emit("beat", mw.args(n, VERSION), { to = "all" })
end)
${more}
`;

export class Project {
  static async make() {
    const project = new Project();
    project.folder = await mkdtemp(join(tmpdir(), "moonwire-reload-"));
    await mkdir(project.path("templates"));
    await mkdir(project.path("static"));
    await project.inPlace("part.lua", "return 0\n");
    await project.save(0);
    return project;
  }

  script(version, more = "") {
    return script(version, more);
  }

  path(name = "main.lua") {
    return join(this.folder, name);
  }

  /** As a shell does. */
  inPlace(name, text) {
    return writeFile(this.path(name), text);
  }

  /** In a folder that need not be there. */
  async saveBelow(name, text) {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await this.inPlace(name, text);
  }

  /** As most editors do: beside, and renamed; the inode is another one. */
  async beside(name, text) {
    await writeFile(this.path(`${name}.swp`), text);
    await rename(this.path(`${name}.swp`), this.path(name));
  }

  /** Some write in pieces. */
  async inPieces(name, text) {
    const half = text.length >> 1;
    const file = await open(this.path(name), "w");
    await file.write(text.slice(0, half));
    await sleep(40); // or longer, where node has much to do
    await file.write(text.slice(half));
    await file.close();
  }

  /** Some empty it first, and write it then. */
  async emptied(name, text) {
    await writeFile(this.path(name), "");
    await sleep(10);
    await writeFile(this.path(name), text);
  }

  /** As vim does: the old one is moved away, and deleted when the new one is written. */
  async backedUp(name, text) {
    await rename(this.path(name), this.path(`${name}~`)).catch(() => {});
    await writeFile(this.path(name), text);
    await chmod(this.path(name), 0o644);
    await rm(this.path(`${name}~`), { force: true });
  }

  /** Saves the script as this version, in one of the ways. */
  save(version, more = "", way = version) {
    const ways = [this.inPlace, this.beside, this.inPieces, this.emptied, this.backedUp];
    return ways[way % ways.length].call(this, "main.lua", script(version, more));
  }

  remove() {
    return rm(this.folder, { recursive: true });
  }
}
