// What is in the books: the entities with their counts, the objects of one, and one object with its lines.

import { make, morph, setText } from "./dom.js";
import { hashOf, to } from "./place.js";
import { cell, columnHead, head, mark, nothing, quiet, rowHead, shownValue, table, valueCell } from "./tables.js";
import { amount, decimalsOf, instant, isEmpty, whole } from "./values.js";

export const ROWS = 25;

const byId = (id) => document.getElementById(id);
const link = (href, text) => make("a", { href }, text);

export function drawEntities({ entities }, { organization, problems }, current) {
  const rows = entities.map(({ name, count, active, sums, active_sums: activeSums }) => {
    const [summed] = Object.keys(sums);
    const both = summed && `${summed}: ${amount(activeSums[summed], 2)} active, ${amount(sums[summed], 2)} in all`;
    const href = hashOf({ organization, entity: name, problems });
    return make("tr", { "data-key": name, class: count === 0 && "none" },
      rowHead(make("a", { href, "aria-current": name === current && "page" }, name)),
      cell(whole(count), "number"),
      cell(whole(active), active === count ? "number quiet" : "number"),
      cell(summed && amount(activeSums[summed], 2), "number", both));
  });
  const heads = [head("Entity"), head("All", "number"), head("Active", "number"), head("Amount", "number", "of the active ones")];
  morph(byId("entities"), make("nav", {}, table({ id: "entity-table", caption: "In the books", captionShown: true, heads, rows })));
  if (current !== shownEntity) bringIntoView(document.querySelector("#entity-table [aria-current]"));
  shownEntity = current;
}

let shownEntity;

/** Where the list of entities scrolls by itself, on a narrow screen, show the chosen one. */
function bringIntoView(chosen) {
  const list = chosen?.closest(".scroll");
  if (list) list.scrollTop = chosen.closest("tr").offsetTop - list.clientHeight / 2;
}

export function drawRows(shown, { text, start }) {
  const { entity, count, matches, searched, rows } = shown;
  const end = start + rows.length;
  const found = text ? `${whole(matches)} found in ${whole(count)}` : whole(count);
  setText(byId("list-title"), entity);
  setText(byId("matches"), `${rows.length ? `${whole(start + 1)} to ${whole(end)} of ` : ""}${found}, the last changed first`);
  morph(byId("rows"), make("div", {},
    rows.length ? objectTable(shown) : nothing(text ? "Nothing has this text." : "There are none."),
    make("p", { class: "links" },
      start > 0 && link(to({ start: 0 }), "Newest"),
      start > 0 && link(to({ start: Math.max(0, start - ROWS) }), "Newer"),
      rows.length > 0 && end < matches && link(to({ start: end }), "Older"),
      searched < count && quiet(`Only the ${whole(searched)} that were changed last are searched.`))));
}

function objectTable({ entity, timed, columns, rows, names }) {
  const decimals = columns.map((column, at) => decimalsOf(column, rows.map(({ cells }) => cells[at])));
  const named = rows.some(({ id, name }) => id !== name);
  const lines = rows.map(({ id, name, active, updated, cells }) => make("tr", { "data-key": id, class: !active && "inactive" },
    rowHead([link(to({ id }), name), !active && mark("inactive")]),
    ...cells.map((value, at) => valueCell(columns[at], value, names, decimals[at])),
    timed && cell(instant(updated), "time"),
    named && cell(id, "id")));
  const heads = [head("Object"), ...columns.map(columnHead), timed && head("updatedTime"), named && head("id")];
  return table({ id: "object-table", caption: `${entity}: the objects`, heads, rows: lines });
}

export function drawDocument(shown, { id, entity, text, empty }) {
  const way = make("p", { class: "links" }, link(to({ id: "" }), text ? `Back to the search for “${text}”` : `Back to all of ${entity || "it"}`));
  const title = (...content) => make("h2", { id: "document-title", tabindex: "-1" }, ...content);
  if (!shown.found) {
    morph(byId("document"), make("section", {}, way, title("Nothing here"), nothing(`These books have no object with the id ${id}.`)));
    return;
  }
  const filled = shown.fields.filter(({ value }) => !isEmpty(value));
  const hidden = shown.fields.length - filled.length;
  morph(byId("document"), make("section", {},
    way,
    title(shown.name, " ", quiet(shown.entity), !shown.active && mark("inactive")),
    ...shown.children.filter(({ rows }) => empty || rows.length).map((each) => childTable(each, shown, empty)),
    fieldTable(empty ? shown.fields : filled, shown.names),
    make("p", { class: "links" },
      hidden > 0 && link(to({ empty: empty ? "" : "1" }), empty ? "Hide empty fields" : `Show ${hidden} empty fields`)),
    shown.referrers.length > 0 && make("p", { class: "links" },
      quiet("What refers to it:"),
      ...shown.referrers.map((each) => link(to({ entity: each, text: shown.id, id: "", start: 0 }), each)))));
}

function fieldTable(fields, names) {
  const rows = fields.map((field) => make("tr", { "data-key": field.name },
    rowHead(field.name, field.description),
    cell(shownValue(field, field.value, names, decimalsOf(field, [field.value])), field.type === "id" && !names[field.value] ? "id" : "text")));
  return table({ id: "field-table", caption: "Fields", captionShown: true, heads: [head("Field"), head("Value")], rows });
}

/** The elements of a child array; what they do not have, or only to say what they belong to, is left out. */
function childTable({ name, columns, rows, sums }, { id, names }, empty) {
  const says = (at) => columns[at].name !== "entity" && rows.some((row) => !isEmpty(row[at]) && row[at] !== id);
  const places = [...columns.keys()].filter((at) => empty || says(at));
  const decimals = places.map((at) => decimalsOf(columns[at], [...rows.map((row) => row[at]), sums[columns[at].name]]));
  const lines = rows.map((row) => make("tr", {}, ...places.map((at, nth) => valueCell(columns[at], row[at], names, decimals[nth]))));
  const summed = places.map((at) => sums[columns[at].name]);
  const foot = summed.some((sum) => sum !== undefined) && make("tr", {}, ...summed.map((sum, nth) => {
    if (sum !== undefined) return cell(amount(sum, decimals[nth]), "number");
    return nth === 0 ? rowHead("Sum") : cell();
  }));
  const heads = places.map((at) => columnHead(columns[at]));
  return table({ id: `child-${name}`, caption: `${name}: ${rows.length}`, captionShown: true, heads, rows: lines, foot });
}
