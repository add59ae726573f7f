// The page of scripts/game.lua: enters with a name, a shape and a colour, sends the keys, shows the players.
// It moves nobody, not even its own player: where everyone is comes from the script, in game_update.
// How that is drawn smoothly is in game_playback.js, the canvas in game_picture.js, the keys in game_controls.js.

import { $, element, showState } from "./utils.js";
import { Controls } from "./game_controls.js";
import { Picture, drawIcon, onColors } from "./game_picture.js";
import { Playback } from "./game_playback.js";

const LISTED = 40; // names in the list of players
const PING_EVERY = 1000; // milliseconds
const PING_WITHIN = 5000;
const COLORS = ["#e8590c", "#f2b705", "#2f9e44", "#1098ad", "#4c6ef5", "#be4bdb", "#e64980"];

// The page's path is its namespace.
const socket = io(location.pathname, { closeOnBeforeunload: true }); // who closes the window vanishes at once, by long-polling too
const form = $("enter");
const playback = new Playback();
const picture = new Picture($("field"));

showState(socket, $("state"));

// ---- What the script sends -------------------------------------------------------------------------

socket.on("game_update", (players) => {
  playback.add(players, performance.now());
  showPlayers(players);
});

// A new connection is a new player to the script: enter again as the one who was playing.
socket.on("connect", () => {
  sent = "";
  if (controls.playing) socket.emit("enter", look());
  controls.tell();
  showPlaying();
});

socket.on("disconnect", () => {
  playback.clear();
  showPlayers({});
  showPlaying();
});

function draw() {
  picture.draw(playback.players(performance.now()), socket.id);
  requestAnimationFrame(draw);
}
requestAnimationFrame(draw);

// ---- What the player does --------------------------------------------------------------------------

let sent = "";

const controls = new Controls((keys) => {
  const text = JSON.stringify(keys);
  if (!controls.playing || !socket.connected || text === sent) return;
  sent = text;
  socket.emit("move", keys);
});
controls.dragOn($("field"));
controls.dragOn($("pad"), $("pad").firstElementChild);

const look = () => ({ name: $("name").value, shape: form.elements.shape.value, color: $("color").value });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!socket.connected) return;
  socket.emit("enter", look());
  controls.playing = true;
  remember(look());
  showPlaying();
  $("field").focus({ preventScroll: true });
  $("field").scrollIntoView({ block: "nearest" });
});

$("leave").addEventListener("click", () => {
  controls.release();
  controls.playing = false;
  socket.emit("leave");
  showPlaying();
  $("play").focus();
});

function showPlaying() {
  const { playing } = controls;
  document.body.classList.toggle("playing", playing);
  $("play").disabled = !socket.connected;
  $("play").textContent = playing ? "Change" : "Enter";
  $("leave").hidden = !playing;
  $("leave").disabled = !socket.connected;
  $("notice").hidden = socket.connected && playing;
  $("notice").textContent = socket.connected ? "Choose a player and enter" : "Waiting for the server";
}

// The look of the last time; a browser that keeps nothing for this page gets a new one each time.
function remember(values) {
  try { localStorage.setItem("look", JSON.stringify(values)); } catch { /* then it is not kept */ }
}

function recall() {
  try { return JSON.parse(localStorage.getItem("look")) ?? {}; } catch { return {}; }
}

function chooseLook() {
  const any = (list) => list[Math.floor(Math.random() * list.length)];
  const shapes = [...form.elements.shape];
  const last = recall();
  $("name").value = last.name ?? "";
  $("color").value = last.color ?? any(COLORS);
  (shapes.find((choice) => choice.value === last.shape) ?? any(shapes)).checked = true;
}

function drawShapes() {
  document.querySelectorAll("[data-shape]").forEach((icon) => drawIcon(icon, icon.dataset.shape, $("color").value));
}
$("color").addEventListener("input", drawShapes);
onColors(drawShapes);
chooseLook();
drawShapes();
showPlaying();

// ---- Who is there, and how fast --------------------------------------------------------------------

let shown = "";

// Thirty times a second the same people are there: the list is only built when they change.
function showPlayers(players) {
  const all = Object.entries(players).sort(([a], [b]) => (a < b ? -1 : 1));
  const looks = JSON.stringify(all.map(([sid, { name, shape, color }]) => [sid, name, shape, color]));
  if (looks === shown) return;
  shown = looks;
  $("count").textContent = all.length;
  $("news").textContent = all.length === 1 ? "1 player" : `${all.length} players`;
  $("players").replaceChildren(...all.slice(0, LISTED).map(([sid, player]) => playerRow(player, sid === socket.id)));
  if (all.length > LISTED) $("players").append(element("li", `and ${all.length - LISTED} more`));
}

function playerRow({ name, shape, color }, mine) {
  const row = document.createElement("li");
  const icon = document.createElement("canvas");
  drawIcon(icon, shape, color);
  row.append(icon, element("bdi", name)); // bdi: a name written from right to left turns only itself
  if (mine) row.append(element("small", "you"));
  return row;
}

setInterval(() => {
  const now = performance.now();
  $("rate").textContent = socket.connected ? `${playback.rate(now).toFixed(1)}/s` : "–";
  if (!socket.connected) $("ping").textContent = "–";
  else measurePing(now);
}, PING_EVERY);

function measurePing(start) {
  socket.timeout(PING_WITHIN).emit("latency", (error) => {
    $("ping").textContent = error ? `over ${PING_WITHIN / 1000} s` : `${Math.round(performance.now() - start)} ms`;
  });
}
