// A Socket.IO client that costs the machine as little as a client can: a WebSocket written by hand.
// A real client would take more of the two cores than the server that is measured. It speaks what
// the loads need (CONNECT, text events, pings), checks nothing, and knows no polling.
import net from "node:net";

const HANDSHAKE =
  "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const PING = 0x32, OPEN = 0x30, MESSAGE = 0x34, CONNECT = 0x30;

/** A text frame, masked with zeros as it need not be unpredictable here. */
export function frame(text) {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(payload.length < 126 ? 6 : payload.length < 65536 ? 8 : 14);
  head[0] = 0x81;
  head[1] = 0x80 | Math.min(payload.length, head.length === 14 ? 127 : 126);
  if (head.length === 8) head.writeUInt16BE(payload.length, 2);
  if (head.length === 14) head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

export const event = (...args) => frame("42" + JSON.stringify(args));

const CONNECT_FRAME = frame("40"), PONG_FRAME = frame("3");

// Calls on_message(bytes) for each whole message; returns what is left.
function take_messages(bytes, on_message) {
  let at = 0;
  while (bytes.length - at >= 2) {
    const short = bytes[at + 1] & 127;
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length - at < head) break;
    const len = head === 10 ? Number(bytes.readBigUInt64BE(at + 2)) : head === 4 ? bytes.readUInt16BE(at + 2) : short;
    if (bytes.length - at < head + len) break;
    on_message(bytes.subarray(at + head, at + head + len));
    at += head + len;
  }
  return bytes.subarray(at);
}

/** One client, connected to "/". Set `on_event(bytes)` to be told of what it is sent. */
export function open(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1");
    const client = { on_event: () => {}, write: (bytes) => socket.write(bytes), close: () => socket.destroy() };
    let rest = Buffer.alloc(0), upgraded = false;
    const on_message = (message) => {
      if (message[0] === OPEN) socket.write(CONNECT_FRAME);
      else if (message[0] === PING) socket.write(PONG_FRAME);
      else if (message[0] === MESSAGE && message[1] === CONNECT) resolve(client);
      else client.on_event(message);
    };
    socket.setNoDelay(true);
    socket.on("error", reject);
    socket.on("data", (bytes) => {
      rest = rest.length ? Buffer.concat([rest, bytes]) : bytes;
      const end = upgraded ? 0 : rest.indexOf("\r\n\r\n") + 4;
      if (end === 3) return;
      upgraded = true;
      rest = take_messages(rest.subarray(end), on_message);
    });
    socket.write(HANDSHAKE);
  });
}

/** So many of them, a hundred at a time. */
export async function open_many(port, count) {
  const clients = [];
  while (clients.length < count)
    clients.push(...(await Promise.all(Array.from({ length: Math.min(100, count - clients.length) }, () => open(port)))));
  return clients;
}
