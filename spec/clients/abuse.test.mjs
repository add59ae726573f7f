// Wrong bytes at every layer: they end the connection that sent them, with a line in the log, and
// nobody else notices. Two honest clients, one on each transport, echo after every attack, and no
// session stays behind. Whether a parser is right is asked in spec/core.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, Server, sleep } from "./harness.mjs";
import { announced, frame, handshake, openPeer, openSession, request, statusOf, Wire } from "./raw.mjs";
import { road } from "./versions.mjs";

const LIMIT = 1000000; // max_http_buffer_size
const text = (payload) => frame(1, payload);
const placeholder = (n) => `{"_placeholder":true,"num":${n}}`;

// What a peer in the main namespace sends on its WebSocket, and must be cut off for.
const fatal = {
  "a frame without a mask": [frame(1, '42["nothing"]', { masked: false })],
  "a reserved opcode": [frame(3, "x")],
  "a reserved bit": [frame(1, '42["nothing"]', { rsv: 0x40 })],
  "a continuation of nothing": [frame(0, "x")],
  "a new message inside another": [frame(1, "42", { fin: false }), frame(1, '["nothing"]')],
  "a long control frame": [frame(9, "x".repeat(126))],
  "text that is not UTF-8": [frame(1, Buffer.from([0x34, 0x32, 0x5b, 0x22, 0xff, 0x22, 0x5d]))],
  "a frame that announces a terabyte": [announced(1, 2 ** 40)],
  "a message over the limit": [text(`42["nothing","${"x".repeat(LIMIT)}"]`)],
  "a message over the limit, in fragments": [
    frame(1, `42["${"x".repeat(600000)}`, { fin: false }),
    frame(0, `${"x".repeat(600000)}"]`),
  ],
  "an empty message": [text("")],
  "an unknown Engine.IO packet": [text("abc")],
  "a ping in the wrong direction": [text("2")],
  "an unknown Socket.IO packet": [text("4abc")],
  "no Socket.IO packet": [text("4")],
  "an event that is no array": [text("42{}")],
  "an event without a name": [text("42[]")],
  "an event cut short": [text('42["nothing"')],
  "an event with more behind it": [text('42["nothing"]]')],
  "an ack id that is no number": [text('42abc["nothing"]')],
  "an ack id beyond every integer": [text(`42${"9".repeat(40)}["nothing"]`)],
  "an acknowledgement that is no array": [text("431{}")],
  "an acknowledgement without an id": [text("43[]")],
  "arrays a hundred thousand deep": [text(`42["nothing",${"[".repeat(100000)}${"]".repeat(100000)}]`)],
  "a second CONNECT": [text("40")],
  "an event for a namespace that it has not joined": [text('42/admin,["echo"]')],
  "a CONNECT whose auth is no JSON": [text('40/admin,{"a":')],
  "a CONNECT_ERROR": [text('44{"message":"x"}')],
  "text where an attachment should come": [text(`451-["nothing",${placeholder(0)}]`), text('42["nothing"]')],
  "an attachment for nothing": [frame(2, "x")],
  "a placeholder beyond the attachments": [text(`451-["echo",${placeholder(5)}]`), frame(2, "x")],
  "a million attachments": [text('451000000-["nothing"]')],
  "one attachment more than ten": [text('4511-["nothing"]')],
  "a binary event of no attachments": [text('450-["nothing"]')],
  "attachments that are no number": [text('45x-["nothing"]')],
};

// The same, but from a session that has joined nothing yet.
const fatalBeforeConnect = {
  "an event before CONNECT": [text('42["nothing"]')],
  "an auth that is a list": [text("40[1]")],
  "an auth that is cut short": [text('40{"a":')],
};

// What is odd, but harms nobody: the client stays.
const harmless = {
  "an acknowledgement that nobody waits for": [text("43777[]")],
  "a WebSocket ping": [frame(9, "x")],
};

const polling = "/socket.io/?EIO=4&transport=polling";
const post = (path, body, headers = {}) => request("POST", path, { "Content-Length": Buffer.byteLength(body), ...headers }, body);

// HTTP requests and the status that refuses them
const refusedRequests = {
  "an old version": [request("GET", "/socket.io/?EIO=2&transport=polling"), 400],
  "no transport": [request("GET", "/socket.io/?EIO=4"), 400],
  "an unknown transport": [request("GET", "/socket.io/?EIO=4&transport=pigeon"), 400],
  "WebTransport": [request("GET", "/socket.io/?EIO=4&transport=webtransport"), 400],
  "a WebSocket that asks for WebTransport": [handshake("EIO=4&transport=webtransport"), 400],
  "a handshake by POST": [post(polling, "40"), 400],
  "a handshake by PUT": [request("PUT", polling), 400],
  "an unknown session": [request("GET", `${polling}&sid=nobody`), 400],
  "an unknown session of 4000 characters": [request("GET", `${polling}&sid=${"x".repeat(4000)}`), 400],
  "a payload for an unknown session": [post(`${polling}&sid=nobody`, "42[]"), 400],
  "a WebSocket for an unknown session": [handshake("EIO=4&transport=websocket&sid=nobody"), 400],
  "a WebSocket of an unknown version": [handshake("EIO=2&transport=websocket"), 400],
  "a WebSocket that asks for polling": [handshake("EIO=4&transport=polling"), 400],
};

