// Consoles for a test file: a folder of its own for their sockets, the program run as a console, and the bare socket.
// It knows nothing of what is evaluated.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { within } from "./harness.mjs";

/** A folder for the sockets of the servers that are started from now on, and for their consoles. */
export async function ownFolder() {
  const folder = await mkdtemp(join(tmpdir(), "mwc-")); // short: a socket's path has 107 bytes
  await chmod(folder, 0o755);
  process.env.XDG_RUNTIME_DIR = folder;
  process.env.TMPDIR = folder;
  process.env.HOME = folder;
  // What a sanitizer keeps of freed memory is not the server's.
  process.env.ASAN_OPTIONS = `${process.env.ASAN_OPTIONS ?? ""}:quarantine_size_mb=1`;
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** Runs `moonwire console` to its end. */
export async function runConsole(args, input = "", { command = process.env.MOONWIRE, before = [] } = {}) {
  const line = [...before, command, "console", ...args];
  const child = spawn(line[0], line.slice(1), { stdio: ["pipe", "pipe", "pipe"] });
  const out = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk) => (out.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (out.stderr += chunk));
  child.stdin.on("error", () => {}); // it may have ended without reading
  child.stdin.end(input);
  try {
    const [status] = await within(once(child, "close"), `end of ${line.join(" ")}`, 30000);
    return { status, ...out };
  } finally {
    child.kill("SIGKILL");
  }
}

/** One evaluation: what it says, in one text, once its status is as expected. */
export async function evaluate(server, code, status = 0) {
  const ended = await runConsole(["--port", String(server.port), "-e", code]);
  assert.equal(ended.status, status, ended.stderr);
  return (status ? ended.stderr : ended.stdout).trimEnd();
}

/** The bare socket: frames are sent as kind and text, and come as [kind, text]. */
export class Link {
  static async attach(path) {
    const link = new Link();
    link.frames = [];
    link.rest = Buffer.alloc(0);
    link.socket = net.connect(path);
    link.socket.on("error", () => {});
    link.socket.on("data", (chunk) => link.take(chunk));
    link.ended = once(link.socket, "close");
    await within(once(link.socket, "connect"), "connection");
    await link.next("h");
    return link;
  }

  take(chunk) {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (;;) {
      const head = /^([a-z]) (\d+)\n/.exec(this.rest.subarray(0, 16).toString("latin1"));
      if (!head) return;
      const [start, end] = [head[0].length, head[0].length + Number(head[2])];
      if (this.rest.length < end) return;
      this.frames.push([head[1], this.rest.subarray(start, end).toString()]);
      this.rest = this.rest.subarray(end);
      this.woken?.();
    }
  }

  send(kind, text = "") {
    this.socket.write(`${kind} ${Buffer.byteLength(text)}\n${text}`);
  }

  /** The text of the next frame of one of the kinds; others before it stay in `frames`. */
  async next(kinds) {
    for (;;) {
      const at = this.frames.findIndex(([kind]) => kinds.includes(kind));
      if (at >= 0) return this.frames.splice(at, 1)[0][1];
      await within(new Promise((resolve) => (this.woken = resolve)), `frame ${kinds}`, 30000);
    }
  }

  async ask(kind, text) {
    this.send(kind, text);
    return this.next("rxmc");
  }

  close() {
    this.socket.destroy();
  }
}
