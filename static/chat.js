// The page of scripts/chat.lua: a door to come in by with a name, then the room, the rooms, and who is there.
// What others wrote is shown through textContent only, so that no message becomes HTML.
// What may be said, and how often, the script decides; the page shows why something was refused.

import { $, element, recall, remember, showState } from "./utils.js";

const MAX_ENTRIES = 300;
const STOPPED_TYPING = 3000; // milliseconds without a key

const socket = io(location.pathname, { closeOnBeforeunload: true }); // the path of a page is its namespace
let me = null; // my name as the script has it; null outside
let sid; // under which I came in: after a lost connection it says who I was
let room = "";

showState(socket, $("state"));
$("name").value = recall("name") ?? "";

// ---- Coming in -------------------------------------------------------------------------------------

socket.on("connect", () => {
  $("in").disabled = $("send").disabled = false;
  isTyping = false;
  if (me !== null) enter(me);
});
socket.on("disconnect", () => { $("in").disabled = $("send").disabled = true; });

$("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  remember("name", $("name").value);
  enter($("name").value);
});

function enter(wanted) {
  if (!socket.connected) return;
  socket.emit("enter", wanted, room || location.hash && decodeHash(), sid, (name, answer) => {
    if (name === null) return void ($("door-problem").textContent = answer);
    me = name;
    sid = socket.id;
    $("me").textContent = name;
    $("door").hidden = true;
    $("chat").hidden = false;
    showRoom(answer);
  });
}

function decodeHash() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; }
}

// ---- The rooms -------------------------------------------------------------------------------------

function showRoom(answer) {
  room = answer.room;
  $("room").textContent = room;
  $("problem").textContent = "";
  history.replaceState(null, "", `#${encodeURIComponent(room)}`);
  $("log").replaceChildren(...answer.history.map(entryRow));
  $("log").scrollTop = $("log").scrollHeight;
  showPeople(answer.people);
  showRooms(answer.rooms);
  $("text").focus();
}

function go(name) {
  if (!socket.connected) return;
  socket.emit("go", name, (answer, problem) => {
    if (answer === null) $("problem").textContent = problem;
    else showRoom(answer);
  });
}

$("make").addEventListener("submit", (event) => {
  event.preventDefault();
  go($("new-room").value);
  $("new-room").value = "";
});

socket.on("rooms", showRooms);
socket.on("people", showPeople);

function showRooms(rooms) {
  const focused = $("rooms").contains(document.activeElement) ? document.activeElement.dataset.name : null;
  $("rooms").replaceChildren(...rooms.map(({ name, count }) => {
    const button = element("button", "");
    button.type = "button";
    button.className = "plain";
    button.dataset.name = name;
    button.append(element("bdi", name), element("small", count));
    if (name === room) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => go(name));
    const row = element("li", "");
    row.append(button);
    return row;
  }));
  [...$("rooms").querySelectorAll("button")].find((button) => button.dataset.name === focused)?.focus();
}

function showPeople(names) {
  $("people").replaceChildren(...names.map((name) => {
    const row = element("li", "");
    row.append(dot(name), element("bdi", name));
    if (name === me) row.append(element("small", "you"));
    return row;
  }));
}

// A colour for each name, the same on every page.
function dot(name) {
  const node = element("i", "");
  node.className = "dot";
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  node.style.setProperty("--hue", Math.round(sum * 137.5) % 360); // neighbours lie far apart
  return node;
}

// ---- What is said ----------------------------------------------------------------------------------

socket.on("entry", (entry) => {
  const log = $("log");
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  log.append(entryRow(entry));
  while (log.children.length > MAX_ENTRIES) log.firstElementChild.remove();
  if (follows) log.scrollTop = log.scrollHeight;
});

function entryRow({ kind, time, name, text }) {
  const row = element("li", "");
  const when = element("time", new Date(time * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  when.dateTime = new Date(time * 1000).toISOString();
  row.className = kind;
  if (kind === "news") row.append(element("bdi", name), ` ${text}`, when);
  else row.append(dot(name), element("b", name), when, element("p", text));
  for (const words of row.querySelectorAll("b, p")) words.dir = "auto"; // Arabic and Hebrew begin at the right
  if (kind === "said" && name === me) row.classList.add("mine");
  return row;
}

$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!socket.connected) return;
  const text = $("text").value;
  $("text").value = "";
  stopTyping();
  socket.emit("say", text, (said, problem) => {
    $("problem").textContent = said ? "" : problem;
    if (!said && !$("text").value) $("text").value = text; // what was refused is not lost
  });
});

// ---- Who is typing ---------------------------------------------------------------------------------

let isTyping = false;
let timer;

$("text").addEventListener("input", () => {
  clearTimeout(timer);
  if (!$("text").value) return stopTyping();
  timer = setTimeout(stopTyping, STOPPED_TYPING);
  if (isTyping) return;
  isTyping = true;
  socket.volatile.emit("typing", true);
});

function stopTyping() {
  clearTimeout(timer);
  if (isTyping) socket.volatile.emit("typing", false);
  isTyping = false;
}

socket.on("typing", (names) => {
  const others = names.filter((name) => name !== me);
  $("typing").textContent = sentence(others);
});

function sentence(names) {
  if (names.length > 3) return "Several people are typing…";
  if (names.length > 1) return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are typing…`;
  return names.length ? `${names[0]} is typing…` : "";
}
