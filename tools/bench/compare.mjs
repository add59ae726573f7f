#!/usr/bin/env node
// Measures Moonwire beside socket.io on Node, in turns in one run, and prints medians and ratios:
//     node tools/bench/compare.mjs [words of a load's name...]
// In turns, since the machine's speed wanders: trust the ratio before the figure. MOONWIRE names the
// executable (build/moonwire), ROUNDS how often (3). It does not check what is said: the tests do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { loads } from "./loads.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CLOCK_TICKS = 100; // a second, in /proc
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const commands = {
  moonwire: (port) => [process.env.MOONWIRE ?? here("../../build/moonwire"), here("server.lua"), "--no-reload", "--port", port],
  node: (port) => [process.execPath, here("server.mjs"), port],
};

async function free_port() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

async function answers(port, patience = 200) {
  for (; patience; patience--) {
    const up = await fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`).then(() => true, () => false);
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no server answers on port ${port}`);
}

function cpu_seconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}

function resident_bytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
}

/** The figure of one load on a server of its own. */
async function measure(kind, load) {
  const port = await free_port();
  const [program, ...args] = commands[kind](String(port));
  const child = spawn(program, args, { stdio: "ignore" });
  const ended = once(child, "close");
  try {
    await answers(port);
    return await load({ port, cpu: () => cpu_seconds(child.pid), rss: () => resident_bytes(child.pid) });
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const shown = (figure) => figure.toPrecision(figure < 1000 ? 3 : Math.ceil(Math.log10(figure)));

const wanted = Object.entries(loads).filter(([name]) => process.argv.slice(2).every((word) => name.includes(word)));
if (!wanted.length) {
  console.error(`no load is called so; the loads are:\n  ${Object.keys(loads).join("\n  ")}`);
  process.exit(2);
}
console.log("| load | Moonwire | socket.io on Node | ratio |\n|---|---|---|---|");
for (const [name, [unit, load]] of wanted) {
  const figures = { moonwire: [], node: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const kind of Object.keys(figures)) figures[kind].push(await measure(kind, load));
  const [ours, theirs] = [median(figures.moonwire), median(figures.node)];
  console.log(`| ${name}, ${unit} | ${shown(ours)} | ${shown(theirs)} | ${(theirs / ours).toFixed(1)} |`);
}
