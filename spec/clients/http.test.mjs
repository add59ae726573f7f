// What a browser asks of the server besides Socket.IO: routes, forms, static files, the client.
// Asked over TCP with fetch, or with raw bytes where fetch would tidy them up. What the routes of a
// script may do is specified in spec/bindings.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { heard, Server } from "./harness.mjs";
import { request, statusOf, Wire } from "./raw.mjs";
import { road } from "./versions.mjs";

const form = { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" } };
const json = { method: "POST", headers: { "Content-Type": "application/json" } };
const note = "A file for the scenario: 0123456789.\n";

// what: [path, fetch's options, status, body (text, pattern or JSON), headers]
const requests = {
  "a page": ["/", {}, 200, "<h1>scenario</h1>", { "content-type": /^text\/html; ?charset=utf-8$/i }],
  "a page that is not there": ["/nowhere", {}, 404, /./],
  "the head of a page": ["/", { method: "HEAD" }, 200, "", { "content-length": "17" }],
  "the options of a page": ["/", { method: "OPTIONS" }, 200, "", { allow: /GET.*HEAD|HEAD.*GET/ }],
  "a method that the page lacks": ["/", { method: "DELETE" }, 405, /./, { allow: /GET/ }],
  "captures and a query": ["/user/%C3%A9va/7?color=a%20b", {}, 200, { name: "éva", id: 7, color: "a b" }],
  "a capture of the wrong type": ["/user/eva/x7", {}, 404, /./],
  "a form": ["/form", { ...form, body: "text=a+b%26%C3%A9&x=" }, 200, { text: "a b&é", method: "POST" }],
  "an empty form": ["/form", { ...form, body: "" }, 200, { text: null, method: "POST" }],
  JSON: ["/json", { ...json, body: '{"a":[1,{}]}' }, 200, { got: { a: [1, {}] }, type: "application/json" }],
  "status and headers": ["/teapot", {}, 418, "short and stout", { "x-pot": "yes" }],
  "a redirect": ["/moved", { redirect: "manual" }, 302, /./, { location: "/" }],
  "an abort": ["/secret", {}, 403, /./],
  "a route with an error": ["/broken", {}, 500, /./],
  "a static file": ["/static/note.txt", {}, 200, note, { "content-type": /^text\/plain/, etag: /"/, "last-modified": /GMT$/ }],
  "a static file that is not there": ["/static/nothing.txt", {}, 404, /./],
  "the static folder itself": ["/static/", {}, 404, /./],
  "a part of a static file": ["/static/note.txt", { headers: { Range: "bytes=25-29" } }, 206, "01234", { "content-range": "bytes 25-29/37" }],
  "its last bytes": ["/static/note.txt", { headers: { Range: "bytes=-3" } }, 206, "9.\n", { "content-range": "bytes 34-36/37" }],
  "a part that it does not have": ["/static/note.txt", { headers: { Range: "bytes=40-" } }, 416, /^/, { "content-range": "bytes */37" }],
  "the client": ["/socket.io/socket.io.js", {}, 200, /Socket\.IO v4\.8/, { "content-type": /javascript/, etag: /"/ }],
  "the minified client": ["/socket.io/socket.io.min.js", {}, 200, /Socket\.IO v4\.8/, { "content-type": /javascript/ }],
  "the client as a module": ["/socket.io/socket.io.esm.min.js", {}, 200, /export/, { "content-type": /javascript/ }],
  "the client with msgpack": ["/socket.io/socket.io.msgpack.min.js", {}, 200, /Socket\.IO v4\.8/, { "content-type": /javascript/ }],
  "the client's map": ["/socket.io/socket.io.js.map", {}, 200, /"mappings"/, { "content-type": /json/ }],
  "another file of the client's package": ["/socket.io/package.json", {}, 404, /./],
};

describe("HTTP", () => {
  let server;
  before(async () => {
    server = await Server.start("scenario.lua");
  });
  after(() => server.stop());

  for (const [what, [path, options, status, body, headers]] of Object.entries(requests))
    it(`answers ${what}`, async () => {
      const response = await fetch(server.url + path, options);
      const text = await response.text();
      assert.equal(response.status, status, text);
      if (typeof body === "string") assert.equal(text, body);
      else if (body instanceof RegExp) assert.match(text, body);
      else assert.deepEqual(JSON.parse(text), body);
      for (const [name, value] of Object.entries(headers ?? {})) {
        const got = response.headers.get(name) ?? "";
        if (value instanceof RegExp) assert.match(got, value, name);
        else assert.equal(got, value, name);
      }
    });

  for (const path of ["/static/note.txt", "/socket.io/socket.io.min.js"])
    it(`tells that ${path} has not changed`, async () => {
      const first = await fetch(server.url + path);
      await first.text();
      for (const headers of [
        { "If-None-Match": first.headers.get("etag") },
        { "If-None-Match": `"other", ${first.headers.get("etag")}` },
      ]) {
        const again = await fetch(server.url + path, { headers });
        assert.deepEqual([again.status, await again.text()], [304, ""]);
      }
      const changed = await fetch(server.url + path, { headers: { "If-None-Match": '"other"' } });
      assert.equal(changed.status, 200);
      await changed.text();
    });

  it("takes a form in parts", async () => {
    const body = new FormData();
    body.append("text", "two\nlines"); // sent with CR LF, as the specification of FormData has it
    body.append("file", new Blob(["not a field"]), "note.txt");
    const response = await fetch(`${server.url}/form`, { method: "POST", body });
    assert.deepEqual(await response.json(), { text: "two\r\nlines", method: "POST" });
  });

  for (const path of [
    "/static/../scenario.lua",
    "/static/%2e%2e/scenario.lua",
    "/static/..%2fscenario.lua",
    "/static/%2e%2e%2fscenario.lua",
    "/static/x/../../scenario.lua",
    "/static//etc/passwd",
    "/static/note.txt%00.html",
    "/socket.io/../../package.json",
    "/socket.io/..%2f..%2fpackage.json",
  ])
    it(`leaves no folder by ${path}`, async () => {
      const wire = await Wire.open(server.port);
      wire.write(request("GET", path, { Connection: "close" }));
      const [, status] = await wire.heard(/^HTTP\/1\.1 (\d{3})/);
      assert.ok(["400", "403", "404"].includes(status), wire.text);
      wire.drop();
    });

  it("answers requests one after the other on one connection", async () => {
    const wire = await Wire.open(server.port);
    wire.write(request("GET", "/teapot"));
    await wire.heard(/short and stout/);
    wire.write(request("POST", "/form", { "Content-Length": 6, "Content-Type": "application/x-www-form-urlencoded" }, "text=1"));
    await wire.heard(/"text":"1"/);
    wire.write(request("GET", "/static/note.txt"));
    await wire.heard(/0123456789/);
    wire.drop();
  });

  it("refuses a body that is too long, and goes on", async () => {
    assert.equal(await statusOf(server.port, request("POST", "/form", { "Content-Length": 1e12 })), 413);
    assert.equal((await fetch(`${server.url}/teapot`)).status, 418);
  });

  it("lets a route emit to the sockets", async () => {
    const socket = await server.client(road("polling"));
    const response = await fetch(`${server.url}/shout`, { ...form, body: "text=from+a+route" });
    assert.deepEqual(await response.json(), { told: 1 });
    assert.deepEqual(await heard(socket, "said"), ["from a route"]);
  });

  it("logs the error of a route with its place, and not to the client", async () => {
    const from = server.log.length;
    const text = await (await fetch(`${server.url}/broken`)).text();
    assert.doesNotMatch(text, /broken route|scenario\.lua/);
    await server.logged(/scenario\.lua:\d+: broken route[^]*traceback/, from);
  });
});
