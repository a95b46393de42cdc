// The six figures of the whole deployment.

import { h, text } from "./dom.js";
import { number, percent } from "./format.js";

const TILES = [
  { name: "Requests per minute", read: (o) => number(o.per_minute), unit: "" },
  { name: "Response time, mean", read: (o) => number(o.response), unit: "ms" },
  { name: "Error rate", read: (o) => percent(o.errors), unit: "%", bad: (o) => o.errors > 0.05 },
  { name: "Cache hit rate", read: (o) => percent(o.cache), unit: "%", bad: (o) => o.cache !== null && o.cache < 0.6 },
  { name: "Fallback rate", read: (o) => percent(o.fallback), unit: "%", bad: (o) => o.fallback > 0.1 },
  { name: "Uptime, last hour", read: (o) => percent(o.uptime), unit: "%", bad: (o) => o.uptime !== null && o.uptime < 0.999 },
];

export function overview(container) {
  const tiles = TILES.map((tile) => {
    const value = h("span", "value");
    const unit = h("span", "unit", tile.unit);
    const element = h("div", "tile", h("p", "label", tile.name), h("p", "figure", value, " ", unit));
    container.append(element);
    return { ...tile, element, value, unit };
  });
  return (overall) => {
    for (const tile of tiles) {
      const words = tile.read(overall);
      text(tile.value, words);
      tile.unit.hidden = words === "–";
      tile.element.classList.toggle("bad", Boolean(tile.bad?.(overall)));
    }
  };
}
