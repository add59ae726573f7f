// How the errors look: a panel at the lower edge, so that the page stays in sight, in light and dark.
// In pixels, since what a rem is depends on the page.

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
  box-sizing: border-box; width: min(1024px, 100% - 24px); max-height: min(55vh, 640px); overflow: auto;
  overscroll-behavior: contain;
  padding: 0 20px; border: 1px solid var(--line); border-top: 4px solid var(--red);
  border-radius: 10px 10px 0 0; background: var(--paper); box-shadow: 0 0 32px rgb(0 0 0 / .35);
}
[hidden] { display: none !important }
article { padding: 14px 0 16px }
article + article { border-top: 1px solid var(--line) }
h2, p { margin: 0; overflow-wrap: anywhere }
h2 { font-size: 17px; color: var(--red); padding-right: 112px }
.count { margin-left: 12px; white-space: nowrap; font-size: 13px; font-weight: normal; color: var(--soft) }
.what, .place { color: var(--soft); font-size: 14px }
.note { padding: 14px 112px 14px 0 }
.message { margin: 8px 0; font-weight: 600; white-space: pre-wrap }
pre {
  margin: 6px 0 0; padding: 8px 0; overflow-x: auto; border-radius: 6px; background: var(--code);
  font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; tab-size: 2;
}
.row { display: block; min-width: max-content; padding-right: 12px }
.number {
  display: inline-block; box-sizing: border-box; width: 4.5em; padding-right: 1.25em;
  text-align: right; font-style: normal; color: var(--soft); user-select: none;
}
.here { background: var(--mark); box-shadow: inset 4px 0 var(--red); font-weight: 700 }
.here .number { color: inherit }
.trace { padding: 8px 12px }
details { margin-top: 8px; font-size: 14px }
summary { cursor: pointer; padding: 4px 0; color: var(--soft) }
button {
  font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--soft); border-radius: 8px;
  min-height: 44px; padding: 0 14px; cursor: pointer;
}
button:hover { background: var(--code) }
button:focus-visible, summary:focus-visible { outline: 3px solid var(--red); outline-offset: 2px }
.close { position: sticky; top: 9px; float: right; margin: 9px 0 0 8px }
kbd { margin-left: 8px; font: .8em ui-monospace, monospace; color: var(--soft) }
@media (pointer: coarse) { kbd { display: none } }
.badge {
  position: fixed; z-index: 2147483647; right: 12px; bottom: 12px;
  border: 2px solid var(--red); color: var(--red); font-weight: 600; box-shadow: 0 0 16px rgb(0 0 0 / .3);
}
.unseen { position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (max-width: 640px) {
  .panel { width: 100%; padding: 0 14px; max-height: 60vh }
  h2, .note { padding-right: 80px }
}
`;
