// The errors of the script, laid over the page.
// In a shadow root, so that neither's styles reach the other. It takes no focus and eats no key: whoever plays goes on
// playing. Every text goes in as a text and never as HTML, since part of it may come from anyone.
import { STYLE } from "./debug_style.js";

const TITLES = {
  load: "The script was not reloaded",
  template: "A template was not reloaded",
  run: "An error in the script",
};

function make(tag, name, ...children) {
  const element = document.createElement(tag);
  element.className = name;
  element.append(...children);
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function makeButton(name, onclick) {
  const button = make("button", name);
  button.type = "button";
  button.addEventListener("click", onclick);
  return button;
}

// The lines around the place, the one itself marked.
function makeSource({ lines, line, first }) {
  const texts = lines.split("\n").slice(0, -1);
  return make("pre", "source", ...texts.map((text, i) => {
    const name = first + i === line ? "row here" : "row";
    return make("span", name, make("i", "number", String(first + i)), text + "\n");
  }));
}

// The place is shown by itself: the message need not begin with it.
function saidBy({ message, file, line }) {
  const place = `${file}:${line}: `;
  return line && message.startsWith(place) ? message.slice(place.length) : message;
}

// What stays the same of an error is made once; what it says and how often may change.
class Article {
  constructor(error) {
    this.what = make("p", "what");
    this.message = make("p", "message");
    this.count = make("span", "count");
    this.trace = make("pre", "trace");
    this.traceBox = make("details", "", make("summary", "", "Traceback"), this.trace);
    const place = error.line ? [make("p", "place", `${error.file}, line ${error.line}`)] : [];
    const source = error.lines ? [makeSource(error)] : [];
    this.element = make("article", error.kind, make("h2", "", TITLES[error.kind], this.count), this.what, this.message,
      ...place, ...source, this.traceBox);
    this.update(error);
  }

  update(error) {
    setText(this.what, error.what);
    setText(this.message, saidBy(error));
    setText(this.count, error.count > 1 ? `${error.count} times` : "");
    setText(this.trace, error.traceback);
    this.traceBox.hidden = !error.traceback;
  }
}

export class Overlay {
  constructor() {
    this.articles = new Map(); // by the error's id
    this.hidden = new Set(); // ids that were there when the panel was closed
    this.standing = make("div", ""); // what keeps a saved file from taking effect
    this.raised = make("div", "");
    this.note = make("p", "note");
    this.news = make("p", "unseen");
    this.news.role = "status";
    this.close = makeButton("close", () => this.hide());
    this.close.append("Hide", make("kbd", "", "Esc"));
    this.panel = make("section", "panel", this.close, this.note, this.standing, this.raised);
    this.panel.setAttribute("aria-label", "Errors of the server's script");
    this.badge = makeButton("badge", () => this.unhide());
    this.root = make("div", "root", this.news, this.panel, this.badge);
    document.addEventListener("fullscreenchange", () => this.raise());
    addEventListener("keydown", (event) => event.key === "Escape" && this.isOpen && this.hide(), true);
  }

  // Only now: a page without an error has nothing of this in it.
  attach() {
    if (!this.host?.isConnected) this.build();
    this.raise();
  }

  build() {
    this.host = document.createElement("moonwire-debug");
    this.host.style.cssText = "display: contents !important";
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    const shadow = this.host.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.root);
    document.documentElement.append(this.host);
  }

  // Above everything, also an element that fills the screen; not away from under who is using it.
  raise() {
    if (!this.host?.isConnected || !this.root.showPopover || this.host.shadowRoot.activeElement) return;
    this.root.popover = "manual";
    if (this.root.matches(":popover-open")) this.root.hidePopover();
    this.root.showPopover();
  }

  // Where something is said must be there before it is said, or screen readers pass over it.
  announce(text) {
    setTimeout(() => setText(this.news, text), 100);
  }

  get isOpen() {
    return Boolean(this.host?.isConnected) && !this.panel.hidden;
  }

  /** These are the errors now, the newest last; what is no longer among them is mended. */
  show(errors) {
    const known = new Set(errors.map((error) => error.id));
    for (const [id, article] of this.articles) {
      if (known.has(id)) continue;
      article.element.remove();
      this.articles.delete(id);
      this.hidden.delete(id);
    }
    for (const error of errors) this.put(error);
    this.draw();
  }

  put(error) {
    const known = this.articles.get(error.id);
    if (known) return known.update(error);
    const article = new Article(error);
    this.articles.set(error.id, article);
    (error.kind === "run" ? this.raised : this.standing).prepend(article.element);
    this.attach();
    this.announce(`${TITLES[error.kind]}: ${error.message}`);
  }

  /** Something that is no error. */
  say(text) {
    setText(this.note, text);
    this.attach();
    this.announce(text);
    this.draw();
  }

  draw() {
    const count = this.articles.size;
    const open = [...this.articles.keys()].some((id) => !this.hidden.has(id));
    this.note.hidden = !this.note.textContent;
    this.panel.hidden = !open && this.note.hidden;
    this.badge.hidden = !this.panel.hidden || count === 0;
    setText(this.badge, count === 1 ? "1 error" : `${count} errors`);
    if (count === 0 && this.note.hidden) this.host?.remove();
  }

  hide() {
    for (const id of this.articles.keys()) this.hidden.add(id);
    setText(this.note, "");
    this.draw();
  }

  unhide() {
    this.hidden.clear();
    this.draw();
  }
}
