// Elements from values. Text is only ever set as text: names on this page come from strangers.

/** An element with a class, text or children: h("p", "muted", "words", child …). */
export function h(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

export function text(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

/**
 * Keep the children of a container in step with items: what stays is updated in place, so that
 * focus and pointer are not lost. `make(item)` answers {element, update(item)}.
 */
export function keyed(container, make) {
  const held = new Map();
  return (items, key) => {
    const wanted = new Set(items.map(key));
    for (const [name, one] of held) {
      if (!wanted.has(name)) {
        one.element.remove();
        held.delete(name);
      }
    }
    items.forEach((item, place) => {
      const name = key(item);
      if (!held.has(name)) held.set(name, make(item));
      const one = held.get(name);
      one.update(item);
      if (container.children[place] !== one.element) {
        container.insertBefore(one.element, container.children[place] ?? null);
      }
    });
  };
}

// --- Times that grow by themselves ---------------------------------------------------------------

let offset = 0;

/** The server's clock, so that a wrong clock in front of the page does not make figures look old. */
export const now = () => Date.now() + offset;
export const setNow = (ms) => { offset = ms - Date.now(); };

const aging = new Map();

/** Let `words(now)` be an element's text, renewed every second while it is on the page. */
export function age(element, words) {
  aging.set(element, words);
  text(element, words(now()));
}

export function renewAges() {
  const at = now();
  for (const [element, words] of aging) {
    if (element.isConnected) text(element, words(at));
    else aging.delete(element);
  }
}

/** A link out, or plain words if the address is not one that a browser may follow. */
export function link(words, address) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return h("span", "muted", address);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return h("span", "muted", address);
  const element = h("a", "", words);
  element.href = url.href;
  element.target = "_blank";
  element.rel = "noopener noreferrer";
  return element;
}
