// The clients of other languages, which cannot be run here: what each writes on the wire, byte by
// byte, as its source has it, where it differs from what a browser writes. Against scenario.lua,
// with no option set.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Server } from "./harness.mjs";
import { frame, request, Wire } from "./raw.mjs";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const CONNECTED = /40\{"sid":"[^"]+"\}/;

let server;
before(async () => (server = await Server.start("scenario.lua")));
after(() => server.stop());

const during = (body) => Wire.during(server.port, body);

/** One exchange on a connection of its own; returns the answer, its head included. */
async function asked(...bytes) {
  let answer;
  await during(async (wire) => {
    wire.write(request(...bytes));
    const [head, length] = await wire.heard(/^HTTP\/1\.1 200 [^]*Content-Length: (\d+)[^]*?\r\n\r\n/i);
    const whole = await wire.heard(new RegExp(`^[^]{${head.length + Number(length)}}`));
    answer = whole[0];
  });
  return answer;
}

/** Opens a session by polling, and returns its sid. */
async function opened(path, headers) {
  return /"sid":"([^"]+)"/.exec(await asked("GET", path, headers))[1];
}

/** A WebSocket with a handshake of its own; `head` is all of it. */
async function websocket(wire, head) {
  wire.write(head);
  await wire.heard(/^HTTP\/1\.1 101 [^]*?\r\n\r\n/);
}

const lines = (...all) => Buffer.from([...all, "", ""].join("\r\n"));

