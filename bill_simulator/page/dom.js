// Elements from values, and the smallest change that makes what is there look like them. Text only ever becomes text.

/** An element; children are elements, texts, or nothing (null, undefined, false). */
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== undefined && value !== null && value !== false && value !== "") element.setAttribute(name, value);
  }
  element.append(...children.filter((each) => each !== undefined && each !== null && each !== false));
  return element;
}

/** Give `live` the children of `wanted`, touching only what differs: focus, selection and scroll position stay. */
export function morph(live, wanted) {
  const focused = document.activeElement;
  children(live, wanted);
  if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}

const keyOf = (node) => node.dataset?.key;

function children(live, wanted) {
  const keyed = new Map();
  for (const each of live.children) if (keyOf(each) !== undefined) keyed.set(keyOf(each), each);
  const staying = new Set(Array.from(wanted.children, keyOf));
  const isGoing = (node) => keyOf(node) !== undefined && !staying.has(keyOf(node));
  let at = live.firstChild;
  const removeOne = () => {
    const next = at.nextSibling;
    at.remove();
    at = next;
  };
  for (const each of Array.from(wanted.childNodes)) {
    while (at && isGoing(at)) removeOne();
    const key = keyOf(each);
    const match = key === undefined ? at : keyed.get(key);
    if (!match || match.nodeName !== each.nodeName || keyOf(match) !== key) {
      live.insertBefore(each, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else live.insertBefore(match, at);
    become(match, each);
  }
  while (at) removeOne();
}

function become(live, wanted) {
  if (live.nodeType === Node.TEXT_NODE) {
    if (live.data !== wanted.data) live.data = wanted.data;
    return;
  }
  for (const { name, value } of wanted.attributes) if (live.getAttribute(name) !== value) live.setAttribute(name, value);
  for (const { name } of Array.from(live.attributes)) if (!wanted.hasAttribute(name)) live.removeAttribute(name);
  children(live, wanted);
}

/** Set a text that may be there already. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
