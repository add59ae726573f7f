// The page of scripts/custom.lua: sends events of any name with any arguments, and shows all that comes back.
// The examples call the script's handlers one by one; the form shows what each of them sends.
// It knows no event of the script by heart: onAny hears every name, even one that a student adds.

import { $, addRow, asJson, connectionButtons, element, showState } from "./utils.js";

const ACK_WITHIN = 5000; // milliseconds

const EXAMPLES = [
  { event: "knock", lines: [], about: "no argument" },
  { event: "greet", lines: ['"Ada"'], about: "one argument" },
  { event: "swap", lines: ["1", '"two"'], about: "several arguments" },
  { event: "order", lines: ['{"item": "pear", "count": 3}'], about: "an object each way" },
  { event: "add", lines: ["2", "3"], ack: true, about: "acknowledged" },
  { event: "to_me", lines: ['"hello"'], about: "only I hear it" },
  { event: "to_others", lines: ['"hello"'], about: "everyone but me" },
  { event: "to_everyone", lines: ['"hello"'], about: "everyone" },
  { event: "no_such_event", lines: ["true"], ack: true, about: "a name the script does not know" },
];

const socket = io(location.pathname, { autoConnect: false }); // the page's path is its namespace; the buttons connect
const log = $("log");
const join = (values) => values.length ? values.map(asJson).join(", ") : "no arguments";

const examples = EXAMPLES.map((example) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.append(element("code", example.event), element("small", example.about));
  button.addEventListener("click", () => {
    $("event").value = example.event;
    $("args").value = example.lines.join("\n");
    $("ack").checked = example.ack === true;
    send();
  });
  $("known").append(new Option(example.event));
  return button;
});
$("examples").append(...examples);

const show = showState(socket, $("state"));
connectionButtons(socket, {
  connect: $("connect"), disconnect: $("disconnect"), show, needs: [$("send"), ...examples],
});

socket.on("connect", () => addRow(log, "note", "connected", `I am ${socket.id}`));
socket.on("disconnect", (reason) => addRow(log, "note", "disconnected", reason));
socket.onAny((event, ...args) => addRow(log, "in", event, join(args)));

// One JSON value a line. Raises an Error that names the line.
function readArgs(text) {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "").map((line) => {
    try {
      return JSON.parse(line);
    } catch {
      throw new Error(`${line} is no JSON value. Did you mean ${JSON.stringify(line)}?`);
    }
  });
}

function send() {
  const event = $("event").value.trim();
  $("problem").textContent = "";
  try {
    const args = readArgs($("args").value);
    if ($("ack").checked) sendAndWait(event, args);
    else socket.emit(event, ...args); // raises for the names that Socket.IO keeps for itself
    addRow(log, "out", event, join(args));
  } catch (error) {
    $("problem").textContent = error.message;
  }
}

function sendAndWait(event, args) {
  socket.timeout(ACK_WITHIN).emit(event, ...args, (error, ...answer) => {
    if (error) addRow(log, "note", `${event}: no acknowledgement`, `within ${ACK_WITHIN / 1000} s`);
    else addRow(log, "ack", `${event} acknowledged`, join(answer));
  });
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (socket.connected) send();
});

$("clear").addEventListener("click", () => log.replaceChildren());
