// One card for each version of each model.

import { chart } from "./chart.js";
import { age, h, keyed, show, text } from "./dom.js";
import { ago, count, number, percent, span } from "./format.js";

function panel(name, kind) {
  const value = h("span", "value");
  const unit = h("span", "unit");
  const more = h("span", "muted more");
  const drawing = chart(kind, name);
  const element = h("div", "panel",
    h("p", "label", name), h("p", "figure", value, " ", unit, " ", more), drawing.element);
  return { element, drawing, set(words, unitWords, moreWords) {
    text(value, words);
    text(unit, words === "–" ? "" : unitWords);
    text(more, moreWords);
  } };
}

function fact(name) {
  const value = h("dd");
  return { element: h("div", "fact", h("dt", "muted", name), value), value };
}

function card(first) {
  const idle = h("span", "chip quiet");
  const partial = h("span", "chip");
  const incomplete = h("span", "chip warn");
  const fresh = h("span", "muted fresh");
  const traffic = panel("Traffic", "area");
  const latency = panel("Latency P95", "band");
  const errors = panel("Errors", "bars");
  const cache = fact("Cache hits");
  const fallback = fact("Fallback");
  const confidence = fact("Confidence");
  const sample = fact("Predictions");
  const drift = fact("Drift");
  drift.element.classList.add("drift");
  const title = h("h3", "", h("span", "name", first.model), " ", h("span", "version", `v${first.version}`));
  const element = h("article", "card model",
    h("header", "", title, " ", idle, " ", partial, " ", incomplete, " ", fresh),
    h("div", "panels", traffic.element, latency.element, errors.element),
    h("dl", "facts", cache.element, fallback.element, confidence.element, sample.element, drift.element));
  element.setAttribute("aria-label", `${first.model} version ${first.version}`);

  function update({ row, watermark, alerts }) {
    const { figures, window, chart: past } = row;
    const width = window.end - window.start;
    const newest = past.start.at(-1);
    const isIdle = watermark !== null && watermark >= newest + 2 * past.width;
    element.classList.toggle("idle", isIdle);
    show(idle, isIdle);
    if (isIdle) age(idle, (now) => `no traffic for ${span(now - (newest + past.width))}`);
    show(partial, !window.final && !isIdle);
    text(partial, `open window, ${Math.min(99, Math.max(0, Math.round((window.as_of - window.start) / width * 100)))} %`);
    show(incomplete, window.completeness < 1);
    text(incomplete, `${Math.floor(window.completeness * 100)} % complete`);
    age(fresh, (now) => `updated ${ago(window.as_of, now)}`);

    traffic.set(isIdle ? "0" : number(figures.rate === null ? null : figures.rate * 60), "req/min",
      isIdle ? "" : `${number(figures.rate)}/s`);
    latency.set(number(figures.p95), "ms", `P50 ${number(figures.p50)} · P99 ${number(figures.p99)}`);
    errors.set(percent(figures.errors), "%", "");
    errors.element.classList.toggle("bad", figures.errors > 0.05);
    const shared = { start: past.start, width: past.width, open: past.open, alerts };
    traffic.drawing.update({ ...shared, columns: [past.rate],
      unit: (v) => `${number(v * 60)}/min`, read: (i) => `${number(times(past.rate[i], 60))} req/min` });
    latency.drawing.update({ ...shared, columns: [past.p50, past.p95, past.p99],
      unit: (v) => `${number(v)} ms`,
      read: (i) => `P50 ${number(past.p50[i])} · P95 ${number(past.p95[i])} · P99 ${number(past.p99[i])} ms` });
    errors.drawing.update({ ...shared, columns: [past.errors], least: 0.05,
      unit: (v) => `${percent(v)} %`, read: (i) => `${percent(past.errors[i])} %` });

    text(cache.value, unit(percent(figures.cache)));
    text(fallback.value, unit(percent(figures.fallback)));
    text(confidence.value, number(figures.confidence));
    text(sample.value, window.final ? `${count(figures.count)} in ${span(width)}` : `${count(figures.count)} so far`);
    text(drift.value, row.drift.length ? row.drift.map(moved).join("; ") : "none");
    drift.element.classList.toggle("bad", row.drift.length > 0);
  }
  return { element, update };
}

const times = (value, factor) => (value === null ? null : value * factor);
const unit = (words) => (words === "–" ? words : `${words} %`);
const moved = (one) => one.text ? `${one.stream}: ${one.text} (${one.detector})` :
  `${one.stream} ${number(one.before)} → ${number(one.after)} (${one.detector}, score ${number(one.score)})`;

export function models(byId) {
  const cards = keyed(byId("models"), ({ row }) => card(row));
  return (rows, watermark, alerts) => {
    const concerns = (row) => alerts.filter(({ labels }) => labels.model === row.model &&
      (labels.version === undefined || labels.version === row.version));
    cards(rows.map((row) => ({ row, watermark, alerts: concerns(row) })), ({ row }) => row.key);
    text(byId("models-count"), rows.length ? String(rows.length) : "");
    show(byId("models-empty"), !rows.length);
  };
}
