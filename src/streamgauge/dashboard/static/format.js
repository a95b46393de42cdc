// Numbers and times as people read them. Nothing known is a dash, never a zero.

export const DASH = "–";
const plain = new Map();

function digits(places) {
  if (!plain.has(places)) {
    plain.set(places, new Intl.NumberFormat("en", {
      minimumFractionDigits: places, maximumFractionDigits: places,
    }));
  }
  return plain.get(places);
}

const known = (value) => typeof value === "number" && Number.isFinite(value);

/** Three significant digits: 0.0123, 1.23, 12.3, 1,234. */
export function number(value) {
  if (!known(value)) return DASH;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.01) return value.toPrecision(2);
  return digits(size < 1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0).format(value);
}

export function count(value) {
  return known(value) ? digits(0).format(value) : DASH;
}

/** A share of 1 in percent, with enough digits that 99.96 is not shown as 100. */
export function percent(share) {
  if (!known(share)) return DASH;
  const value = share * 100;
  const places = value > 0 && (value < 1 || (value > 99 && value < 100)) ? 2 : value < 10 ? 1 : 0;
  return value === 0 || value === 100 ? digits(0).format(value) : digits(places).format(value);
}

export function clock(ms) {
  return new Date(ms).toLocaleTimeString("en-GB");
}

export function bytes(value) {
  if (!known(value)) return DASH;
  return value < 1e9 ? `${digits(0).format(value / 1e6)} MB` : `${digits(1).format(value / 1e9)} GB`;
}

/** How long something lasts: "12 s", "4 min", "3 h". */
export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

export function ago(ms, now) {
  return now - ms < 1500 ? "just now" : `${span(now - ms)} ago`;
}
