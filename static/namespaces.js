// The page of scripts/namespaces.lua: one card for each namespace, with what arrives there and nowhere else.
// All three sockets share one Manager, and with it one connection: the client does that by itself.
// It keeps no secrets: the password is on the page, because being refused is part of the lesson.

import { $, addRow, asText, showState } from "./utils.js";

const { base } = document.body.dataset; // "" or "/namespaces": what the names begin with

const main = open("main", base || "/");
const chat = open("chat", `${base}/chat`, () => ({ name: $("name").value }));
open("notifications", `${base}/notifications`, () => ({ password: $("password").value }));

showState(main, $("state"));
main.connect();

function open(id, namespace, auth = () => ({})) {
  const card = $(id);
  const part = (name) => card.querySelector(name);
  const socket = io(namespace, { autoConnect: false, auth: (give) => give(auth()) });
  const show = (state, text) => {
    part(".within").dataset.state = state;
    part(".within").textContent = text;
    part(".join").textContent = socket.active ? "Disconnect" : "Connect";
    part(".join").classList.toggle("plain", socket.active);
    card.querySelectorAll(".hello, .send").forEach((button) => { button.disabled = !socket.connected; });
  };

  part("h2 code").textContent = namespace;
  socket.on("connect", () => show("connected", `Connected as ${socket.id}`));
  socket.on("disconnect", (reason) => show(socket.active ? "waiting" : "disconnected", `Disconnected: ${reason}`));
  socket.on("connect_error", (error) => {
    show(socket.active ? "waiting" : "refused", socket.active ? "No answer, trying again" : `Refused: ${error.message}`);
    if (error.data?.field) $(error.data.field)?.focus();
  });
  socket.onAny((event, ...args) => addRow(part(".rows"), "in", event, args.map(asText).join(": ")));
  part(".join").addEventListener("click", () => {
    if (socket.active) {
      socket.disconnect();
      show("disconnected", "Not connected");
    } else {
      socket.connect();
      show("waiting", "Connecting");
    }
  });
  part(".hello").addEventListener("click", () => socket.emit("hello"));
  return socket;
}

$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!chat.connected) return;
  chat.emit("say", $("text").value);
  $("text").value = "";
});
