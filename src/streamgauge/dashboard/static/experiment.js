// Experiments: which share of the traffic each arm has.

import { age, h, keyed, show, text } from "./dom.js";
import { ago, count, number, percent } from "./format.js";

const COLOURS = 6;

function card(first) {
  const about = h("span", "muted");
  const fresh = h("span", "muted fresh");
  const bar = h("div", "bar");
  const body = h("tbody");
  const head = h("tr", "", ...["Arm", "Version", "Share", "Trials", "Mean reward"].map((name) => {
    const cell = h("th", "", name);
    cell.scope = "col";
    return cell;
  }));
  const element = h("article", "card experiment",
    h("header", "", h("h3", "", h("span", "name", first.experiment)), about, fresh),
    bar, h("div", "scroll", h("table", "", h("thead", "", head), body)));
  bar.setAttribute("role", "img");

  function update(one) {
    text(about, `${one.model} · ${one.policy} · allocation ${one.version}`);
    age(fresh, (now) => `changed ${ago(one.ts, now)}`);
    const arms = Object.keys(one.weights).sort();
    bar.setAttribute("aria-label", arms.map((arm) => `${arm} ${percent(one.weights[arm])} percent`).join(", "));
    bar.replaceChildren(...arms.map((arm, i) => {
      const part = h("span", `arm-${i % COLOURS}`);
      part.style.flexGrow = String(one.weights[arm]);
      part.title = arm;
      return part;
    }));
    body.replaceChildren(...arms.map((arm, i) => {
      const trials = one.trials?.[arm] ?? 0;
      const mean = trials ? number((one.rewards?.[arm] ?? 0) / trials) : "–";
      return h("tr", "",
        h("td", "", h("span", `dot arm-${i % COLOURS}`), arm),
        h("td", "", `v${one.arms[arm] ?? "?"}`),
        h("td", "strong", `${percent(one.weights[arm])} %`),
        h("td", "", count(trials)),
        h("td", "", mean));
    }));
  }
  return { element, update };
}

export function experiments(byId) {
  const cards = keyed(byId("experiments"), card);
  return (list) => {
    cards(list, (one) => one.experiment);
    text(byId("experiments-count"), list.length ? String(list.length) : "");
    show(byId("experiments-empty"), !list.length);
  };
}
