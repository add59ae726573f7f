// The headers that a script adds to the answer of a session's first request, on the wire: the poll
// that opens it, the 101 of a WebSocket that opens it, and nothing else. What the script may set is
// specified in spec/bindings.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, describe, it } from "node:test";
import { connected, Server, within } from "./harness.mjs";
import { road } from "./versions.mjs";

const UPGRADE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};
const COOKIES = ["server=one; Path=/", "seen=yes; Path=/"];

describe("initial headers", () => {
  let server;
  before(async () => {
    server = await Server.start("initial_headers.lua");
  });
  after(() => server.stop());

  const poll = (query) => fetch(`${server.url}/socket.io/?EIO=4&transport=polling&${query}`);

  // The head of the 101.
  async function upgrade(query) {
    const asked = http.get(`${server.url}/socket.io/?EIO=4&transport=websocket&${query}`, { headers: UPGRADE });
    const [response, socket] = await within(once(asked, "upgrade"), "upgrade");
    socket.destroy();
    return response.headers;
  }

  it("are in the poll that opens a session, and in no later one", async () => {
    const first = await poll("room=lobby");
    assert.equal(first.headers.get("x-room"), "lobby");
    assert.deepEqual(first.headers.getSetCookie(), COOKIES);
    const { sid } = JSON.parse((await first.text()).slice(1));
    await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method: "POST", body: "40" });
    const second = await poll(`sid=${sid}&room=lobby`);
    assert.equal(second.status, 200);
    assert.equal(second.headers.get("x-room"), null);
    const { "x-room": room, "set-cookie": cookies } = await upgrade(`sid=${sid}&room=lobby`);
    assert.deepEqual([room, cookies], [undefined, undefined]);
  });

  it("are in the answer to a WebSocket that opens a session", async () => {
    const headers = await upgrade("room=hall");
    assert.equal(headers["x-room"], "hall");
    assert.deepEqual(headers["set-cookie"], COOKIES);
  });

  for (const transport of ["polling", "websocket", "upgrade"])
    it(`do not disturb a client by ${transport}`, async () => {
      const socket = await connected(await server.socket(road(transport), { query: { room: "lobby" } }));
      assert.ok(socket.id);
    });
});
