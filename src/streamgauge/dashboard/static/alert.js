// Alerts: what fires, what is about to, what lately ended.

import { age, h, keyed, link, show, text } from "./dom.js";
import { ago, clock, number, percent, span } from "./format.js";
import { ownership } from "./owner.js";

const TONES = { critical: "critical", error: "critical", warning: "warning" };
export const tone = (severity) => TONES[severity] ?? "info";

/** A value in the unit that the name of its measure ends with. */
function measured(expr, value) {
  if (/_ratio\b/.test(expr)) return `${percent(value)} %`;
  if (/_seconds\w*\b/.test(expr)) return value < 10 ? `${number(value * 1000)} ms` : span(value * 1000);
  return number(value);
}

function row(alert) {
  const summary = h("p", "summary");
  const detail = h("p", "muted detail");
  const severity = h("span", "severity");
  const labels = h("span", "labels muted");
  const since = h("span", "muted since");
  const value = h("span", "measured");
  const links = h("span", "links");
  if (alert.runbook) links.append(link("Runbook", alert.runbook));
  const owned = ownership();
  const element = h("li", "alert",
    h("div", "what", h("div", "headline", severity, " ", summary), detail),
    h("div", "facts", value, " ", labels, " ", since, " ", links, " ", owned.facts), owned.form);

  function update(one) {
    element.dataset.tone = tone(one.severity);
    element.dataset.state = one.state;
    text(severity, one.state === "firing" ? one.severity : one.state);
    text(summary, one.summary);
    text(detail, one.description);
    show(detail, Boolean(one.description));
    const where = [one.labels.model, one.labels.version && `v${one.labels.version}`, one.labels.service];
    text(labels, where.filter(Boolean).join(" "));
    const partial = one.completeness < 1 ? ` · ${Math.round(one.completeness * 100)} % complete` : "";
    text(value, one.value === null ? "" : `value ${measured(one.expr, one.value)}${partial}`);
    value.title = one.expr;
    owned.update(one);
    age(since, (now) => one.ends_at
      ? `ended ${ago(one.ends_at, now)}, lasted ${span(one.ends_at - one.starts_at)}`
      : `since ${clock(one.starts_at)} (${span(now - one.starts_at)})`);
  }
  return { element, update };
}

export function alerts(byId) {
  const now = keyed(byId("alerts"), row);
  const past = keyed(byId("recent-list"), row);
  const key = (one) => `${one.fingerprint} ${one.episode}`;
  return ({ firing, pending, recent }) => {
    now([...firing, ...pending], key);
    past(recent, key);
    text(byId("alerts-count"), firing.length ? `${firing.length} firing` : "");
    show(byId("alerts-empty"), !firing.length && !pending.length);
    show(byId("recent"), recent.length > 0);
    text(byId("recent-count"), String(recent.length));
  };
}
