// The page of scripts/clicker.lua, once somebody is logged in: a coin to dig, a shop, a list, private messages.
// It counts nothing itself: every number on it comes from the script, so that all tabs show the same.
// The login is a form without any script.

import { $, element, showState } from "./utils.js";

const MAX_WHISPERS = 100;
const { name } = document.body.dataset;

if (name !== undefined) play();

function play() {
  const socket = io(location.pathname); // the path of a page is its namespace
  const items = [...document.querySelectorAll("[data-item]")];
  let you = null;

  showState(socket, $("state"));
  ["connect", "disconnect"].forEach((event) => socket.on(event, showEnabled));
  socket.on("disconnect", (reason) => {
    if (reason === "io server disconnect") location.reload(); // logged out in another tab
  });
  socket.on("connect_error", () => { if (!socket.active) location.reload(); }); // the session has ended

  function showEnabled() {
    $("dig").disabled = $("send").disabled = !socket.connected;
    for (const item of items) item.disabled = !socket.connected || !you;
    for (const item of items) item.classList.toggle("dear", Boolean(you) && you.gold < you.shop[item.dataset.item].price);
  }

  socket.on("you", (now) => {
    you = now;
    $("gold").textContent = now.gold.toLocaleString("en");
    $("earned").textContent = now.earned.toLocaleString("en");
    $("per-dig").textContent = now.per_dig.toLocaleString("en");
    $("per-second").textContent = now.per_second.toLocaleString("en");
    for (const item of items) {
      const { price, owned } = now.shop[item.dataset.item];
      item.querySelector(".price").textContent = price.toLocaleString("en");
      item.querySelector(".owned").textContent = owned;
    }
    showEnabled();
  });

  $("dig").addEventListener("click", () => { if (socket.connected) socket.emit("dig"); });
  for (const item of items) {
    item.addEventListener("click", () => socket.emit("buy", item.dataset.item, (bought, problem) => {
      $("shop-problem").textContent = bought ? "" : problem;
    }));
  }

  socket.on("leaders", (leaders) => {
    $("leaders").replaceChildren(...leaders.map((leader) => {
      const row = element("li", "");
      row.append(element("bdi", leader.name), element("b", leader.earned.toLocaleString("en")));
      row.classList.toggle("me", leader.name === name);
      return row;
    }));
  });

  // Whoever was chosen stays chosen, even when gone: or a private message would reach somebody else.
  let chosen = "";
  $("to").addEventListener("change", () => { chosen = $("to").value || chosen; });
  socket.on("online", (online) => {
    const others = online.filter((other) => other !== name);
    chosen ||= others[0] ?? "";
    const options = others.map((other) => new Option(other, other));
    if (!others.includes(chosen)) options.unshift(new Option(chosen ? `${chosen} is gone` : "Nobody else is here", ""));
    $("to").replaceChildren(...options);
    $("to").value = others.includes(chosen) ? chosen : "";
  });

  $("whisper").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!socket.connected) return;
    const text = $("text").value;
    $("text").value = "";
    socket.emit("whisper", $("to").value, text, (sent, problem) => {
      $("problem").textContent = sent ? "" : problem;
      if (!sent && !$("text").value) $("text").value = text; // what was refused is not lost
    });
  });

  socket.on("whisper", ({ from, to, text }) => {
    const row = element("li", "");
    row.className = from === name ? "out" : "in";
    row.append(element("b", from === name ? `to ${to}` : from), element("span", text));
    $("whispers").append(row);
    while ($("whispers").children.length > MAX_WHISPERS) $("whispers").firstElementChild.remove();
    $("whispers").scrollTop = $("whispers").scrollHeight;
  });
}
