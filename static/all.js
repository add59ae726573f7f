// The page of scripts/all.lua: links to the programs, and how many pages each of them has open.
// It is connected to the namespace "/", the programs to their own.
// It counts nothing: the script does.

import { showState } from "./utils.js";

const socket = io();
showState(socket, document.getElementById("state"));

socket.on("count", (counts) => {
  for (const node of document.querySelectorAll("[data-count]")) {
    const count = counts[node.dataset.count];
    node.textContent = count ? `${count} here` : "";
  }
});
