// A TCP connection that says exactly what a test wants, and hears exactly what comes back.
// Real clients cannot be made to send wrong bytes. It checks nothing of what it sends, and parses
// only as much as a test must know.
import { once } from "node:events";
import net from "node:net";
import { PATIENCE_MS, sleep, within } from "./harness.mjs";

export class Wire {
  /** A connection for `body`, dropped whatever happens. */
  static async during(port, body) {
    const wire = await Wire.open(port);
    try {
      await body(wire);
    } finally {
      wire.drop();
    }
  }

  static async open(port) {
    const wire = new Wire();
    wire.text = ""; // latin1: one character a byte
    wire.closed = false;
    wire.socket = net.connect(port, "127.0.0.1");
    wire.socket.on("data", (chunk) => (wire.text += chunk.toString("latin1")));
    wire.socket.on("error", () => {}); // a reset is an end like another
    wire.socket.on("close", () => (wire.closed = true));
    await within(once(wire.socket, "connect"), "TCP connection");
    return wire;
  }

  write(...parts) {
    for (const part of parts) this.socket.write(part);
    return this;
  }

  async heard(pattern) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = pattern.exec(this.text);
      if (found) return found;
      if (this.closed || Date.now() > deadline)
        throw new Error(`did not hear ${pattern}${this.closed ? ", the connection is closed" : ""}; heard ${JSON.stringify(this.text.slice(0, 500))}`);
      await sleep(2);
    }
  }

  /** Waits for the end as a client sees it: a WebSocket close frame, or that of the connection. */
  async ended() {
    const deadline = Date.now() + PATIENCE_MS;
    while (!this.closed && !/\x88[\x00-\x7d]/.test(this.text)) {
      if (Date.now() > deadline) throw new Error(`the connection was not ended within ${PATIENCE_MS} ms`);
      await sleep(2);
    }
    this.drop();
  }

  /** Waits for the end of the connection itself. */
  async gone() {
    const deadline = Date.now() + PATIENCE_MS;
    while (!this.closed) {
      if (Date.now() > deadline) throw new Error(`the connection was not ended within ${PATIENCE_MS} ms`);
      await sleep(2);
    }
  }

  drop() {
    this.socket.destroy();
  }
}

export function request(method, path, headers = {}, body = "") {
  const lines = Object.entries({ Host: "127.0.0.1", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`), Buffer.from(body)]);
}

/** The status of the answer to those bytes; 0 if the connection ends without one. */
export async function statusOf(port, bytes) {
  const wire = await Wire.open(port);
  try {
    wire.write(bytes);
    return Number((await wire.heard(/^HTTP\/1\.1 (\d{3}) [^]*\r\n\r\n/))[1]);
  } catch (err) {
    if (wire.closed) return 0;
    throw err;
  } finally {
    wire.drop();
  }
}

const upgrade = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Key": "AAECAwQFBgcICQoLDA0ODw==",
  "Sec-WebSocket-Version": "13",
};

export const handshake = (query) => request("GET", `/socket.io/?${query}`, upgrade);

/** A WebSocket on which the Engine.IO session is open. */
export async function openSession(port) {
  const wire = await Wire.open(port);
  wire.write(handshake("EIO=4&transport=websocket"));
  await wire.heard(/\r\n\r\n[^]*"maxPayload":\d+\}/);
  return wire;
}

/** The same, joined to the main namespace. */
export async function openPeer(port) {
  const wire = await openSession(port);
  wire.write(frame(1, "40"));
  await wire.heard(/40\{"sid":"[^"]+"\}/);
  return wire;
}

/** A frame of a WebSocket client, or one that none would send. */
export function frame(opcode, payload, { fin = true, masked = true, rsv = 0 } = {}) {
  const data = Buffer.from(payload);
  const mask = Buffer.from([1, 2, 3, 4]);
  const first = (fin ? 0x80 : 0) | rsv | opcode;
  const flag = masked ? 0x80 : 0;
  let head;
  if (data.length < 126) head = Buffer.from([first, flag | data.length]);
  else if (data.length < 65536) head = Buffer.from([first, flag | 126, data.length >> 8, data.length & 255]);
  else {
    head = Buffer.alloc(10);
    head[0] = first;
    head[1] = flag | 127;
    head.writeBigUInt64BE(BigInt(data.length), 2);
  }
  if (!masked) return Buffer.concat([head, data]);
  return Buffer.concat([head, mask, data.map((byte, i) => byte ^ mask[i & 3])]);
}

/** The head of a frame that announces more than it will carry. */
export function announced(opcode, length) {
  const head = Buffer.alloc(14);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
