// How values of the books are written for people. Numbers of the books are texts, and stay texts: a JavaScript number
// would lose digits of an amount.

import { make } from "./dom.js";

const NO_REFERENCE = "0".repeat(20);

/** Whether a value says nothing: null, an empty text or array, or the id that means "no reference". */
export const isEmpty = (value) =>
  value === null || value === undefined || value === "" || value === NO_REFERENCE || (Array.isArray(value) && value.length === 0);

/** A count. */
export const whole = (count) => grouped(String(count));

const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");

/** `1234.5` as `1,234.50`: thousands apart, and zeros up to a number of decimals. */
export function amount(text, decimals = 0) {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!parts) return String(text);
  const [, sign, before, after = ""] = parts;
  const padded = after.padEnd(decimals, "0");
  return sign + grouped(before) + (padded && `.${padded}`);
}

/** Whether a column has amounts, prices, quantities or rates. */
export const hasDecimals = ({ type }) => type === "money" || type === "decimal";

/** The decimals of a column, so that its points stand below each other; amounts have two at least. */
export const decimalsOf = (column, values) => {
  if (!hasDecimals(column)) return 0;
  const least = column.type === "money" ? 2 : 0;
  return Math.max(least, ...values.map((each) => (each ?? "").split(".")[1]?.length ?? 0));
};

/** `2025-06-30T15:12:08.000+0000` as `2025-06-30 15:12:08`. */
export const instant = (wire) => make("time", { datetime: wire, title: wire }, wire.slice(0, 19).replace("T", " "));

/** An object or array in one line. */
export function oneLine(value) {
  if (isEmpty(value)) return "";
  if (Array.isArray(value)) return value.map(oneLine).join("; ");
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .filter(([, each]) => !isEmpty(each))
    .map(([name, each]) => `${name} ${oneLine(each)}`)
    .join(", ");
}
