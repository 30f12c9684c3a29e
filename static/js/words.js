// Sentences that the page brought along (chat/_words.html), and dates and times in its language.

import { serverNow } from "./server_clock.js";

const lang = document.documentElement.lang || "en";
// The page's language, in the region's way where the browser names one: en-GB writes 21:05, en-US 9:05 PM.
const region = navigator.languages.find((one) => one === lang || one.startsWith(`${lang}-`)) ?? lang;
// Digits as the server writes them: 0 to 9 in every language.
const locale = new Intl.Locale(region, { numberingSystem: "latn" });
const plurals = new Intl.PluralRules(lang);
const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
const short = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const longDay = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const number = new Intl.NumberFormat(locale);
const hours = new Intl.NumberFormat(locale, { style: "unit", unit: "hour", unitDisplay: "short" });
const minutes = new Intl.NumberFormat(locale, { style: "unit", unit: "minute", unitDisplay: "short" });
const seconds = new Intl.NumberFormat(locale, { style: "unit", unit: "second", unitDisplay: "short" });

/**
 * The sentence of this name, with `{name}` filled in; one with `{count}` in the form that goes with that number.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 */
export function word(name, values = {}) {
  const text = variant(name, values.count)?.textContent ?? name;
  return text.replace(/\{(\w+)\}/g, (all, key) => {
    const value = values[key] ?? all;
    return typeof value === "number" ? number.format(value) : value;
  });
}

/**
 * A sentence that counts is there once for each of a few numbers (`data-count`); the last one fits most numbers.
 * @param {string} name
 * @param {string | number} [count]
 */
function variant(name, count) {
  const source = document.getElementById("words");
  const all = [...(source?.content.querySelectorAll(`[data-word="${name}"]`) ?? [])];
  const form = plurals.select(Number(count ?? 0));
  return all.find((one) => plurals.select(Number(one.dataset.count)) === form) ?? all.at(-1);
}

/** @param {string} name */
export function hasWord(name) {
  return variant(name) !== undefined;
}

/** @param {Date} date */
export const timeOfDay = (date) => clock.format(date);

/** @param {Date} date */
export const fullTime = (date) => full.format(date);

/** The time alone for today, else with the day. @param {Date} date */
export const moment = (date) => (sameDay(date, new Date()) ? timeOfDay(date) : short.format(date));

/** @param {Date} a @param {Date} b */
export const sameDay = (a, b) => a.toDateString() === b.toDateString();

/** "Today", "Yesterday", or the day with its name. @param {Date} date */
export function dayName(date) {
  const now = new Date();
  if (sameDay(date, now)) return word("today");
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  return sameDay(date, yesterday) ? word("yesterday") : longDay.format(date);
}

/**
 * "11 hr 5 min left" by the server's clock, the last minute in seconds; nothing for what is over or more than two
 * days away.
 * @param {Date} end
 * @param {string} pattern with `{time}`
 */
export function timeLeft(end, pattern) {
  const left = end.getTime() - serverNow();
  if (!(left > -MINUTE) || left > 2 * DAY) return "";
  if (left <= MINUTE) return pattern.replace("{time}", seconds.format(Math.max(0, Math.ceil(left / SECOND))));
  const whole = Math.max(1, Math.ceil(left / MINUTE));
  const parts = [];
  if (whole >= 60) parts.push(hours.format(Math.floor(whole / 60)));
  if (whole % 60) parts.push(minutes.format(whole % 60));
  return pattern.replace("{time}", parts.join(" "));
}
