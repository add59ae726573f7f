// Serves support_server.lua on port 3210, where the JS client's own test suite looks for a server.
// The suite counts on a handshake that takes 10 ms, so a door stands before the server in which
// whoever opens a session waits that long. Run it as MOONWIRE=build/moonwire node
// spec/clients/support_server.mjs, and the suite beside it. It tests nothing by itself.
import { once } from "node:events";
import net from "node:net";
import { Server, sleep } from "./harness.mjs";

const HANDSHAKE_MS = 10;
const port = Number(process.argv[2] ?? 3210);

const server = await Server.start("support_server.lua");

async function pass(client) {
  const inner = net.connect({ port: server.port, host: "127.0.0.1", noDelay: true });
  for (const [from, to] of [[client, inner], [inner, client]])
    from.on("error", () => to.destroy()).on("close", () => to.destroy());
  const [first] = await once(client, "data");
  client.pause();
  if (!/[?&]sid=/.test(first.toString("latin1"))) await sleep(HANDSHAKE_MS);
  inner.write(first);
  client.pipe(inner).pipe(client);
}

const door = net.createServer({ noDelay: true }, (client) => pass(client).catch(() => client.destroy()));
door.listen(port, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${door.address().port}`));

for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, async () => {
    door.close();
    await server.stop();
    process.exit(0);
  });
