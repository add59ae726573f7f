// Static files that changed: which of them a page can take in without being loaded anew.
// Stylesheets are exchanged where they are linked, pictures where an <img> or an icon shows them; a page that never
// loaded them needs nothing. What a script did with a file is not known here, so for all others the page is loaded.

const STYLES = /\.css$/i;
const PICTURES = /\.(png|jpe?g|gif|webp|avif|svg|ico)$/i;
const DRAWERS = ["css", "fetch", "xmlhttprequest"]; // who else shows a picture
const REMEMBERED = 5000; // resources; a browser remembers 250, which long-polling alone fills in minutes

performance.setResourceTimingBufferSize?.(REMEMBERED);

function pathOf(address) {
  try {
    const url = new URL(address, document.baseURI);
    return url.origin === location.origin ? decodeURIComponent(url.pathname) : null;
  } catch {
    return null;
  }
}

const loads = (path) => performance.getEntriesByType("resource").filter((entry) => pathOf(entry.name) === path);

// The same address, which no cache has.
function anew(address, mark) {
  const url = new URL(address, document.baseURI);
  url.searchParams.set("moonwire", mark);
  return url.href;
}

// Is the file this stylesheet, or one that it imports?
function includes(sheet, path) {
  if (!sheet) return false;
  if (sheet.href && pathOf(sheet.href) === path) return true;
  try {
    return [...sheet.cssRules].some((rule) => rule instanceof CSSImportRule && includes(rule.styleSheet, path));
  } catch {
    return false; // of another site
  }
}

// The old one stays until the new one is there, so that nothing is seen without its style.
function exchange(link, mark) {
  const next = link.cloneNode();
  next.href = anew(link.href, mark);
  for (const event of ["load", "error"]) next.addEventListener(event, () => link.remove(), { once: true });
  link.after(next);
}

function takeStyle(path, mark) {
  const links = [...document.querySelectorAll('link[rel~="stylesheet"]')]
    .filter((link) => pathOf(link.href) === path || includes(link.sheet, path));
  for (const link of links) exchange(link, mark);
  return links.length > 0 || loads(path).length === 0;
}

function takePicture(path, mark) {
  const images = [...document.images].filter((image) => pathOf(image.src) === path && !image.srcset);
  const icons = [...document.querySelectorAll('link[rel~="icon"]')].filter((link) => pathOf(link.href) === path);
  const elsewhere = loads(path).some((entry) => DRAWERS.includes(entry.initiatorType));
  if (elsewhere || (loads(path).length > 0 && images.length + icons.length === 0)) return false;
  for (const image of images) image.src = anew(image.src, mark);
  for (const icon of icons) icon.href = anew(icon.href, mark);
  return true;
}

/** Was the file taken in, or is it none of the page's? Otherwise the page is to be loaded anew. */
export function isTaken(path, mark) {
  if (STYLES.test(path)) return takeStyle(path, mark);
  return PICTURES.test(path) && takePicture(path, mark);
}
