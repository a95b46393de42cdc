// The page: hear what changed, keep it, show it. All state comes from the server.

import { alerts, tone } from "./alert.js";
import { age, now, renewAges, setNow, show, text } from "./dom.js";
import { experiments } from "./experiment.js";
import { ago, clock, count } from "./format.js";
import { models } from "./model.js";
import { overview } from "./overview.js";
import { services } from "./service.js";
import { stream } from "./stream.js";

const byId = (id) => document.getElementById(id);
const BADGES = {
  waiting: "Waiting", healthy: "Healthy", degraded: "Degraded", critical: "Critical", stale: "Stale",
};

const draw = {
  overview: overview(byId("overview")),
  alerts: alerts(byId),
  models: models(byId),
  experiments: experiments(byId),
  services: services(byId),
};

const rows = new Map();
let marks = [];
let watermark = null;
let lostSince = null;

function hear(kind, page) {
  setNow(page.meta.now);
  lostSince = null;
  if (kind === "snapshot") rows.clear();
  for (const row of page.models ?? []) rows.set(row.key, row);
  if (page.alerts) {
    draw.alerts(page.alerts);
    marks = [...page.alerts.firing, ...page.alerts.recent]
      .map((alert) => ({ ...alert, tone: tone(alert.severity) }));
  }
  if (page.allocations) draw.experiments(page.allocations);
  if (page.services) draw.services(page.services);
  const ticked = watermark !== page.meta.watermark;
  watermark = page.meta.watermark;
  if (page.models || page.alerts || ticked) {
    const ordered = [...rows.values()].sort((a, b) =>
      a.model.localeCompare(b.model) || a.version.localeCompare(b.version, "en", { numeric: true }));
    draw.models(ordered, watermark, marks);
  }
  standing(page.meta);
}

function standing(meta) {
  draw.overview(meta.overall);
  badge(meta.badge, meta.reasons);
  const at = meta.ticked ?? null;
  age(byId("fresh"), (time) => at === null ? "no measures yet" : `updated ${ago(at, time)}`);
  const whole = meta.completeness === null ? "" : meta.completeness >= 1 ? "all data in"
    : `${Math.floor(meta.completeness * 100)} % of the data in`;
  const upTo = meta.watermark === null ? "" : ` up to ${clock(meta.watermark)}`;
  text(byId("complete"), at === null ? "" : whole + upTo);
  byId("complete").classList.toggle("warn", meta.completeness !== null && meta.completeness < 1);
  const notice = byId("notice");
  document.body.classList.toggle("stale", meta.badge === "stale");
  show(notice, meta.badge === "stale");
  if (meta.badge === "stale") {
    const since = meta.kafka.up ? meta.ticked : meta.kafka.since;
    text(notice, `Stale since ${clock(since)}: ${meta.reasons[0]}. The figures are the last ones known.`);
  }
  const unread = Object.entries(meta.unread);
  show(byId("unread"), unread.length > 0);
  text(byId("unread"), "Records that could not be read: " + unread
    .map(([topic, times]) => `${count(times)} on ${topic}`).join(", ") + `; the last: ${meta.unread_reason}`);
}

function badge(word, reasons) {
  const element = byId("badge");
  element.dataset.badge = word;
  text(element, BADGES[word] ?? word);
  element.title = reasons.join("\n");
  document.title = word === "healthy" ? "streamgauge · ML API monitoring"
    : `${BADGES[word] ?? word} · streamgauge`;
}

function lost(heard) {
  lostSince ??= heard;
  badge("stale", ["the dashboard does not answer"]);
  document.body.classList.add("stale");
  show(byId("notice"), true);
  const since = clock(lostSince + (now() - Date.now()));
  text(byId("notice"), `Stale since ${since}: the dashboard does not answer. Trying again.`);
}

const events = stream("/events", hear, lost);
byId("pause").addEventListener("click", ({ currentTarget: button }) => {
  const pausing = button.getAttribute("aria-pressed") === "false";
  button.setAttribute("aria-pressed", String(pausing));
  text(button, pausing ? "Resume" : "Pause");
  document.body.classList.toggle("paused", pausing);
  if (pausing) events.pause();
  else events.resume();
});
setInterval(renewAges, 1000);
