// The page of scripts/basic.lua: two buttons, one message, and a list of what the server sends.
// It is the shortest use of the Socket.IO client there is: connect, send, and listen.
// It decides nothing: who reads a message is the script's business.

import { $, addRow, asText, connectionButtons, showState } from "./utils.js";

const socket = io(location.pathname, { autoConnect: false }); // the page's path is its namespace; the buttons connect
const log = $("log");

const show = showState(socket, $("state"));
connectionButtons(socket, {
  connect: $("connect"), disconnect: $("disconnect"), show, needs: [$("send")],
});

socket.on("connect", () => addRow(log, "note", "connected", `I am ${socket.id}`));
socket.on("disconnect", (reason) => addRow(log, "note", "disconnected", reason));

// What scripts/basic.lua sends. "message" is the event of send() on both sides.
socket.on("message", (text) => addRow(log, "in", "message", asText(text)));
socket.on("joined", (sid) => addRow(log, "in", "joined", asText(sid)));
socket.on("left", (sid, reason) => addRow(log, "in", "left", `${asText(sid)} (${asText(reason)})`));

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!socket.connected) return;
  socket.send($("text").value);
  $("text").value = "";
  $("text").focus();
});

$("clear").addEventListener("click", () => log.replaceChildren());
