// What lies around the messages: compression of both transports, CORS and cookies, as real clients
// ask for them over real sockets. Statuses are eio_gate_test's, wrong bytes abuse.test.mjs's.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { describe, it } from "node:test";
import { gunzipSync, inflateSync } from "node:zlib";
import WebSocket from "ws";
import { ask, Server, within } from "./harness.mjs";
import { road, roads } from "./versions.mjs";

const POLLING = "/socket.io/?EIO=4&transport=polling";
const TEXT = "all work and no play makes jack a dull boy\n".repeat(1000);

/** A WebSocket session that joined "/", and the messages that came, as text or Buffer. */
async function openWebSocket(server, options) {
  const ws = new WebSocket(`ws://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=websocket`, options);
  ws.messages = [];
  ws.on("message", (data, binary) => ws.messages.push(binary ? data : data.toString()));
  await within(once(ws, "open"), "WebSocket");
  await tell(ws, "40");
  return ws;
}

/** Sends, and resolves to the answer that is no ping and no welcome. */
async function tell(ws, text) {
  ws.send(text);
  for (;;) {
    const found = ws.messages.find((message) => /^4[03]/.test(message));
    ws.messages = found ? [] : ws.messages;
    if (found) return found;
    await within(once(ws, "message"), `answer to ${text.slice(0, 20)}`);
  }
}

const bytesOf = (ws) => ({ read: ws._socket.bytesRead, written: ws._socket.bytesWritten });

describe("permessage-deflate", () => {
  it("is off unless asked for", () =>
    Server.during(async (server) => {
      const ws = await openWebSocket(server, { perMessageDeflate: true });
      assert.equal(ws.extensions, "");
      ws.close();
    }, "scenario.lua"));

  it("makes messages small in both directions", () =>
    Server.during(async (server) => {
      const ws = await openWebSocket(server, { perMessageDeflate: { threshold: 0 } });
      assert.match(ws.extensions, /permessage-deflate/);
      const before = bytesOf(ws);
      const answer = await tell(ws, `421["echo",${JSON.stringify(TEXT)}]`);
      assert.equal(answer, `431[${JSON.stringify(TEXT)}]`);
      const after = bytesOf(ws);
      assert.ok(after.written - before.written < TEXT.length / 10, `${after.written - before.written} bytes out`);
      assert.ok(after.read - before.read < TEXT.length / 10, `${after.read - before.read} bytes in`);
      ws.close();
    }, "scenario.lua", "--set", "per_message_deflate=true"));

  it("leaves clients alone that do not offer it", () =>
    Server.during(async (server) => {
      const ws = await openWebSocket(server, { perMessageDeflate: false });
      assert.equal(ws.extensions, "");
      assert.equal(await tell(ws, '421["echo",1]'), "431[1]");
      ws.close();
    }, "scenario.lua", "--set", "per_message_deflate=true"));

  it("ends a message that unpacks to more than the limit", () =>
    Server.during(async (server) => {
      const ws = await openWebSocket(server, { perMessageDeflate: { threshold: 0 } });
      const closed = within(once(ws, "close"), "close");
      ws.send(`42["echo","${"x".repeat(1000000)}"]`);
      assert.equal((await closed)[0], 1009);
    }, "scenario.lua", "--set", "per_message_deflate=true"));

  for (const { version } of roads.filter(({ transport }) => transport === "websocket"))
    it(`carries text and binary of socket.io-client ${version}`, () =>
      Server.during(async (server) => {
        const options = { perMessageDeflate: { threshold: 0 } };
        const socket = await server.client({ version, transport: "websocket" }, options);
        const value = { text: TEXT, bytes: Buffer.from(TEXT) };
        assert.deepEqual(await ask(socket, "echo", value), [value]);
      }, "scenario.lua", "--set", "per_message_deflate=true"));
});

/** An HTTP exchange with its body unread: fetch would unpack it. */
function exchange(server, { method = "GET", path, headers = {}, body }) {
  return within(
    new Promise((resolve, reject) => {
      const request = http.request({ host: "127.0.0.1", port: server.port, method, path, headers }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
      });
      request.on("error", reject);
      request.end(body);
    }),
    `answer to ${method} ${path}`,
  );
}

/** A polling session that joined "/" and read all that there was. */
async function openPolling(server, headers = {}) {
  const { body } = await exchange(server, { path: POLLING, headers });
  const path = `${POLLING}&sid=${JSON.parse(body.toString().slice(1)).sid}`;
  await exchange(server, { method: "POST", path, body: "40" });
  await exchange(server, { path });
  return path;
}

