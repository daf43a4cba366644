// Tables and their cells.

import { make } from "./dom.js";
import { toObject } from "./place.js";
import { amount, hasDecimals, instant, isEmpty, oneLine } from "./values.js";

/** A table that scrolls sideways by itself where it is too wide, by keyboard too. */
export function table({ id, caption, captionShown = false, heads, rows, foot }) {
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    make("table", { id },
      make("caption", { class: !captionShown && "unseen" }, caption),
      make("thead", {}, make("tr", {}, ...heads)),
      make("tbody", {}, ...rows),
      foot && make("tfoot", {}, foot)));
}

export const head = (text, className, title) => make("th", { scope: "col", class: className, title }, text);
export const rowHead = (content, title) => make("th", { scope: "row", title }, ...[content].flat());
export const cell = (content, className, title) => make("td", { class: className, title }, ...[content].flat());

export const mark = (text) => make("span", { class: "mark" }, text);
export const quiet = (text) => make("span", { class: "quiet" }, text);
export const code = (text) => make("span", { class: "code" }, text);
export const nothing = (text) => make("p", { class: "nothing" }, text);

const isNumber = (column) => hasDecimals(column) || column.type === "integer";

/** The head of a column of the books. */
export const columnHead = (column) => head(column.name, isNumber(column) && "number", column.description);

/** A value of the books in its cell. */
export function valueCell(column, value, names, decimals) {
  const classes = { datetime: "time", date: "time", id: names[value] ? "" : "id" };
  return cell(shownValue(column, value, names, decimals), isNumber(column) ? "number" : classes[column.type]);
}

/** A value of the books: amounts with their thousands apart, codes with their meaning, ids as links to what they mean. */
export function shownValue(column, value, names, decimals = 0) {
  if (isEmpty(value)) return null;
  if (typeof value === "object") return oneLine(value);
  if (hasDecimals(column)) return amount(value, decimals);
  if (column.type === "datetime") return instant(value);
  if (column.type === "id" && names[value]) {
    const { entity, name } = names[value];
    return make("a", { href: toObject(entity, value), title: `${entity} ${value}` }, name);
  }
  const meaning = column.codes[value];
  return meaning ? [meaning, " ", code(value)] : String(value);
}