describe("the Swift client", () => {
  const upgrade = (path) =>
    lines(`GET ${path} HTTP/1.1`, "Connection: Upgrade", `Host: 127.0.0.1:${server.port}`,
      `Origin: ws://127.0.0.1:${server.port}`, `Sec-WebSocket-Key: ${KEY}`, "Sec-WebSocket-Version: 13", "Upgrade: websocket",
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=15");

  it("names the WebSocket as its Origin, and joins \"/\" by its name", () =>
    during(async (wire) => {
      await websocket(wire, upgrade("/socket.io/?transport=websocket&EIO=4"));
      wire.write(frame(1, "40/,"));
      await wire.heard(CONNECTED);
      wire.write(frame(1, '421["echo","swift"]'));
      await wire.heard(/431\["swift"\]/);
      wire.write(frame(1, "41/,"), frame(1, "1"));
      await wire.ended();
    }));

  it("polls with b64, probes while it polls, and gets what was binary as bytes on the WebSocket", async () => {
    const polling = "/socket.io/?transport=polling&b64=1&EIO=4";
    const sid = await opened(polling);
    const path = `/socket.io/?transport=polling&b64=1&EIO=4&sid=${sid}`;
    const text = { "Content-Type": "text/plain; charset=UTF-8", "Content-Length": 4 };
    assert.match(await asked("POST", path, text, "40/,"), /\r\n\r\nok$/);
    assert.match(await asked("GET", path), CONNECTED);
    await during(async (poll) => {
      poll.write(request("GET", path));
      await during(async (wire) => {
        await websocket(wire, upgrade(`/socket.io/?transport=websocket&EIO=4&sid=${sid}`));
        wire.write(frame(1, "2probe"));
        await wire.heard(/3probe/);
        await poll.heard(/\r\n\r\n6$/); // the Swift client waits for this one before it goes on
        wire.write(frame(1, "5"), frame(1, '451-["mirror",{"num":0,"_placeholder":true}]'), frame(2, [1, 2, 3]));
        await wire.heard(/451-\["mirrored",\{"_placeholder":true,"num":0\}\]\x82\x03\x01\x02\x03/);
      });
    });
  });

  it("of before 16 tells no version, and speaks the third", async () => {
    const sid = await opened("/socket.io/?transport=polling&b64=1");
    const path = `/socket.io/?transport=polling&b64=1&sid=${sid}`;
    const body = '25:40/admin?password=secret,1:244:451-["mirror",{"_placeholder":true,"num":0}]10:b4AQIDBA==';
    const answer = await asked("POST", path, { "Content-Length": body.length }, body);
    assert.match(answer, /\r\n\r\nok$/);
    assert.match(await asked("GET", path), /\d:40\/admin,?\d[^]*"mirrored",\{[^]*10:b4AQIDBA==/);
  });
});

describe("the Java client", () => {
  const OKHTTP = { Connection: "Keep-Alive", "Accept-Encoding": "gzip", "User-Agent": "okhttp/3.12.12" };
  const polling = "/socket.io/?EIO=4&t=NxYz0.1&transport=polling";

  it("sends binary by polling as lines of base64", async () => {
    const sid = await opened(polling, { Accept: "*/*", ...OKHTTP });
    const path = `${polling}&sid=${sid}`;
    const bytes = Buffer.alloc(100, "lines");
    const coded = bytes.toString("base64").replace(/.{76}/g, "$&\n");
    const post = (body) =>
      asked("POST", path, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": body.length, ...OKHTTP }, body);
    assert.match(await post("40"), /\r\n\r\nok$/);
    assert.match(await post(`451-["mirror",{"_placeholder":true,"num":0}]\x1eb${coded}\n`), /\r\n\r\nok$/);
    const answer = await asked("GET", path, { Accept: "*/*" });
    assert.ok(answer.includes(`"mirrored",{"_placeholder":true,"num":0}]\x1eb${bytes.toString("base64")}`), answer);
  });

  it("of 1.x posts what is binary together with its text, as bytes", async () => {
    const sid = await opened("/socket.io/?EIO=3&transport=polling", OKHTTP);
    const path = `/socket.io/?EIO=3&transport=polling&sid=${sid}`;
    const text = Buffer.from('451-["mirror","é",{"_placeholder":true,"num":0}]');
    const octets = Buffer.concat([[0, 4, 9, 255], text, [1, 3, 255, 4, 1, 2]].map((part) => Buffer.from(part)));
    const head = { "Content-Type": "application/octet-stream", "Content-Length": octets.length, ...OKHTTP };
    assert.match(await asked("POST", path, head, octets), /\r\n\r\nok$/);
    const answer = await asked("GET", path, OKHTTP);
    assert.match(answer, /Content-Type: application\/octet-stream\r\n[^]*"mirrored",[^]*\x01\x03\xff\x04\x01\x02$/i);
  });

  it("sees the end of its WebSocket's stream, and no close frame, when the server goes", () =>
    Server.during(async (other) => {
      const wire = await Wire.open(other.port);
      const head = { Upgrade: "websocket", "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13", ...OKHTTP };
      await websocket(wire, request("GET", "/socket.io/?EIO=4&transport=websocket", { ...head, Connection: "Upgrade" }));
      wire.write(frame(1, "40"));
      await wire.heard(CONNECTED);
      await wire.heard(/"welcome"[^]*\]$/);
      const said = wire.text.length;
      await other.end();
      await wire.gone();
      assert.equal(wire.text.slice(said), "");
    }, "scenario.lua"));
});

describe("the .NET client", () => {
  const empty = { "Content-Type": "text/plain; charset=utf-8", "Content-Length": 0 };
  const upgrade = (path) =>
    lines(`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${server.port}`, "Connection: Upgrade", "Upgrade: websocket",
      "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${KEY}`);

  for (const [EIO, join] of [["4", "40"], ["3", null]])
    it(`asks with an empty body, and says 5 on a WebSocket without a probe (version ${EIO})`, async () => {
      const sid = await opened(`/socket.io/?EIO=${EIO}&transport=polling`, empty);
      const path = `/socket.io/?EIO=${EIO}&transport=polling&sid=${sid}&t=1732000000000`;
      if (join) assert.match(await asked("POST", path, { ...empty, "Content-Length": 2 }, join), /\r\n\r\nok$/);
      await during(async (wire) => {
        await websocket(wire, upgrade(`/socket.io/?EIO=${EIO}&transport=websocket&sid=${sid}`));
        wire.write(frame(1, "5"));
        if (join) await wire.heard(CONNECTED);
        wire.write(frame(1, '421["echo","', { fin: false }), frame(0, 'dot net"]'), frame(10, "")); // it pongs unasked
        await wire.heard(/431\["dot net"\]/);
      });
    });

  it("posts the attachments of an event by themselves (version 3: as bytes)", async () => {
    const sid = await opened("/socket.io/?EIO=3&transport=polling", empty);
    const path = `/socket.io/?EIO=3&transport=polling&sid=${sid}`;
    const text = '44:451-["mirror",{"_placeholder":true,"num":0}]';
    const octets = Buffer.from([1, 4, 255, 4, 1, 2, 3]);
    await asked("POST", path, { ...empty, "Content-Length": text.length }, text);
    await asked("POST", path, { "Content-Type": "application/octet-stream", "Content-Length": octets.length }, octets);
    const answer = await asked("GET", path, empty);
    assert.match(answer, /Content-Type: application\/octet-stream\r\n/i);
    assert.match(answer, /"mirrored"[^]*\x01\x04\xff\x04\x01\x02\x03$/);
  });
});

describe("the Rust client", () => {
  it("adds its queries in another order, probes with no poll behind, and begins with a pong", async () => {
    const sid = await opened("/socket.io/?EIO=4&transport=polling", { Accept: "*/*" });
    await during(async (wire) => {
      const head = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY };
      await websocket(wire, request("GET", `/socket.io/?EIO=4&sid=${sid}&transport=websocket`, head));
      wire.write(frame(1, "2probe"));
      await wire.heard(/\r\n\r\n\x81\x063probe/);
      wire.write(frame(1, "5"), frame(1, "3"), frame(1, "40"));
      await wire.heard(CONNECTED);
      // with an acknowledgement asked for, what is binary goes out as an acknowledgement itself
      wire.write(frame(1, '461-7["echo",{"_placeholder":true,"num":0}]'), frame(2, [1]), frame(1, '428["echo","rust"]'));
      await wire.heard(/438\["rust"\]/);
      wire.write(frame(1, "41"), frame(1, "1"));
      await wire.ended();
    });
  });
});

describe("the C++ client", () => {
  const upgrade = (path) =>
    lines(`GET ${path} HTTP/1.1`, "Connection: Upgrade", `Host: 127.0.0.1:${server.port}`, `Sec-WebSocket-Key: ${KEY}`,
      "Sec-WebSocket-Version: 13", "Upgrade: websocket", "User-Agent: WebSocket++/0.8.2");

  it("joins and leaves a namespace without the comma", () =>
    during(async (wire) => {
      await websocket(wire, upgrade("/socket.io/?EIO=4&transport=websocket&t=1732000000"));
      wire.write(frame(1, "40"), frame(1, '40/admin,{"password":"secret"}'));
      await wire.heard(/40\/admin,\{"sid":"[^"]+"\}/);
      wire.write(frame(1, '42/admin,1["echo",1]'));
      await wire.heard(/43\/admin,1\[1\]/);
      wire.write(frame(1, "41/admin"), frame(1, "40/admin"));
      await wire.heard(/44\/admin,\{"message":"wrong password"/);
      wire.write(frame(1, '422["echo","c++"]'));
      await wire.heard(/432\["c\+\+"\]/);
    }));
});

describe("the Godot client", () => {
  it("posts without a type, and leaves its polls for a WebSocket before it joins", async () => {
    const GODOT = { "User-Agent": "GodotEngine/4.3.stable.official (Linux)", Accept: "*/*" };
    const sid = await opened("/socket.io/?EIO=4&transport=polling", GODOT);
    await during(async (wire) => {
      await websocket(wire, lines(`GET /socket.io/?EIO=4&transport=websocket&sid=${sid} HTTP/1.1`,
        `Host: 127.0.0.1:${server.port}`, "Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Key: ${KEY}`,
        "Sec-WebSocket-Version: 13"));
      wire.write(frame(1, "2probe"));
      await wire.heard(/3probe/);
      wire.write(frame(1, "5"), frame(1, "40"));
      await wire.heard(CONNECTED);
    });
    const other = `/socket.io/?EIO=4&transport=polling&sid=${await opened("/socket.io/?EIO=4&transport=polling", GODOT)}`;
    assert.match(await asked("POST", other, { ...GODOT, "Content-Length": 2 }, "40"), /\r\n\r\nok$/);
    assert.match(await asked("GET", other, GODOT), CONNECTED);
  });
});

describe("the Dart client", () => {
  it("writes its names in small letters, and a length of nothing", () =>
    during(async (wire) => {
      await websocket(wire, lines("GET /socket.io/?EIO=4&transport=websocket&t=m3q1x0 HTTP/1.1", "user-agent: Dart/3.5 (dart:io)",
        "connection: Upgrade", "cache-control: no-cache", "accept-encoding: gzip", "content-length: 0",
        `sec-websocket-key: ${KEY}`, `host: 127.0.0.1:${server.port}`, "sec-websocket-version: 13",
        "sec-websocket-extensions: permessage-deflate; client_max_window_bits", "upgrade: websocket"));
      wire.write(frame(1, "40"));
      await wire.heard(CONNECTED);
      wire.write(frame(1, '421["echo","dart"]'));
      await wire.heard(/431\["dart"\]/);
    }));
});

describe("the Arduino client", () => {
  it("does not wait for the answer to its probe, and goes on on the connection that it polled on", () =>
    during(async (wire) => {
      const tail = ["Origin: file://", "User-Agent: arduino-WebSocket-Client"];
      wire.write(lines("GET /socket.io/?EIO=4&transport=polling HTTP/1.1", `Host: 127.0.0.1:${server.port}`,
        "Connection: keep-alive", ...tail));
      const [, sid] = await wire.heard(/^HTTP\/1\.1 200 [^]*"sid":"([^"]+)"[^]*\}$/);
      wire.text = "";
      await websocket(wire, lines(`GET /socket.io/?EIO=4&transport=websocket&sid=${sid} HTTP/1.1`,
        `Host: 127.0.0.1:${server.port}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        `Sec-WebSocket-Key: ${KEY}`, "Sec-WebSocket-Protocol: arduino", ...tail));
      wire.write(frame(1, "2probe"), frame(1, "5"), frame(1, "40"));
      await wire.heard(/3probe[^]*40\{"sid":"[^"]+"\}/);
      wire.write(frame(1, '421["echo","arduino"]'), frame(9, "")); // its heartbeat is the WebSocket's
      await wire.heard(/\x8a\x00/);
      await wire.heard(/431\["arduino"\]/);
    }));
});
