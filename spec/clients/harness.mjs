// Starts a Moonwire of its own for a test file, and connects real clients to it.
// The executable is named by the environment variable MOONWIRE; a server listens where the system
// likes and is ended by its own process, and a server that does not end with status 0 fails the
// test. It knows nothing of what a script does.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { load, record, refusal, spoken } from "./versions.mjs";

export const PATIENCE_MS = 10000;
const LISTENING = /listening on http:\/\/127\.0\.0\.1:(\d+)/;

/** @returns the promise's value, or an error that says what did not come in time */
export function within(promise, what, ms = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Measures until the figures pass, at most five times, as another program may need the processor meanwhile. What has
 *  to hold each time is asserted by `measure`.
 *  @returns the last figures */
export async function measured(measure, passes) {
  let figures;
  for (let i = 0; i < 5 && !(figures && passes(figures)); i++) figures = await measure();
  return figures;
}

export function scriptPath(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Runs the executable to its end, for starts that must fail. */
export async function run(args, options = {}) {
  const child = spawn(executable(), args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (out.stdout += chunk));
  child.stderr.on("data", (chunk) => (out.stderr += chunk));
  try {
    const [status] = await within(once(child, "close"), `end of moonwire ${args.join(" ")}`);
    return { status, ...out };
  } finally {
    child.kill("SIGKILL");
  }
}

function executable() {
  assert.ok(process.env.MOONWIRE, "set MOONWIRE to the executable under test, as tools/test does");
  return process.env.MOONWIRE;
}

export class Server {
  /** @param script a file beside this one */
  static start(script, ...options) {
    return Server.launch(script, "--no-reload", ...options);
  }

  /** The same, with an eye on its files. */
  static launch(script, ...options) {
    return Server.launchFrom(undefined, scriptPath(script), ...options);
  }

  /** The same from another working directory, by the path as it is given. */
  static async launchFrom(cwd, path, ...options) {
    const server = new Server();
    server.log = "";
    server.sockets = [];
    server.child = spawn(
      executable(),
      [path, "--host", "127.0.0.1", "--port", "0", ...options],
      { cwd, stdio: ["ignore", "ignore", "pipe"] },
    );
    server.ended = once(server.child, "close");
    server.child.stderr.setEncoding("utf8");
    server.child.stderr.on("data", (chunk) => (server.log += chunk));
    try {
      server.port = Number((await server.logged(LISTENING))[1]);
    } catch (err) {
      server.kill();
      throw err;
    }
    server.url = `http://127.0.0.1:${server.port}`;
    return server;
  }

  /** A server for one test: `body` gets it, and whatever happens it is gone afterwards.
   *  @returns what `body` does */
  static async during(body, script, ...options) {
    const server = await Server.start(script, ...options);
    try {
      const result = await body(server);
      await server.stop();
      return result;
    } finally {
      server.kill();
    }
  }

  /** A socket of that road, not yet connected. It records what it is sent as [event, ...args]. */
  async socket(road, options = {}, namespace = "/") {
    const io = await load(road);
    const socket = io(this.url + namespace, {
      transports: road.transport === "upgrade" ? ["polling", "websocket"] : [road.transport],
      reconnection: false,
      forceNew: true,
      ...(await spoken(road, options)),
    });
    this.sockets.push(socket);
    return record(road, socket);
  }

  /** The same, connected. */
  async client(road, options) {
    return connected(await this.socket(road, options));
  }

  /** Waits for a line after the position `from` of the log. */
  async logged(pattern, from = 0) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = pattern.exec(this.log.slice(from));
      if (found) return found;
      const gone = this.child.exitCode !== null || this.child.signalCode !== null;
      if (gone || Date.now() > deadline)
        throw new Error(`${gone ? "the server ended" : "no such line"}: ${pattern}; its log:\n${this.log}`);
      await sleep(5);
    }
  }

  /** Resolves to the milliseconds that the server took to end, once the signal had it end well. */
  async end(signal = "SIGTERM") {
    const start = Date.now();
    this.child.kill(signal);
    const [status, killer] = await within(this.ended, "end of the server");
    assert.equal(status ?? killer, 0, `the server did not end well; its log:\n${this.log}`);
    return Date.now() - start;
  }

  async stop() {
    try {
      await this.end();
    } finally {
      this.kill();
    }
  }

  /** Whatever is left of it and its sockets would keep the test's process alive. */
  kill() {
    this.child.kill("SIGKILL");
    this.sockets.splice(0).forEach((socket) => socket.disconnect());
  }
}

export function connected(socket) {
  return within(
    new Promise((resolve, reject) => {
      socket.once("connect", () => resolve(socket));
      for (const event of ["connect_error", "error"]) socket.once(event, reject);
    }),
    "connection",
  );
}

/** What refuses the socket. */
export function refused(road, socket) {
  return within(
    new Promise((resolve, reject) => {
      socket.once(refusal(road), resolve);
      socket.once("connect", () => reject(new Error("connected, and should not")));
    }),
    "refusal",
  );
}

/** Emits and resolves to the list of the acknowledgement's values. */
export function ask(socket, event, ...args) {
  return within(
    new Promise((resolve) => socket.emit(event, ...args, (...values) => resolve(values))),
    `acknowledgement of ${event}`,
  );
}

/** The arguments of the first such event, also one that has come already. */
export async function heard(socket, event) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = socket.received.find(([name]) => name === event);
    if (found) return found.slice(1);
    if (Date.now() > deadline) throw new Error(`no event ${event} within ${PATIENCE_MS} ms`);
    await sleep(2);
  }
}

export function all(socket, event) {
  return socket.received.filter(([name]) => name === event).map(([, ...args]) => args);
}
