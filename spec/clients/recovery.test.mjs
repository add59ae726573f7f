// Connection state recovery as the JS client asks for it: what it missed and what it was, when its
// connection breaks. The reference fails two of these: before the first event, and the second time.
// What the server keeps, and for how long, is asked in spec/core/recovery_test.c.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { all, ask, connected, Server, sleep, within } from "./harness.mjs";
import { road, transports } from "./versions.mjs";

const bytes = Buffer.from([1, 2, 255]);

/** The connection goes, not the socket: it may connect again. */
async function lose(socket) {
  const gone = within(once(socket, "disconnect"), "disconnect");
  socket.io.engine.close();
  await gone;
  socket.received.length = 0;
}

async function comeBack(socket) {
  socket.connect();
  await connected(socket);
  await ask(socket, "who");
  return socket.recovered;
}

/** What it was told, without the offset that the last argument is. */
const told = (socket) => all(socket, "told").map((args) => args.slice(0, -1));

for (const transport of transports)
  describe(`recovery by ${transport}`, () => {
    let server, other;
    before(async () => {
      server = await Server.start("recovery.lua");
      other = await server.client(road("websocket"));
    });
    after(() => server.stop());
    const open = () => server.client(road(transport));

    it("brings back sid, rooms, data and what was missed", async () => {
      const socket = await open();
      const { id } = socket;
      assert.equal(socket.recovered, false);
      await ask(socket, "settle", "ann", "den");
      await ask(other, "tell", null, "before");
      await ask(socket, "who");
      await lose(socket);
      await ask(other, "tell", null, "to all", 1);
      await ask(other, "tell", "den", "to the den", { deep: [bytes] });
      await ask(other, "tell", "elsewhere", "to others");
      await ask(other, "tell", id, "to her");
      await ask(other, "hint", "at once or never");
      assert.equal(await comeBack(socket), true);
      assert.equal(socket.id, id);
      assert.deepEqual(told(socket), [["to all", 1], ["to the den", { deep: [bytes] }], ["to her"]]);
      assert.deepEqual(await ask(socket, "who"), ["ann", [id, "den"].sort()]);
      await ask(other, "tell", "den", "again");
      await ask(socket, "who");
      assert.deepEqual(told(socket).at(-1), ["again"]);
      socket.disconnect();
    });

    it("works before the first event, and more than once", async () => {
      const socket = await open();
      const { id } = socket;
      for (let round = 1; round <= 3; round++) {
        await lose(socket);
        await ask(other, "tell", id, round);
        assert.equal(await comeBack(socket), true, `round ${round}`);
        assert.equal(socket.id, id);
        assert.deepEqual(told(socket), [[round]]);
      }
      socket.disconnect();
    });

    it("is not for one that left, nor for one that was told to", async () => {
      const socket = await open();
      const { id } = socket;
      socket.disconnect();
      assert.equal(await comeBack(socket), false);
      assert.notEqual(socket.id, id);
      socket.disconnect();
    });
  });

describe("recovery", () => {
  it("is off by default, and events are as they were", () =>
    Server.during(async (server) => {
      const socket = await server.client(road("websocket"));
      await ask(socket, "shout", "hello");
      assert.deepEqual(all(socket, "said"), [["hello"]]);
      await lose(socket);
      socket.connect();
      await connected(socket);
      assert.ok(!socket.recovered);
    }, "scenario.lua"));

  it("ends after its time", () =>
    Server.during(async (server) => {
      const socket = await server.client(road("websocket"));
      await ask(socket, "settle", "ann", "den");
      await lose(socket);
      await sleep(400);
      assert.equal(await comeBack(socket), false);
      assert.deepEqual(await ask(socket, "who"), [null, [socket.id]]);
    }, "recovery.lua", "--set", "connection_state_recovery=0.2"));

  it("takes a client of before 4.6 for a new one", () =>
    Server.during(async (server) => {
      for (const version of ["2.5.0", "4.5.4"]) {
        const socket = await server.client({ version, transport: "websocket" });
        const { id } = socket;
        await lose(socket);
        socket.connect();
        await connected(socket);
        assert.notEqual(socket.id, id);
        await ask(socket, "tell", null, "hello");
        assert.equal(all(socket, "told")[0][0], "hello");
      }
    }, "recovery.lua"));
});
