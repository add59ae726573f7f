// The loads: each takes a server (its port, cpu() in seconds, rss() in bytes) and returns figures.
// What is counted is the server's processor time a message, as the load takes the other core.
import { event, open_many } from "./client.mjs";

const SECONDS = 3;
const PLAYERS = Array.from({ length: 30 }, (_, i) => ({ name: `Player ${i}`, x: 1.5 * i, y: 20.25, color: "#ff8800" }));

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const close = (clients) => clients.forEach((client) => client.close());

// Microseconds of the server's a message, while `begin` keeps the clients at it; count() tells how many came.
async function cost(server, begin, count) {
  begin();
  await sleep(300);
  const cpu = server.cpu(), before = count();
  await sleep(SECONDS * 1000);
  return ((server.cpu() - cpu) / (count() - before)) * 1e6;
}

/** `inflight` messages of each client are under way; each answer brings the next. */
async function echo(server, clients_count, inflight, data) {
  const clients = await open_many(server.port, clients_count);
  const message = event("echo", data);
  let count = 0;
  for (const client of clients) client.on_event = () => (count++, client.write(message));
  const us = await cost(
    server,
    () => clients.forEach((client) => Array.from({ length: inflight }, () => client.write(message))),
    () => count,
  );
  close(clients);
  return us;
}

/** One client's message goes to all; its own copy brings the next. */
async function broadcast(server, clients_count, inflight, data) {
  const clients = await open_many(server.port, clients_count);
  const message = event("all", data);
  let count = 0;
  for (const client of clients) client.on_event = () => count++;
  clients[0].on_event = () => (count++, clients[0].write(message));
  const us = await cost(server, () => Array.from({ length: inflight }, () => clients[0].write(message)), () => count);
  close(clients);
  return us;
}

/** Many rooms of five: the first of each speaks, all five hear. */
async function rooms(server, clients_count) {
  const clients = await open_many(server.port, clients_count);
  let count = 0;
  clients.forEach((client, i) => {
    const room = `room ${Math.floor(i / 5)}`, message = event("room", room, { x: 1, y: 2.5 });
    client.write(event("join", room));
    client.on_event = () => count++;
    if (i % 5) return;
    client.on_event = () => (count++, client.write(message));
    client.begin = () => client.write(message);
  });
  await sleep(500);
  const us = await cost(server, () => clients.forEach((client) => client.begin?.()), () => count);
  close(clients);
  return us;
}

async function connect(server, clients_count) {
  const cpu = server.cpu();
  const clients = await open_many(server.port, clients_count);
  const us = ((server.cpu() - cpu) / clients_count) * 1e6;
  close(clients);
  return us;
}

/** Resident memory, before and with them. */
async function idle(server, clients_count) {
  const first = server.rss();
  const clients = await open_many(server.port, clients_count);
  await sleep(2000);
  const bytes = (server.rss() - first) / clients_count;
  close(clients);
  return bytes;
}

// name: [unit, function of a fresh server]
export const loads = {
  "echo, 50 clients, one at a time": ["us a message", (server) => echo(server, 50, 1, "hello")],
  "echo, 50 clients, 8 under way": ["us a message", (server) => echo(server, 50, 8, "hello")],
  "echo of 10 kB": ["us a message", (server) => echo(server, 50, 8, "x".repeat(10000))],
  "echo of 30 players": ["us a message", (server) => echo(server, 50, 8, PLAYERS)],
  "broadcast to 500, one at a time": ["us a delivery", (server) => broadcast(server, 500, 1, "hello")],
  "broadcast to 500, 8 under way": ["us a delivery", (server) => broadcast(server, 500, 8, "hello")],
  "broadcast of 30 players to 200": ["us a delivery", (server) => broadcast(server, 200, 1, PLAYERS)],
  "400 rooms of 5": ["us a delivery", (server) => rooms(server, 2000)],
  "a connect": ["us", (server) => connect(server, 2000)],
  "an idle client": ["bytes", (server) => idle(server, 5000)],
};
