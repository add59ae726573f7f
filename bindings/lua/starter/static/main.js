// The page's half of main.lua: shows what is said, says what is typed.
const socket = io();
const state = document.getElementById("state");
const field = document.getElementById("text");

socket.on("connect", () => { state.textContent = "Connected"; });
socket.on("disconnect", () => { state.textContent = "Not connected"; });

socket.on("said", (text) => {
  const row = document.createElement("li");
  row.textContent = text;
  document.getElementById("messages").append(row);
});

document.getElementById("form").addEventListener("submit", (event) => {
  event.preventDefault();
  socket.emit("say", field.value, (answer) => { state.textContent = answer; });
  field.value = "";
});
