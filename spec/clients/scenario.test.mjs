// One scenario, driven by each client version over each transport: what a client library may ask,
// and what it must see. Raw bytes are the business of abuse.test.mjs, HTTP that of http.test.mjs.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { all, ask, connected, heard, refused, Server, sleep, within } from "./harness.mjs";
import { content, isLegacy, join, msgpackRoads, roads, told } from "./versions.mjs";

const awkward = {
  n: 1,
  f: 1.5,
  big: 9007199254740991,
  s: "é😀\u2028\"\\",
  list: [],
  nested: [[1, [2, {}]], {}],
  none: null,
};
const bytes = (...values) => Buffer.from(values);
const binary = { a: bytes(1, 2, 3), deep: [{ b: bytes(255, 0) }, "text", bytes()], n: 7 };

/** Each case gets `open(auth, options)`, a connected socket of the road, closed at the case's end. */
const cases = {
  "carries auth and query": async ({ open, road }) => {
    const socket = await open({ name: "ann", n: 1 }, { query: { color: "dark red" } });
    const [welcome] = await heard(socket, "welcome");
    assert.deepEqual(welcome, {
      auth: isLegacy(road) ? null : { name: "ann", n: 1 },
      color: "dark red",
      namespace: "/",
      sid: socket.id,
    });
  },

  "echoes awkward data": async ({ open }) => {
    const socket = await open();
    assert.deepEqual(await ask(socket, "echo", awkward), [awkward]);
    socket.emit("mirror", awkward);
    assert.deepEqual(await heard(socket, "mirrored"), [awkward]);
  },

  "acknowledges with none, one and several values": async ({ open }) => {
    const socket = await open();
    assert.deepEqual(await ask(socket, "nothing"), []);
    assert.deepEqual(await ask(socket, "echo", "one"), ["one"]);
    assert.deepEqual(await ask(socket, "echo", 1, null, [3], { four: 4 }), [1, null, [3], { four: 4 }]);
  },

  "lets the server ask": async ({ open }) => {
    const socket = await open();
    socket.on("question", (question, answer) => answer(question.n + 1, ["why"]));
    assert.deepEqual(await ask(socket, "ask", { n: 41 }, 5), [42, ["why"]]);
    socket.emit("ask_later", { n: 1 });
    assert.deepEqual(await heard(socket, "answered"), [2, ["why"]]);
    const [answered, err] = await ask(socket, "ask_in_vain", 0.1);
    assert.equal(answered, false);
    assert.match(err, /timeout/);
  },

  "carries binary both ways": async ({ open }) => {
    const socket = await open();
    assert.deepEqual(await ask(socket, "echo", binary, bytes(9)), [binary, bytes(9)]);
    socket.emit("mirror", binary, "and text");
    assert.deepEqual(await heard(socket, "mirrored"), [binary, "and text"]);
    socket.on("question", (question, answer) => answer(question));
    assert.deepEqual(await ask(socket, "ask", bytes(4, 5), 5), [bytes(4, 5)]);
  },

  "keeps rooms": async ({ open }) => {
    const [ann, bob, eve] = [await open(), await open(), await open()];
    assert.deepEqual(await ask(ann, "join", "den"), [[ann.id, "den"].sort()]);
    await ask(bob, "join", "den");
    const said = async () => {
      await Promise.all([ann, bob, eve].map((socket) => ask(socket, "nothing")));
      return [ann, bob, eve].map((socket) => all(socket, "said").flat().join());
    };
    await ask(ann, "say", "den", "to all");
    assert.deepEqual(await said(), ["to all", "to all", ""]);
    await ask(ann, "say", "den", "to others", false);
    assert.deepEqual(await said(), ["to all", "to all,to others", ""]);
    await ask(eve, "say", bob.id, "to bob");
    assert.deepEqual(await said(), ["to all", "to all,to others,to bob", ""]);
    assert.deepEqual(await ask(bob, "leave", "den"), [[bob.id]]);
    await ask(eve, "say", "den", "to ann");
    assert.deepEqual(await said(), ["to all,to ann", "to all,to others,to bob", ""]);
    await ask(eve, "close_room", "den");
    await ask(eve, "say", "den", "to nobody");
    assert.deepEqual(await said(), ["to all,to ann", "to all,to others,to bob", ""]);
  },

  "broadcasts": async ({ open }) => {
    const [ann, bob, eve] = [await open(), await open(), await open()];
    await ask(eve, "join", "deaf");
    await ask(ann, "shout", "everyone");
    await ask(ann, "shout", "but me", false);
    await ask(ann, "shout_except", "but the deaf", "deaf");
    await Promise.all([bob, eve].map((socket) => ask(socket, "nothing")));
    assert.deepEqual(all(ann, "said").flat(), ["everyone", "but the deaf"]);
    assert.deepEqual(all(bob, "said").flat(), ["everyone", "but me", "but the deaf"]);
    assert.deepEqual(all(eve, "said").flat(), ["everyone", "but me"]);
  },

  "keeps namespaces apart": async ({ open, create, road }) => {
    const socket = await open({ name: "plain" });
    const admin = await connected(join(road, socket, "/admin", { password: "secret" }));
    const [welcome] = await heard(admin, "welcome");
    assert.deepEqual([welcome.namespace, welcome.auth], ["/admin", { password: "secret" }]);
    // A client 1.x calls itself alike in each namespace; what it is to the server has the prefix.
    assert.equal(welcome.sid, road.version.startsWith("1.") ? `/admin#${socket.id}` : admin.id);
    assert.notEqual(welcome.sid, socket.id);
    assert.deepEqual(await ask(admin, "echo", 1), [1]);
    await ask(socket, "shout", "in / only");
    assert.deepEqual([await ask(admin, "echo", 2), all(admin, "said")], [[2], []]);
    admin.disconnect();
    assert.deepEqual(await ask(socket, "echo", "still here"), ["still here"]);

    const err = await refused(road, await create({ password: "guess" }, {}, "/admin"));
    assert.deepEqual(content(road, err), told(road, "wrong password", { attempts_left: 2 }));
    const nowhere = await refused(road, await create({}, {}, "/nowhere"));
    assert.deepEqual(content(road, nowhere), told(road, "Invalid namespace"));
  },

  "refuses a client, and tells it nothing else": async ({ create, road }) => {
    const first = await create({ refuse: "with data" });
    const data = { code: 4001, hint: ["try", "again"] };
    assert.deepEqual(content(road, await refused(road, first)), told(road, "not you", data));
    const second = await create({ refuse: "plainly" });
    assert.deepEqual(content(road, await refused(road, second)), told(road, "Connection rejected by server"));
    assert.deepEqual([first.received, second.received], [[], []]);
  },

  "keeps 500 messages in order": async ({ open }) => {
    const socket = await open();
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    const acks = [];
    numbers.forEach((n) => socket.emit("seq", n, () => acks.push(n)));
    await ask(socket, "nothing");
    assert.deepEqual(all(socket, "seq").flat(), numbers);
    assert.deepEqual(acks, numbers);
  },

  "passes 900 kB of text": async ({ open, road }) => {
    const socket = await open();
    const text = "0123456789".repeat(road.parser ? 70000 : 90000); // base64 is a third longer
    assert.deepEqual(await ask(socket, "measure", text), [text.length]);
    const [back] = await ask(socket, "echo", text);
    assert.ok(back === text, "the text came back changed");
  },

  "runs other handlers while one waits": async ({ open }) => {
    const socket = await open();
    const order = [];
    let answer;
    socket.on("question", (_, callback) => (answer = callback));
    const waited = ask(socket, "ask", "well?", 10).then(() => order.push("waited"));
    await ask(socket, "echo").then(() => order.push("meanwhile"));
    answer();
    await waited;
    assert.deepEqual(order, ["meanwhile", "waited"]);
  },

  // One is dropped while the client is between two polls, or between two transports.
  "sends volatile events to an idle client": async ({ open }) => {
    const socket = await open();
    for (let i = 0; i < 20 && !all(socket, "fickle").length; i++) await ask(socket, "later", 0.1);
    assert.deepEqual(await heard(socket, "fickle"), ["still here"]);
  },

  "tells why a client left": async ({ open, name }) => {
    const observer = await open();
    const reasonOf = async (who) => {
      for (let i = 0; i < 200; i++) {
        const [reason] = await ask(observer, "reason", who);
        if (reason) return reason;
        await sleep(10);
      }
      return null;
    };
    const leaver = await open({ name: `${name} leaver` });
    leaver.disconnect();
    assert.equal(await reasonOf(`${name} leaver`), "client disconnect");

    const kicked = await open({ name: `${name} kicked` });
    const told = within(once(kicked, "disconnect"), "disconnect");
    kicked.emit("kick");
    assert.equal((await told)[0], "io server disconnect");
    assert.equal(await reasonOf(`${name} kicked`), "server disconnect");

    // Polling says goodbye with a packet, a WebSocket just closes.
    const gone = await open({ name: `${name} gone` });
    const ended = within(once(gone, "disconnect"), "disconnect");
    gone.io.engine.close();
    await ended;
    const last = gone.io.engine.transport.name;
    assert.equal(await reasonOf(`${name} gone`), last === "polling" ? "client disconnect" : "transport close");
  },

  "survives a handler's error": async ({ open, server }) => {
    const socket = await open();
    const from = server.log.length;
    socket.emit("fail");
    assert.deepEqual(await ask(socket, "echo", "alive"), ["alive"]);
    await server.logged(/scenario\.lua:\d+: broken on purpose[^]*traceback/, from);
  },

  "watches a tick": async ({ open }) => {
    const socket = await open();
    await ask(socket, "join", "tickers");
    while (all(socket, "tick").length < 4) await sleep(10);
    const ticks = all(socket, "tick").map(([tick]) => tick);
    assert.ok(ticks.every((tick, i) => tick.dt === 1 / 30 && tick.n === ticks[0].n + i), JSON.stringify(ticks));
  },
};

for (const road of [...roads, ...msgpackRoads])
  describe(`socket.io-client ${road.version} by ${road.transport}${road.parser ? ", msgpack" : ""}`, () => {
    let server;
    before(async () => {
      server = await Server.start("scenario.lua", ...(road.parser ? ["--set", "parser=msgpack"] : []));
    });
    after(() => server.stop());

    for (const [name, run] of Object.entries(cases))
      it(name, async () => {
        const sockets = [];
        const create = async (auth, options, namespace) => {
          const socket = await server.socket(road, { auth, ...options }, namespace);
          sockets.push(socket);
          return socket;
        };
        const open = async (auth, options) => connected(await create(auth, options));
        try {
          await run({ server, road, create, open, name: `${road.version} ${road.transport}` });
        } finally {
          sockets.forEach((socket) => socket.disconnect());
        }
      });

    if (road.transport === "upgrade")
      it("ends up on a WebSocket", async () => {
        const socket = await server.client(road);
        const engine = socket.io.engine;
        if (engine.transport.name !== "websocket") await within(once(engine, "upgrade"), "upgrade");
        assert.equal(engine.transport.name, "websocket");
        assert.deepEqual(await ask(socket, "echo", awkward), [awkward]);
        socket.disconnect();
      });
  });