describe("answers of long-polling", () => {
  const unpack = { gzip: gunzipSync, deflate: inflateSync };
  const post = (server, path, text) =>
    exchange(server, { method: "POST", path, body: `421["echo",${JSON.stringify(text)}]` });

  for (const coding of ["gzip", "deflate"])
    it(`are packed by ${coding} for who accepts it`, () =>
      Server.during(async (server) => {
        const path = await openPolling(server);
        await post(server, path, TEXT);
        const answer = await exchange(server, { path, headers: { "Accept-Encoding": `br, ${coding};q=0.8` } });
        assert.equal(answer.headers["content-encoding"], coding);
        assert.ok(answer.body.length < TEXT.length / 10, `${answer.body.length} bytes`);
        assert.equal(unpack[coding](answer.body).toString(), `431[${JSON.stringify(TEXT)}]`);
      }, "scenario.lua"));

  it("are not packed when small, or when nobody asks", () =>
    Server.during(async (server) => {
      const path = await openPolling(server);
      for (const [text, accepted] of [["small", "gzip"], [TEXT, "identity"], [TEXT, "br"]]) {
        await post(server, path, text);
        const answer = await exchange(server, { path, headers: { "Accept-Encoding": accepted } });
        assert.equal(answer.headers["content-encoding"], undefined);
        assert.equal(answer.body.toString(), `431[${JSON.stringify(text)}]`);
      }
    }, "scenario.lua"));

});

describe("another origin", () => {
  const allowed = "http://page.example:8080";
  const start = (body) => Server.during(body, "scenario.lua", "--set", `cors_allowed_origins=${allowed}`);

  it("may ask first, send its credentials and read the answers", () =>
    start(async (server) => {
      const preflight = await exchange(server, {
        method: "OPTIONS",
        path: POLLING,
        headers: {
          Origin: allowed,
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "authorization, x-mine",
        },
      });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers["access-control-allow-origin"], allowed);
      assert.equal(preflight.headers["access-control-allow-credentials"], "true");
      assert.match(preflight.headers["access-control-allow-methods"], /POST/);
      assert.equal(preflight.headers["access-control-allow-headers"], "authorization, x-mine");

      const headers = { Origin: allowed, Cookie: "a=b" };
      const path = await openPolling(server, headers);
      for (const request of [{ method: "POST", path, body: '421["echo",1]' }, { path }]) {
        const answer = await exchange(server, { ...request, headers });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers["access-control-allow-origin"], allowed);
        assert.equal(answer.headers["access-control-allow-credentials"], "true");
        assert.equal(answer.headers.vary, "Origin");
      }
    }));

  it("is refused on both transports when it is not listed", () =>
    start(async (server) => {
      const headers = { Origin: "http://evil.example" };
      for (const method of ["GET", "OPTIONS"]) {
        const answer = await exchange(server, { method, path: POLLING, headers });
        assert.equal(answer.status, 403);
        assert.equal(answer.headers["access-control-allow-origin"], undefined);
        assert.deepEqual(JSON.parse(answer.body), { code: 4, message: "Forbidden" });
      }
      const ws = new WebSocket(`ws://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=websocket`, { headers });
      const [, response] = await within(once(ws, "unexpected-response"), "refusal");
      assert.equal(response.statusCode, 403);
      ws.on("error", () => {}).terminate();
      await server.logged(/evil\.example: Forbidden; allow its Origin with cors_allowed_origins/);
    }));

  it("is served over a WebSocket when it is listed", () =>
    start(async (server) => {
      const ws = await openWebSocket(server, { headers: { Origin: allowed } });
      assert.equal(await tell(ws, '421["echo",1]'), "431[1]");
      ws.close();
    }));
});

describe("the cookie", () => {
  it("is set when a session opens over polling, with the sid of Engine.IO", () =>
    Server.during(async (server) => {
      const answer = await exchange(server, { path: POLLING });
      const { sid } = JSON.parse(answer.body.toString().slice(1));
      assert.deepEqual(answer.headers["set-cookie"], [`io=${sid}; Path=/; HttpOnly; SameSite=Lax`]);
      const path = `${POLLING}&sid=${sid}`;
      const post = await exchange(server, { method: "POST", path, body: "40" });
      assert.equal(post.headers["set-cookie"], undefined);
      assert.equal((await exchange(server, { path })).headers["set-cookie"], undefined);
    }, "scenario.lua", "--set", "cookie=io"));

  it("is not set unless asked for", () =>
    Server.during(async (server) => {
      assert.equal((await exchange(server, { path: POLLING })).headers["set-cookie"], undefined);
    }, "scenario.lua"));

  it("reaches the script, as other headers do, over both transports", () =>
    Server.during(async (server) => {
      for (const transport of ["polling", "websocket"]) {
        const extraHeaders = { Cookie: "flavour=oat", "X-Mine": "yes" };
        const socket = await server.client(road(transport), { extraHeaders });
        assert.deepEqual(await ask(socket, "headers", "cookie", "x-mine"), ["flavour=oat", "yes"]);
      }
    }, "scenario.lua"));
});