// Bytes that are no HTTP: an error or the end of the connection, as long as it is one of them.
const noRequests = {
  "a request of zeroes": Buffer.alloc(4096),
  "a TLS handshake": Buffer.from("16030100c6010000c20303", "hex"),
  "a WebSocket frame out of the blue": frame(1, "40"),
  "headers that never end": `GET / HTTP/1.1\r\n${"X-Flood: yes\r\n".repeat(100000)}`,
  "one endless header": `GET / HTTP/1.1\r\nX-Flood: ${"x".repeat(1000000)}`,
  "an endless path": `GET /${"x".repeat(1000000)} HTTP/1.1\r\n\r\n`,
  "a length that is no number": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
};

describe("abuse", () => {
  let server;
  let honest;
  let start; // of the log, at each attack
  before(async () => {
    server = await Server.start("scenario.lua", "--set", "allow_eio3=false");
    honest = await Promise.all(
      ["polling", "websocket"].map((transport) => server.client(road(transport))),
    );
  });
  after(() => server.stop());

  async function othersGoOn() {
    for (const socket of honest) assert.deepEqual(await ask(socket, "echo", { alive: [] }), [{ alive: [] }]);
  }

  async function nobodyStays() {
    for (let i = 0; i < 500; i++) {
      const [population] = await ask(honest[1], "population");
      if (population === honest.length) return;
      await sleep(10);
    }
    assert.fail("a peer of the attacker stayed behind");
  }

  async function isCutOff(wire) {
    await wire.ended();
    await server.logged(/\n?.*(warning|info).*(closed|refused|dropped).*/i, start);
    await othersGoOn();
    await nobodyStays();
  }

  const attack = (what, run) =>
    it(what, async () => {
      start = server.log.length;
      await run();
    });

  for (const [what, frames] of Object.entries(fatal))
    attack(`${what} ends the connection`, async () => {
      const wire = await openPeer(server.port);
      await isCutOff(wire.write(...frames));
    });

  for (const [what, frames] of Object.entries(fatalBeforeConnect))
    attack(`${what} ends the connection`, async () => {
      const wire = await openSession(server.port);
      await isCutOff(wire.write(...frames));
    });

  for (const [what, frames] of Object.entries(harmless))
    attack(`${what} harms nobody`, async () => {
      const wire = await openPeer(server.port);
      wire.write(...frames, text('427["echo","alive"]'));
      await wire.heard(/437\["alive"\]/);
      wire.drop();
      await nobodyStays();
    });

  attack("an unknown namespace is refused by name", async () => {
    const wire = await openSession(server.port);
    wire.write(text("40/nowhere,"));
    await wire.heard(/44\/nowhere,\{"message":"Invalid namespace"\}/);
    wire.drop();
    await othersGoOn();
  });

  attack("a flood of what is refused writes a few lines, and how many there were", async () => {
    const wire = await openSession(server.port);
    wire.write(...Array.from({ length: 5000 }, (_, i) => text(`40/nowhere${i},`)));
    await wire.heard(/44\/nowhere4999,/);
    wire.drop();
    await server.logged(/[45]\d\d\d more events are not written/, start);
    assert.ok(server.log.slice(start).split("\n").length < 150);
    await othersGoOn();
  });

  attack("attachments that never come hold up nobody else", async () => {
    const wire = await openPeer(server.port);
    wire.write(text(`452-["nothing",${placeholder(0)},${placeholder(1)}]`), frame(2, "one"));
    await othersGoOn();
    wire.drop();
    await nobodyStays();
  });

  for (const [what, [bytes, status]] of Object.entries(refusedRequests))
    attack(`${what} is refused`, async () => {
      assert.equal(await statusOf(server.port, bytes), status);
      await othersGoOn();
    });

  attack("an old client is refused, and the log names what to use", async () => {
    assert.equal(await statusOf(server.port, request("GET", "/socket.io/?EIO=3&transport=polling")), 400);
    await server.logged(/Unsupported protocol version; allow_eio3 is off: use a JS client 3\.x or 4\.x, python-socketio 5\.x/, start);
  });

  for (const [what, bytes] of Object.entries(noRequests))
    attack(`${what} is refused`, async () => {
      const status = await statusOf(server.port, bytes);
      assert.ok(status === 0 || (status >= 400 && status < 500), `status ${status}`);
      await othersGoOn();
    });

  async function pollingSession() {
    const opened = await (await fetch(server.url + polling)).text();
    const path = `${polling}&sid=${JSON.parse(opened.slice(1)).sid}`;
    await fetch(server.url + path, { method: "POST", body: "40" });
    assert.match(await (await fetch(server.url + path)).text(), /^40\{"sid"/);
    return path;
  }

  // body, and the statuses that may answer it: Engine.IO's errors must, Socket.IO's may come after 200
  const badPayloads = {
    "no packet": ["abc", 400],
    "a bad packet behind a good one": ['42["nothing"]\x1e4abc', 200, 400],
    "base64 that is none": ["b***", 400],
    "an attachment for nothing": ["bAQID", 200, 400],
    "an event that is not UTF-8": [Buffer.from('42["nothing","\xff"]', "latin1"), 400],
    "a namespace that is not UTF-8": [Buffer.from("40/\xc3,", "latin1"), 400],
    "a million bytes and one": [`4${"x".repeat(LIMIT)}`, 413],
  };
  for (const [what, [body, ...statuses]] of Object.entries(badPayloads))
    attack(`a payload of ${what} ends its session`, async () => {
      const path = await pollingSession();
      const status = await statusOf(server.port, post(path, body));
      assert.ok(statuses.includes(status), `status ${status}`);
      assert.equal(await statusOf(server.port, request("GET", path)), 400);
      await othersGoOn();
      await nobodyStays();
    });

  attack("a payload that calls itself binary ends its session", async () => {
    const path = await pollingSession();
    const body = post(path, "4x", { "Content-Type": "application/octet-stream" });
    assert.equal(await statusOf(server.port, body), 400);
    assert.equal(await statusOf(server.port, request("GET", path)), 400);
    await nobodyStays();
  });

  attack("two polls at once end their session", async () => {
    const path = await pollingSession();
    const first = await Wire.open(server.port);
    first.write(request("GET", path));
    await sleep(20);
    assert.equal(await statusOf(server.port, request("GET", `${path}&t=2`)), 400);
    await first.heard(/^HTTP\/1\.1 200 [^]*\r\n\r\n1$/);
    first.drop();
    assert.equal(await statusOf(server.port, request("GET", path)), 400);
    await nobodyStays();
  });

  attack("polls that hang up end their sessions", async () => {
    const paths = await Promise.all(Array.from({ length: 20 }, pollingSession));
    const wires = await Promise.all(paths.map(() => Wire.open(server.port)));
    wires.forEach((wire, i) => wire.write(request("GET", paths[i])));
    await sleep(50);
    wires.forEach((wire) => wire.drop());
    await othersGoOn();
    await nobodyStays();
  });

  // A byte a second is no progress: the 20 seconds of a request begin with its first byte. A poll
  // came whole, and waits longer.
  attack("requests that drip end after 20 seconds", async () => {
    const path = await pollingSession();
    const poll = await Wire.open(server.port);
    poll.write(request("GET", path));
    const dripping = {
      "a head": ["GET / HTTP/1.1\r\nX: ", 408],
      "the head of a second request": ["GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nX: ", 408],
      "a body": ["POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", 408],
      "a body that came to 64 KB": [`POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n${"x".repeat(70000)}`, 408],
      "a body in chunks": ["POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n", 408],
      "nothing at all": ["", 0],
    };
    await Promise.all(
      Object.entries(dripping).map(async ([what, [bytes, status]]) => {
        const wire = await Wire.open(server.port);
        const start = performance.now();
        wire.write(bytes);
        while (!wire.closed && performance.now() - start < 25000) {
          await sleep(1000);
          if (status) wire.write("a");
        }
        const seconds = (performance.now() - start) / 1000;
        assert.ok(wire.closed && seconds > 19.5, `${what} ended after ${seconds} s: ${wire.closed}`);
        const statuses = [...wire.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => Number(code));
        assert.equal(statuses.at(-1) ?? 0, status, what);
      }),
    );
    assert.ok(!poll.closed && poll.text === "", poll.text);
    await fetch(server.url + path, { method: "POST", body: "1" });
    await poll.heard(/\r\n\r\n6$/);
    poll.drop();
    await othersGoOn();
  });

  attack("requests that stop half way hold up nobody", async () => {
    const wires = await Promise.all(Array.from({ length: 200 }, () => Wire.open(server.port)));
    wires.forEach((wire, i) => wire.write(i % 2 ? "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: " : post(polling, "40").slice(0, -1)));
    await sleep(50);
    await othersGoOn();
    wires.forEach((wire) => wire.drop());
    await othersGoOn();
  });
});
