// What the pages share: the state of the connection in words, a bounded list of rows, and values as text.
// Everything that came over the wire is shown through textContent, so that no name or message becomes HTML.
// It sends nothing itself: what a page emits stands in the script of that page.

const MAX_ROWS = 200;
const MAX_TEXT = 1000;

export const $ = (id) => document.getElementById(id);

// A value as a student would write it in JSON; binary attachments by their length, long texts cut.
export function asJson(value) {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value, (_, part) =>
    part instanceof ArrayBuffer ? `binary, ${part.byteLength} bytes` : part);
  return clip(text);
}

export function asText(value) {
  return typeof value === "string" ? clip(value) : asJson(value);
}

function clip(text) {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

// Adds a row to a list and drops the oldest beyond MAX_ROWS. `kind` is "in", "out", "ack" or "note".
export function addRow(list, kind, label, text) {
  const follows = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const row = document.createElement("li");
  row.className = kind;
  row.append(
    element("time", new Date().toLocaleTimeString([], { hour12: false })),
    element("b", label),
    element("span", text),
  );
  list.append(row);
  while (list.children.length > MAX_ROWS) list.firstElementChild.remove();
  if (follows) list.scrollTop = list.scrollHeight;
}

export function element(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

const TRANSPORTS = { websocket: "WebSocket", polling: "long-polling", webtransport: "WebTransport" };

// Keeps `box` saying how the connection is. Its data-state is for the stylesheet: connected, waiting,
// refused or disconnected. A socket that is `active` tries again by itself; any other waits for connect().
// Returns the function that says it, for what no event tells of.
export function showState(socket, box) {
  const manager = socket.io;
  const show = (state, text) => {
    box.dataset.state = state;
    box.textContent = text;
  };
  const connected = () => {
    if (!socket.connected) return;
    const name = manager.engine.transport.name;
    show("connected", `Connected over ${TRANSPORTS[name] ?? name}`);
  };

  socket.on("connect", () => {
    connected();
    manager.engine.once("upgrade", connected); // it often starts with polling, and goes on over WebSocket
  });
  socket.on("connect_error", (error) => {
    if (socket.active) show("waiting", "No answer, trying again");
    else show("refused", `Refused: ${error.message}`);
  });
  socket.on("disconnect", (reason) => {
    if (socket.active) show("waiting", `Connection lost: ${reason}`);
    else show("disconnected", `Disconnected: ${reason}`);
  });
  manager.on("reconnect_attempt", (attempt) => show("waiting", `Reconnecting, attempt ${attempt}`));
  if (socket.active) show("waiting", "Connecting");
  return show;
}

// The pair of buttons that opens and ends the connection. `needs` are the controls that only work
// while it is open, `show` is what showState returned.
export function connectionButtons(socket, { connect, disconnect, needs, show }) {
  const refresh = () => {
    const focused = document.activeElement;
    connect.disabled = socket.active;
    disconnect.disabled = !socket.active;
    needs.forEach((control) => { control.disabled = !socket.connected; });
    // A button that is switched off loses the focus: hand it to its partner.
    if (focused === connect && connect.disabled) disconnect.focus();
    if (focused === disconnect && disconnect.disabled) connect.focus();
  };
  connect.addEventListener("click", () => {
    show("waiting", "Connecting");
    socket.connect();
    refresh();
  });
  disconnect.addEventListener("click", () => {
    if (!socket.connected) show("disconnected", "Not connected"); // no event tells of what never began
    socket.disconnect();
    refresh();
  });
  ["connect", "connect_error", "disconnect"].forEach((event) => socket.on(event, refresh));
  refresh();
}

// What the browser keeps for these pages, texts by name: for good, or in "sessionStorage" for as long as the tab
// is open. A browser that keeps nothing is one that forgets.
export function remember(name, text, storage = "localStorage") {
  try { globalThis[storage].setItem(name, text); } catch { /* then it is not kept */ }
}

export function recall(name, storage = "localStorage") {
  try { return globalThis[storage].getItem(name); } catch { return null; }
}
