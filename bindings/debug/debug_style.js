// How the errors look: a panel at the lower edge, so that the page stays in sight, in light and dark.

export const STYLE = `
.root {
  all: initial;
  --paper: #fff; --ink: #1c1b1f; --soft: #5b5a63; --line: #c9c7d1; --red: #b3261e; --mark: #fbe3e0; --code: #f5f4f8;
  color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  .root {
    --paper: #1d1c22; --ink: #eceaf2; --soft: #b3b1bd; --line: #4b4953; --red: #ffb4a9; --mark: #5c201a; --code: #141319;
  }
}
@media print { .root { display: none } }
.panel {
  position: fixed; z-index: 2147483647; inset: auto 0 0; margin: 0 auto;
  box-sizing: border-box; width: min(64rem, 100% - 1.5rem); max-height: min(55vh, 40rem); overflow: auto;
  overscroll-behavior: contain;
  padding: 0 1.25rem; border: 1px solid var(--line); border-top: 4px solid var(--red);
  border-radius: 10px 10px 0 0; background: var(--paper); box-shadow: 0 0 2rem rgb(0 0 0 / .35);
}
[hidden] { display: none !important }
article { padding: .9rem 0 1rem }
article + article { border-top: 1px solid var(--line) }
h2, p { margin: 0; overflow-wrap: anywhere }
h2 { font-size: 1.1rem; color: var(--red); padding-right: 7rem }
.count { margin-left: .75rem; white-space: nowrap; font-size: .85rem; font-weight: normal; color: var(--soft) }
.what, .place { color: var(--soft); font-size: .9rem }
.note { padding: .9rem 7rem .9rem 0 }
.message { margin: .5rem 0; font-weight: 600; white-space: pre-wrap }
pre {
  margin: .4rem 0 0; padding: .5rem 0; overflow-x: auto; border-radius: 6px; background: var(--code);
  font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; tab-size: 2;
}
.row { display: block; min-width: max-content; padding-right: .75rem }
.number {
  display: inline-block; box-sizing: border-box; width: 4.5em; padding-right: 1.25em;
  text-align: right; font-style: normal; color: var(--soft); user-select: none;
}
.here { background: var(--mark); box-shadow: inset 4px 0 var(--red); font-weight: 700 }
.here .number { color: inherit }
.trace { padding: .5rem .75rem }
details { margin-top: .5rem; font-size: .9rem }
summary { cursor: pointer; padding: .25rem 0; color: var(--soft) }
button {
  font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--soft); border-radius: 8px;
  min-height: 2.75rem; padding: 0 .9rem; cursor: pointer;
}
button:hover { background: var(--code) }
button:focus-visible, summary:focus-visible { outline: 3px solid var(--red); outline-offset: 2px }
.close { position: sticky; top: .6rem; float: right; margin: .6rem 0 0 .5rem }
kbd { margin-left: .5rem; font: .8em ui-monospace, monospace; color: var(--soft) }
@media (pointer: coarse) { kbd { display: none } }
.badge {
  position: fixed; z-index: 2147483647; right: .75rem; bottom: .75rem;
  border: 2px solid var(--red); color: var(--red); font-weight: 600; box-shadow: 0 0 1rem rgb(0 0 0 / .3);
}
.unseen { position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (max-width: 40rem) {
  .panel { width: 100%; padding: 0 .9rem; max-height: 60vh }
  h2, .note { padding-right: 5rem }
}
`;
