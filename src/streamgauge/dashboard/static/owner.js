// Who takes care of an alert: shown beside it, and the form with which somebody says so.

import { age, h, show, text } from "./dom.js";
import { clock } from "./format.js";

const TOKEN = "streamgauge.token";
const NAME = "streamgauge.name";
const TIMES = { "15m": "15 min", "1h": "1 hour", "4h": "4 hours", "1d": "1 day" };

function field(label, type, autocomplete) {
  const input = h("input");
  input.type = type;
  input.placeholder = label;
  input.setAttribute("aria-label", label);
  input.autocomplete = autocomplete;
  return input;
}

function button(words, type = "button") {
  const element = h("button", "", words);
  element.type = type;
  return element;
}

/** {facts, form, update(alert)}: what stands beside the alert, and a form that is usually hidden. */
export function ownership() {
  let alert = null;
  const who = h("span", "chip good");
  const open = button("Acknowledge");
  const back = button("Give back");
  const facts = h("span", "owned", who, open, back);

  const name = field("Your name", "text", "name");
  const token = field("Operator's token", "password", "off");
  const note = field("Note", "text", "off");
  const time = h("select");
  time.setAttribute("aria-label", "For");
  for (const [value, words] of Object.entries(TIMES)) time.append(new Option(words, value, false, value === "1h"));
  const take = button("I take care of it", "submit");
  const never = button("Cancel");
  const refused = h("span", "refused");
  refused.setAttribute("role", "alert");
  const form = h("form", "owning", name, time, note, token, take, never, refused);
  form.hidden = true;
  let method = "POST";

  function ask(wanted) {
    method = wanted;
    name.value = sessionStorage.getItem(NAME) ?? name.value;
    for (const one of [name, time, note]) show(one, wanted === "POST");
    name.required = wanted === "POST";
    show(token, !sessionStorage.getItem(TOKEN));
    token.required = !token.hidden;
    text(take, wanted === "POST" ? "I take care of it" : "Give it back");
    text(refused, "");
    show(form, true);
    (wanted === "POST" && !name.value ? name : token.hidden ? take : token).focus();
  }

  async function send(event) {
    event.preventDefault();
    if (!token.hidden) sessionStorage.setItem(TOKEN, token.value);
    token.value = "";
    take.disabled = true;
    try {
      const answer = await fetch(`/api/ml/alerts/${encodeURIComponent(alert.fingerprint)}/ack`, {
        method,
        headers: {
          authorization: `Bearer ${sessionStorage.getItem(TOKEN)}`, "content-type": "application/json",
        },
        body: method === "POST" ? JSON.stringify({
          owner: name.value, note: note.value, for: time.value, episode: alert.episode,
        }) : undefined,
      });
      if (answer.ok) {
        if (name.value) sessionStorage.setItem(NAME, name.value);
        show(form, false);
        return;
      }
      if (answer.status === 401) {
        sessionStorage.removeItem(TOKEN);
        ask(method);
      }
      text(refused, (await answer.json()).error);
    } catch {
      text(refused, "The dashboard does not answer.");
    } finally {
      take.disabled = false;
    }
  }

  form.addEventListener("submit", send);
  never.addEventListener("click", () => show(form, false));
  open.addEventListener("click", () => ask("POST"));
  back.addEventListener("click", () => ask("DELETE"));

  function update(one) {
    alert = one;
    show(facts, one.state === "firing");
    if (one.state !== "firing") show(form, false);
    who.title = one.owner?.note ?? "";
    age(who, (now) => {
      const held = one.owner !== null && now < one.owner.until;
      show(who, held);
      show(back, held);
      show(open, !held);
      return held ? `${one.owner.name} has it until ${clock(one.owner.until)}` : "";
    });
  }
  return { facts, form, update };
}
