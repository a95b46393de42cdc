// Small charts over time: SVG by hand, colours from the style sheet.

import { clock } from "./format.js";

const NS = "http://www.w3.org/2000/svg";
const WIDTH = 320;
const HEIGHT = 64;
const FEWEST = 18; // windows; fewer would fill the chart from edge to edge and look like many

function svg(tag, className, parent) {
  const element = document.createElementNS(NS, tag);
  if (className) element.setAttribute("class", className);
  parent?.append(element);
  return element;
}

const put = (element, values) => {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
};

/** Stretches of neighbouring windows with a value; a gap in the data is a gap in the line. */
function runs(points, width) {
  const found = [];
  let last = null;
  for (const point of points) {
    if (point.y === null) { last = null; continue; }
    if (last === null || point.t - last.t > width * 1.5) found.push([]);
    found.at(-1).push(point);
    last = point;
  }
  return found;
}

/**
 * A chart of one to three columns: kind "area" and "bars" draw the first, "band" the middle of three
 * as a line within the outer two. `read(index)` says the values of a window in words.
 */
export function chart(kind, label) {
  const root = svg("svg", `chart ${kind}`);
  put(root, { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  const marks = svg("g", "marks", root);
  const fill = svg("path", "fill", root);
  const line = svg("path", "line", root);
  const open = svg("path", "open", root);
  const cursor = svg("line", "cursor", root);
  put(cursor, { y1: 0, y2: HEIGHT });
  cursor.style.display = "none";
  const caption = document.createElement("figcaption");
  const words = document.createElement("span");
  const top = document.createElement("span");
  caption.append(words, top);
  const element = document.createElement("figure");
  element.append(root, caption);
  element.tabIndex = 0;

  let drawn = null;
  let pointed = null;

  function say() {
    if (!drawn || !drawn.start.length) return;
    const at = pointed === null ? -1 : Math.min(pointed, drawn.start.length - 1);
    cursor.style.display = at < 0 ? "none" : "";
    if (at < 0) {
      words.textContent = drawn.from;
      top.textContent = `max ${drawn.top}`;
      return;
    }
    const x = drawn.x(drawn.start[at] + drawn.width / 2);
    put(cursor, { x1: x, x2: x });
    const partial = drawn.open && at === drawn.start.length - 1 ? ", still open" : "";
    words.textContent = `${clock(drawn.start[at])}${partial}`;
    top.textContent = drawn.read(at);
  }

  function point(clientX) {
    if (!drawn) return;
    const box = root.getBoundingClientRect();
    const t = drawn.t((clientX - box.left) / box.width * WIDTH);
    pointed = nearest(drawn.start, t - drawn.width / 2);
    say();
  }

  element.addEventListener("pointermove", (event) => point(event.clientX));
  element.addEventListener("pointerleave", () => { pointed = null; say(); });
  element.addEventListener("blur", () => { pointed = null; say(); });
  element.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !drawn) return;
    event.preventDefault();
    pointed = Math.max(0, Math.min(drawn.start.length - 1, (pointed ?? drawn.start.length) + step));
    say();
  });

  function update({ start, width, open: isOpen, columns, read, unit, alerts, least }) {
    const end = start.at(-1) + width;
    const from = Math.min(start[0], end - FEWEST * width);
    const highest = Math.max(least ?? 0, ...columns.flat().filter((v) => v !== null));
    const x = (t) => (t - from) / (end - from) * WIDTH;
    const y = (v) => HEIGHT - 1 - v / (highest || 1) * (HEIGHT - 6);
    const lines = columns.map((column) =>
      runs(start.map((t, i) => ({ t, y: column[i], i })), width));
    const at = (point) => `${x(point.t + width / 2).toFixed(1)} ${y(point.y).toFixed(1)}`;
    const path = (run) => run.map((p, i) => `${i ? "L" : "M"}${at(p)}`).join("");
    const floor = (p) => `${x(p.t + width / 2).toFixed(1)} ${HEIGHT}`;

    marks.replaceChildren(...alerts.map((alert) => {
      const left = Math.max(0, x(alert.starts_at));
      const right = Math.min(WIDTH, x(alert.ends_at ?? end));
      const rect = svg("rect", `mark ${alert.tone}`);
      put(rect, { x: left, y: 0, width: Math.max(0, right - left), height: HEIGHT });
      return rect;
    }));
    if (kind === "bars") {
      const bar = WIDTH * width / (end - from);
      fill.setAttribute("d", lines[0].flat().filter((p) => p.y > 0).map((p) =>
        `M${(x(p.t) + bar * 0.12).toFixed(1)} ${HEIGHT}V${y(p.y).toFixed(1)}` +
        `h${(bar * 0.76).toFixed(1)}V${HEIGHT}Z`).join(""));
    } else if (kind === "area") {
      fill.setAttribute("d", lines[0].map((run) =>
        `${path(run)}L${floor(run.at(-1))}L${floor(run[0])}Z`).join(""));
      line.setAttribute("d", lines[0].map(path).join(""));
    } else {
      const [low, , high] = lines;
      fill.setAttribute("d", low.map((run, i) => high[i] === undefined ? "" :
        `${path(run)}${[...high[i]].reverse().map((p) => `L${at(p)}`).join("")}Z`).join(""));
      line.setAttribute("d", lines[1].map(path).join(""));
    }
    // The newest point, as a dot that does not stretch with the drawing.
    const last = (kind === "band" ? lines[1] : lines[0]).at(-1)?.at(-1);
    const dotted = kind !== "bars" && last && last.i === start.length - 1;
    open.setAttribute("d", dotted ? `M${at(last)}h0` : "");
    open.classList.toggle("partial", isOpen);
    const minutes = Math.round((end - from) / 60000);
    drawn = {
      start, width, open: isOpen, read, x, from: minutes < 2 ? `${Math.round((end - from) / 1000)} s` : `${minutes} min`,
      top: `${unit(highest)}`, t: (px) => from + px / WIDTH * (end - from),
    };
    root.setAttribute("aria-label", `${label}, now ${read(start.length - 1)}`);
    say();
  }
  return { element, update };
}

function nearest(sorted, t) {
  let best = 0;
  sorted.forEach((value, i) => {
    if (Math.abs(value - t) < Math.abs(sorted[best] - t)) best = i;
  });
  return best;
}
