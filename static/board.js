// The page of scripts/board.lua: a list of games, or with ?game=… in its address the table of one.
// It draws the state that the script sends, and asks for moves; whether one is allowed it does not know.
// The key that it sends in `auth` is kept for this tab, so that a page that is loaded anew has its seat back.

import { $, element, recall, remember, showState } from "./utils.js";

const DISCS = ["empty", "orange", "yellow"];
const id = new URLSearchParams(location.search).get("game");
const board = $("board");
const COLUMNS = Number(board.dataset.columns);
const ROWS = Number(board.dataset.rows);

const socket = io(location.pathname, { auth: { key: myKey() } }); // the path of a page is its namespace
let state = null;
let mine = 0; // my seat: 1, 2, or 0 for who watches

showState(socket, $("state"));
show(id ? "table" : "lobby");
$("name").value = $("seat-name").value = recall("name") ?? "";

// One of the three things that this page can be.
function show(which) {
  for (const one of ["lobby", "table", "gone"]) $(one).hidden = one !== which;
}

function myKey() {
  let key = recall("board-key", "sessionStorage");
  if (!key) {
    key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    remember("board-key", key, "sessionStorage");
  }
  return key;
}

socket.on("connect", () => {
  $("begin").disabled = false;
  if (id) ask("enter", id).then(seated, noGame);
  else ask("lobby").then(showGames);
});
socket.on("disconnect", () => { $("begin").disabled = true; });

// Asks the script for something; what it answers is a value, or nothing and why not.
function ask(event, ...args) {
  $("problem").textContent = "";
  return new Promise((resolve, reject) => {
    socket.emit(event, ...args, (value, problem) => {
      if (problem === undefined) return resolve(value);
      $("problem").textContent = problem;
      reject(new Error(problem));
    });
  });
}
const tellOnly = () => {}; // the problem is on the page already

// ---- The list of games -----------------------------------------------------------------------------

socket.on("lobby", showGames);

function showGames(games) {
  $("games").replaceChildren(...games.map(({ id, names }) => {
    const link = element("a", "");
    link.href = `?game=${encodeURIComponent(id)}`;
    link.append(element("bdi", names.join(" and ")), element("small", names.length < 2 ? "a seat is free" : "watch"));
    const row = element("li", "");
    row.append(link);
    return row;
  }));
}

$("new").addEventListener("submit", (event) => {
  event.preventDefault();
  remember("name", $("name").value);
  ask("new", $("name").value).then((id) => { location.search = `?game=${id}`; }, tellOnly);
});

// ---- The table -------------------------------------------------------------------------------------

const columns = Array.from({ length: COLUMNS }, (_, at) => {
  const column = element("button", "");
  column.type = "button";
  column.setAttribute("aria-label", `column ${at + 1}`);
  column.append(...Array.from({ length: ROWS }, () => element("i", "")));
  column.addEventListener("click", () => drop(at));
  board.append(column);
  return column;
});

function drop(at) {
  if (!state || !socket.connected) return;
  ask("drop", at + 1).catch(tellOnly);
}

