// Clients in the wild that keep to the protocol only as far as the reference server makes them, and
// requests that proxies and small HTTP libraries write. Each says what it says over TCP, byte by
// byte, as the real ones cannot be run here. Against scenario.lua, with no option set.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { Server, sleep, within } from "./harness.mjs";
import { frame, request, Wire } from "./raw.mjs";

const WEBSOCKET = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13" };
const KEY = { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };

let server;
before(async () => (server = await Server.start("scenario.lua")));
after(() => server.stop());

const during = (body) => Wire.during(server.port, body);

/** Opens a polling session by this request, and returns its sid. */
async function opened(path, headers) {
  let sid;
  await during(async (wire) => {
    wire.write(request("GET", path, headers));
    [, sid] = await wire.heard(/^HTTP\/1\.1 200 [^]*"sid":"([^"]+)"[^]*"maxPayload":\d+\}/);
  });
  return sid;
}

const echo = frame(1, '421["echo",5]');

describe("clients on microcontrollers", () => {
  it("upgrade without a probe, below the path, with an Origin and a key that no browser has", async () => {
    const sid = await opened("/socket.io/1/?transport=polling&b64=true", { Origin: "Arduino" });
    await during(async (wire) => {
      const path = `/socket.io/1/websocket/?transport=websocket&b64=true&sid=${sid}`;
      wire.write(request("GET", path, { ...WEBSOCKET, Origin: "ArduinoSocketIOClient", "Sec-WebSocket-Key": sid }));
      await wire.heard(/^HTTP\/1\.1 101 [^]*\r\n\r\n/);
      wire.write(frame(1, "52"), echo);
      await wire.heard(/431\[5\]/);
      wire.write(frame(1, "2"));
      await wire.heard(/\x81\x013/);
    });
  });

  for (const [name, join, version] of [["3", [], "EIO=3"], ["4", [frame(1, "40")], "EIO=4"]])
    it(`poll once from "file://", then say 5 on a WebSocket (version ${name})`, async () => {
      const Origin = "file://";
      const sid = await opened(`/socket.io/?${version}&transport=polling`, { Origin });
      await during(async (wire) => {
        const headers = { ...WEBSOCKET, ...KEY, Origin, "Sec-WebSocket-Protocol": "arduino" };
        wire.write(request("GET", `/socket.io/?${version}&transport=websocket&sid=${sid}`, headers));
        await wire.heard(/^HTTP\/1\.1 101 [^]*Sec-WebSocket-Protocol: arduino\r\n/);
        wire.write(frame(1, "5"), ...join, echo);
        await wire.heard(/431\[5\]/);
      });
    });

  it("write a message in small fragments, one byte at a time, and pings with a payload between them", () =>
    during(async (wire) => {
      wire.write(request("GET", "/socket.io/?EIO=3&transport=websocket", { ...WEBSOCKET, ...KEY }));
      await wire.heard(/\r\n\r\n[^]*"welcome"/);
      const parts = [
        frame(1, '421["ec', { fin: false }), frame(9, "still there"), frame(0, 'ho","', { fin: false }),
        frame(0, Buffer.from("é").subarray(0, 1), { fin: false }), frame(0, Buffer.from("é").subarray(1), { fin: false }),
        frame(0, '"]'),
      ];
      for (const byte of Buffer.concat(parts)) {
        wire.write(Buffer.from([byte]));
        if (byte % 8 === 0) await sleep(1);
      }
      await wire.heard(/\x8a\x0bstill there/);
      await wire.heard(/431\["\xc3\xa9"\]/);
    }));
});

describe("a WebSocket subprotocol", () => {
  const connect = (protocols) => {
    const ws = new WebSocket(`ws://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=websocket`, protocols);
    return within(new Promise((resolve, reject) => ws.on("open", () => resolve(ws)).on("error", reject)), "WebSocket");
  };

  it("that the client offers first is agreed to, as browsers insist on one of theirs", async () => {
    const ws = await connect(["first", "second"]);
    assert.equal(ws.protocol, "first");
    ws.terminate();
  });

  it("is not spoken of when none is offered", async () => {
    const ws = await connect([]);
    assert.equal(ws.protocol, "");
    ws.terminate();
  });
});

describe("requests that are written oddly", () => {
  const POLLING = "/socket.io/?EIO=4&transport=polling";
  const heads = {
    "without the slash": request("GET", "/socket.io?EIO=4&transport=polling"),
    "with two": request("GET", "/socket.io//?EIO=4&transport=polling"),
    "with escapes in the query": request("GET", "/socket.io/?%45IO=%34&%74ransport=%70olling"),
    "with EIO twice": request("GET", "/socket.io/?EIO=4&EIO=4&transport=polling"),
    "with an absolute target": request("GET", `http://example.com:5000${POLLING}`, { Host: "example.com:5000" }),
    "with an IPv6 Host and its Origin": request("GET", POLLING, { Host: "[::1]:5000", Origin: "http://[::1]:5000" }),
    "in HTTP/1.0 without a Host": Buffer.from(`GET ${POLLING} HTTP/1.0\r\n\r\n`),
    "with names in capitals and no spaces": Buffer.from(`GET ${POLLING} HTTP/1.1\r\nHOST:x\r\nCONNECTION:close\r\n\r\n`),
    "with an offer of HTTP/2": request("GET", POLLING, { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "AAMAAABk" }),
  };
  for (const [name, bytes] of Object.entries(heads))
    it(`open a session ${name}`, () =>
      during(async (wire) => {
        wire.write(bytes);
        await wire.heard(/^HTTP\/1\.1 200 [^]*\r\n\r\n0\{"sid":"[^"]+"/);
      }));

  it("are not for the endpoint below it, unless they name a transport", () =>
    during(async (wire) => {
      wire.write(request("GET", "/socket.io/1/"), request("GET", "/socket.io/1/?transport=x"));
      await wire.heard(/^HTTP\/1\.1 404 [^]*HTTP\/1\.1 400 [^]*"Transport unknown"/);
    }));

  it("go through one connection, pipelined, chunked, and after 100-continue", async () => {
    const sid = await opened(POLLING);
    const path = `${POLLING}&sid=${sid}`;
    await during(async (wire) => {
      wire.write(request("POST", path, { "Content-Length": 2 }, "40"), request("GET", path));
      await wire.heard(/\r\n\r\nok[^]*40\{"sid":"[^"]+"\}/);
      wire.write(request("POST", path, { "Transfer-Encoding": "chunked" }, '3;a=b\r\n421\r\na\r\n["echo",5]\r\n0\r\nX: y\r\n\r\n'));
      await wire.heard(/40\{[^]*\r\n\r\nok/);
      wire.write(request("GET", path));
      await wire.heard(/431\[5\]/);
      wire.write(request("POST", path, { Expect: "100-continue", "Content-Length": 13 }));
      await wire.heard(/100 Continue\r\n\r\n/);
      wire.write('422["echo",6]');
      await wire.heard(/100 Continue[^]*\r\n\r\nok/);
      wire.write(request("GET", path));
      await wire.heard(/432\[6\]/);
    });
  });
});

describe("an Origin", () => {
  for (const [origin, status] of [["null", 403], ["http://evil.example", 403], ["file://x", 403], ["", 403], ["Arduino", 200]])
    it(`${JSON.stringify(origin)} gets ${status}`, () =>
      during(async (wire) => {
        wire.write(request("GET", "/socket.io/?EIO=4&transport=polling", { Origin: origin }));
        await wire.heard(new RegExp(`^HTTP/1\\.1 ${status} `));
      }));
});
