// Services: who is up, what is loaded, what leans on it, and whether events are lost.

import { age, h, keyed, show, text } from "./dom.js";
import { ago, bytes, count, number, percent } from "./format.js";

const SILENCE = 20000; // as the server has it: four heartbeats

function card(first) {
  const dot = h("span", "dot");
  const state = h("span", "muted");
  const fresh = h("span", "muted fresh");
  const parts = h("div", "parts");
  const facts = h("p", "muted small facts");
  const element = h("article", "card service",
    h("header", "", h("h3", "", dot, h("span", "name", first.service)), state, fresh), parts, facts);

  function update(one) {
    age(state, (now) => {
      const silent = now - one.at > SILENCE;
      element.dataset.up = silent || !one.up ? "no" : one.up < one.instances ? "partly" : "yes";
      if (silent) return "silent";
      return one.instances === 1 ? (one.up ? "up" : "unhealthy") : `${one.up} of ${one.instances} up`;
    });
    age(fresh, (now) => `heard ${ago(one.at, now)}`);
    const named = [
      ...Object.entries(one.models).sort().map(([name, yes]) => [name, yes]),
      ["cache", one.cache], ["features", one.features],
    ];
    parts.replaceChildren(...named.filter(([, yes]) => yes !== null).map(([name, yes]) =>
      h("span", yes ? "chip good" : "chip bad", yes ? name : `${name} missing`)));
    if (one.fallback) parts.append(h("span", "chip warn", "fallback in use"));
    const facts_ = [
      one.uptime === null ? null : `uptime ${percent(one.uptime)} %`,
      one.in_flight === null ? null : `${count(one.in_flight)} in flight`,
      one.queue_depth === null ? null : `${count(one.queue_depth)} queued`,
      one.cpu === null ? null : `${number(one.cpu)} cores`,
      one.memory === null ? null : bytes(one.memory),
      `${count(one.sent)} events sent, ${count(one.dropped)} dropped, ${count(one.failed)} failed`,
    ];
    text(facts, facts_.filter(Boolean).join(" · "));
    facts.classList.toggle("bad", one.dropped + one.failed > 0);
  }
  return { element, update };
}

export function services(byId) {
  const cards = keyed(byId("services"), card);
  return (list) => {
    cards(list, (one) => one.service);
    text(byId("services-count"), list.length ? String(list.length) : "");
    show(byId("services-empty"), !list.length);
  };
}