addEventListener("keydown", (event) => {
  if (!id || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  const at = columns.indexOf(document.activeElement);
  if (event.key >= "1" && event.key <= String(COLUMNS)) {
    columns[event.key - 1].focus();
    drop(event.key - 1);
  } else if (event.key === "ArrowLeft") columns[(at < 0 ? 0 : at - 1 + COLUMNS) % COLUMNS].focus();
  else if (event.key === "ArrowRight") columns[(at + 1) % COLUMNS].focus();
  else return;
  event.preventDefault();
});

function seated(seat) {
  mine = seat;
  show("table");
  if (state) draw();
}

// The server has forgotten it: nobody looked at it for ten minutes, or the server was started anew.
function noGame(error) {
  $("why").textContent = error.message;
  show("gone");
}

socket.on("state", (now) => {
  const moved = state && now.moves === state.moves + 1;
  state = now;
  draw();
  if (moved) fall(now.last - 1);
});

function draw() {
  const myTurn = mine > 0 && state.turn === mine && !state.winner && state.seats.every(Boolean);
  board.classList.toggle("mine", myTurn);
  board.dataset.disc = DISCS[mine];
  state.cells.forEach((disc, at) => {
    const cell = cellAt(at);
    cell.className = DISCS[disc];
    cell.classList.toggle("last", at === state.last - 1);
    cell.classList.toggle("won", state.line.includes(at + 1));
  });
  columns.forEach((column, at) => column.setAttribute("aria-label", describe(at)));
  $("turn").textContent = sentence(myTurn);
  $("turn").dataset.disc = DISCS[state.winner === 3 ? 0 : state.winner || state.turn];
  showSeats();
}

const cellAt = (at) => columns[at % COLUMNS].children[Math.floor(at / COLUMNS)];

function describe(column) {
  const discs = [];
  for (let row = ROWS - 1; row >= 0; row--) discs.push(DISCS[state.cells[row * COLUMNS + column]]);
  const some = discs.filter((disc) => disc !== "empty");
  return `Column ${column + 1}: ${some.length ? `${some.join(", ")} from below` : "empty"}`;
}

const nameOf = (seat) => state.seats[seat - 1]?.name ?? "Nobody";

function sentence(myTurn) {
  if (state.winner === 3) return "The board is full: nobody wins.";
  if (state.winner) return state.winner === mine ? "You win!" : `${nameOf(state.winner)} wins.`;
  if (!state.seats.every(Boolean)) return mine ? "Waiting for somebody to play against. Send the link." : "A seat is free.";
  return myTurn ? "Your turn." : `${nameOf(state.turn)} is to move.`;
}

function fall(at) {
  const rows = Math.floor(at / COLUMNS) + 1;
  const { matches: still } = matchMedia("(prefers-reduced-motion: reduce)");
  if (still) return;
  cellAt(at).animate([{ translate: `0 ${-rows * 110}%` }, { translate: "0 0" }],
    { duration: 130 + rows * 55, easing: "cubic-bezier(.5, 0, .9, .6)" });
}

// ---- Who plays -------------------------------------------------------------------------------------

function showSeats() {
  $("seats").replaceChildren(...state.seats.map((seat, at) => seatRow(seat, at + 1)));
  $("sit-as").hidden = mine > 0 || state.seats.every((seat) => seat?.here);
  $("watching").textContent = { 0: "Nobody is watching.", 1: "One is watching." }[state.watching] ?? `${state.watching} are watching.`;
  $("again").hidden = !mine || !state.winner;
  $("again").disabled = Boolean(state.seats[mine - 1]?.again);
  $("again").textContent = $("again").disabled ? "Waiting for the other" : "Play again";
  $("stand").hidden = !mine;
}

function seatRow(seat, n) {
  const row = element("li", "");
  const disc = element("i", "");
  disc.className = DISCS[n];
  row.append(disc);
  if (seat) row.append(element("bdi", seat.name), element("small", note(seat, n)), element("b", state.score[n - 1]));
  else row.append(element("bdi", "Nobody yet"));
  if (!mine && !seat?.here) row.append(sitButton(n));
  return row;
}

function note(seat, n) {
  if (n === mine) return "you";
  if (!seat.here) return "is gone";
  return seat.again ? "wants to play again" : "";
}

function sitButton(n) {
  const button = element("button", "Sit here");
  button.type = "button";
  button.addEventListener("click", () => {
    remember("name", $("seat-name").value);
    ask("sit", n, $("seat-name").value).then(seated, tellOnly);
  });
  return button;
}

$("again").addEventListener("click", () => ask("rematch").catch(tellOnly));
$("stand").addEventListener("click", () => ask("stand_up").then(seated, tellOnly));

// ---- The link --------------------------------------------------------------------------------------

$("link").value = location.href;
$("link").addEventListener("focus", () => $("link").select());
$("copy").addEventListener("click", async () => {
  $("link").select();
  try { await navigator.clipboard.writeText($("link").value); } catch { document.execCommand("copy"); } // no clipboard over plain HTTP
  $("copy").textContent = "Copied";
  setTimeout(() => { $("copy").textContent = "Copy"; }, 1500);
});
