// Moments in the viewer's own zone and language.

let locale = "en-US";
let zone = "UTC";
let shift = 0;

// `now` is the workspace's clock in seconds, which may differ from this machine's.
export function watch(viewer, now) {
  locale = viewer.locale;
  zone = viewer.tz;
  shift = now * 1000 - Date.now();
}

export const now = () => new Date(Date.now() + shift);
const of = (seconds) => new Date(seconds * 1000);
const format = (date, options) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }).format(date);

export const clock = (seconds) => format(of(seconds), { hour: "numeric", minute: "2-digit" });
export const full = (seconds) =>
  format(of(seconds), { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" });
export const timeIn = (tz, language) =>
  new Intl.DateTimeFormat(language, { timeZone: tz, hour: "numeric", minute: "2-digit" }).format(now());

const dayKey = (date) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(date);
export const dayOf = (seconds) => dayKey(of(seconds));

function daysFromToday(date) {
  return Math.round((Date.parse(dayKey(date)) - Date.parse(dayKey(now()))) / 86_400_000);
}

export function dayName(seconds) {
  const days = daysFromToday(of(seconds));
  if (Math.abs(days) <= 1) return capital(new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day"));
  return capital(format(of(seconds), { weekday: "long", day: "numeric", month: "long" }));
}

const capital = (text) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);

const LONG = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
const SHORT = { day: "numeric", month: "short", year: "numeric" };
const PLAIN = { day: "numeric", month: "long", year: "numeric" };

function pretty(date, options) {
  const days = daysFromToday(date);
  if (Math.abs(days) > 1) return format(date, options);
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day");
}

function ago(date) {
  const seconds = Math.round((date - now()) / 1000);
  const steps = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
  const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? steps[3];
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

const TOKENS = {
  date_num: (date) => dayKey(date),
  date: (date) => format(date, PLAIN),
  date_short: (date) => format(date, SHORT),
  date_long: (date) => format(date, LONG),
  date_pretty: (date) => pretty(date, PLAIN),
  date_short_pretty: (date) => pretty(date, SHORT),
  date_long_pretty: (date) => pretty(date, LONG),
  time: (date) => format(date, { hour: "numeric", minute: "2-digit" }),
  time_secs: (date) => format(date, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago,
};

// What `<!date^seconds^pattern|fallback>` reads; null when the pattern names nothing known.
export function dateText(seconds, pattern) {
  if (!Number.isFinite(seconds)) return null;
  let known = true;
  const text = pattern.replace(/\{(\w+)\}/g, (whole, token) => {
    if (!(token in TOKENS)) known = false;
    return TOKENS[token]?.(of(seconds)) ?? whole;
  });
  return known ? text : null;
}

// "2026-11-22T09:30" in the viewer's zone, for datetime fields, and back to Unix seconds.
export function toLocal(seconds) {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return parts.format(of(seconds)).replace(" ", "T");
}

export function fromLocal(text) {
  const guess = Date.parse(`${text}:00Z`) / 1000;
  const drift = Date.parse(`${toLocal(guess)}:00Z`) / 1000 - guess;
  return guess - drift;
}
