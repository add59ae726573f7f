// The generations of the JS client, driven by one set of words.
// Clients of before 3.0 have no auth payload, no onAny and no connect_error: here is what the tests
// say instead, so that one scenario fits them all. It checks nothing.
import { createRequire } from "node:module";

const current = createRequire(import.meta.url)("socket.io-client/package.json").version;

/** The versions, oldest first; all but the current one are installed under their own names. */
export const versions = ["1.7.4", "2.0.4", "2.2.0", "2.5.0", "3.1.3", "4.0.0", "4.5.4", current];
export const transports = ["polling", "websocket", "upgrade"];

/** How a client may reach the server: version, and transport as the tests call it. */
export const roads = versions.flatMap((version) => transports.map((transport) => ({ version, transport })));

/** What is up to date, for tests that ask nothing of a client but to be one. */
export const road = (transport) => ({ version: current, transport });

/** The same with the msgpack parser, which the server must have as well. */
export const msgpackRoads = transports.map((transport) => ({ ...road(transport), parser: "socket.io-msgpack-parser" }));

/** Does it speak Engine.IO 3 and Socket.IO 4? */
export const isLegacy = ({ version }) => Number(version.split(".")[0]) < 3;

/** The `io` function of a version. */
export async function load({ version }) {
  const module = await import(version === current ? "socket.io-client" : `socket.io-client-${version}`);
  return module.io ?? module.default;
}

/** Options with `auth` and `query`, in the words of that version: the old ones have the query alone. */
export async function spoken(road, { auth, query, ...options }) {
  if (isLegacy(road)) return { ...options, query: { ...query, ...auth } };
  const parser = road.parser ? { parser: (await import(road.parser)).default } : {};
  return { ...options, ...parser, auth, query };
}

/** Another namespace over the connection that `socket` has. */
export function join(road, socket, namespace, auth) {
  const query = new URLSearchParams(auth).toString();
  return record(road, socket.io.socket(namespace, isLegacy(road) ? { query } : { auth }));
}

/** Has the socket keep what it is sent as `received`, a list of [event, ...args]. */
export function record(road, socket) {
  socket.received = [];
  if (isLegacy(road)) {
    const deliver = socket.onevent;
    socket.onevent = function (packet) {
      socket.received.push([...packet.data]);
      deliver.call(socket, packet);
    };
  } else {
    socket.onAny((...event) => socket.received.push(event));
  }
  return socket;
}

/** The event that tells of a refusal. */
export const refusal = (road) => (isLegacy(road) ? "error" : "connect_error");

/** What a client of that version is told by `mw.refuse_connection(message, data)`: one of both is
 *  all that an old one gets. */
export function told(road, message, data) {
  return isLegacy(road) ? (data ?? message) : data === undefined ? { message } : { message, data };
}

/** The same of the error that it got. */
export const content = (road, err) =>
  isLegacy(road) ? err : err.data === undefined ? { message: err.message } : { message: err.message, data: err.data };
