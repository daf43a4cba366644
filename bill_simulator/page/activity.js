// What happens to the books: the latest requests, faults, the mutator, limits, switches.

import { make, morph } from "./dom.js";
import { to } from "./place.js";
import { cell, code, head, mark, nothing, quiet, rowHead, table } from "./tables.js";
import { isEmpty, oneLine, whole } from "./values.js";

const CODES = 6;

/** A part of the page with its title. */
function draw(id, title, ...content) {
  morph(document.getElementById(id), make("section", {}, make("h2", { id: `${id}-title` }, ...[title].flat()), ...content));
}

export function drawActivity(overview, place) {
  drawRequests(overview, place);
  drawFaults(overview);
  drawMutator(overview);
  drawLimits(overview);
  drawSwitches(overview);
}

function drawRequests({ calls, organization, organizations }, { problems }) {
  const names = new Map(organizations.map(({ id, name }) => [id, name]));
  const elsewhere = ({ organization: id }) => id && id !== organization && code(` ${names.get(id) ?? id}`);
  const rows = calls.latest.map((call) => make("tr", { "data-key": call.number, class: call.problem && "problem" },
    cell(make("time", { datetime: call.time, title: call.time }, call.time.slice(11, 19)), "time"),
    cell([make("a", { href: to({ call: call.number, id: "" }), title: "What was said" }, call.path), elsewhere(call)], "path"),
    cell([call.code, call.meaning && code(` ${call.meaning}`), call.refused_rows > 0 && mark(`${whole(call.refused_rows)} refused`)], "text"),
    cell(call.rows === null ? null : whole(call.rows), "number"),
    cell(call.duration_ms.toFixed(1), "number"),
    cell(call.fault && mark(call.fault))));
  const heads = [head("Time"), head("Path"), head("Outcome"), head("Rows", "number"), head("ms", "number"), head("Fault")];
  const codes = Object.entries(calls.codes).sort(([, a], [, b]) => b - a).slice(0, CODES);
  const toggle = make("a", { href: to({ problems: problems ? "" : "1" }) }, problems ? "Show all" : "Only what went wrong");
  draw("requests", ["Latest requests ", quiet(`of ${whole(calls.count)}`)],
    calls.count > 0 && make("p", { class: "links" }, ...codes.map(([name, times]) => quiet(`${name}: ${whole(times)}`)), toggle),
    rows.length
      ? table({ id: "request-table", caption: "Latest requests, the newest first", heads, rows })
      : nothing(problems ? "Nothing went wrong." : "No calls yet."));
}

/** What a call said, and what it was answered. */
export function drawCall(call, { call: number }) {
  const title = (...content) => make("h2", { id: "call-title", tabindex: "-1" }, ...content);
  const way = make("p", { class: "links" }, make("a", { href: to({ call: "" }) }, "Back to the books"));
  if (!call.found) {
    morph(document.getElementById("call"), make("section", {}, way, title(`Call ${number}`),
      nothing("What was said in it is not kept: only of the last hundred calls, and of the last hundred that went wrong.")));
    return;
  }
  const { path, code: outcome, meaning, fault, sent, answer, size, kept } = call;
  const part = (name, text) => make("section", {}, make("h3", {}, name), make("pre", { tabindex: "0" }, text));
  const got = fault && mark(`fault: ${fault}; what arrived may be another answer, or none`);
  morph(document.getElementById("call"), make("section", {},
    way,
    title(path, " ", quiet(`call ${number}, ${outcome}${meaning ? ` ${meaning}` : ""}`)),
    make("h3", {}, "Sent"),
    sent.length ? make("dl", {}, ...sent.flatMap(({ name, text }) => [make("dt", {}, name), make("dd", {}, make("pre", { tabindex: "0" }, text))])) : nothing("No fields."),
    make("h3", {}, "Answered ", quiet(`${whole(size)} bytes${kept < size ? `, of which the first ${whole(kept)}` : ""}`), got),
    make("pre", { tabindex: "0", class: "answer" }, answer)));
}

const SHOWN_APART = new Set(["kind", "path", "nth", "count", "chance", "seed", "code", "matched", "fired", "doc"]);

/** When and how a fault strikes, in words. */
function strikes(fault) {
  const times = new Map([[0, "every time"], [1, "once"]]).get(fault.count) ?? `${whole(fault.count)} times`;
  const more = Object.entries(fault).filter(([name, value]) => !SHOWN_APART.has(name) && !isEmpty(value));
  return [
    fault.nth > 1 && `from match ${whole(fault.nth)}`,
    times,
    fault.chance < 1 && `with chance ${fault.chance} (seed ${fault.seed})`,
    fault.kind === "error" && fault.code,
    ...more.map(([name, value]) => `${name} ${oneLine(value)}`),
  ].filter(Boolean).join(", ");
}

function drawFaults({ faults }) {
  const rows = faults.map((fault, at) => {
    const spent = fault.count > 0 && fault.fired >= fault.count;
    return make("tr", { "data-key": at, class: spent && "inactive" },
      rowHead([fault.kind, spent && mark("spent")], fault.doc),
      cell(fault.path, "path"),
      cell(strikes(fault)),
      cell(whole(fault.matched), "number"),
      cell(whole(fault.fired), "number"));
  });
  const heads = [head("Kind"), head("Path"), head("Strikes"), head("Matched", "number"), head("Fired", "number")];
  draw("faults", "Faults in force", rows.length ? table({ id: "fault-table", caption: "Faults in force", heads, rows }) : nothing("None."));
}

function drawMutator({ mutator }) {
  document.getElementById("mutator").hidden = !mutator.plan;
  if (!mutator.plan) return;
  const said = Object.entries(mutator).map(([name, value]) => [name, oneLine(value)]).filter(([, text]) => text);
  const rows = said.map(([name, text]) => make("tr", { "data-key": name }, rowHead(name), cell(text, "text")));
  draw("mutator", "Mutator", table({ id: "mutator-table", caption: "Mutator", heads: [head("Name"), head("Value")], rows }));
}

function drawLimits({ limits }) {
  const rows = limits.map(({ name, value, default: usual, used }) => make("tr", { "data-key": name },
    rowHead(name),
    cell(used === null ? null : whole(used), used >= value && used > 0 ? "number full" : "number", name === "concurrent" ? "most at once so far" : "in this clock hour"),
    cell([value !== usual && mark(`not ${whole(usual)}`), whole(value)], "number")));
  const heads = [head("Limit"), head("Used", "number"), head("Of", "number")];
  draw("limits", "Limits", table({ id: "limit-table", caption: "Limits", heads, rows }));
}

function drawSwitches({ switches }) {
  const rows = switches.map(({ name, value, default: usual, doc }) => make("tr", { "data-key": name },
    rowHead(name, doc), cell(value), cell(usual, "quiet")));
  const heads = [head("Switch"), head("Now"), head("Default")];
  draw("switches", "Switches turned", rows.length
    ? table({ id: "switch-table", caption: "Switches that differ from their default", heads, rows })
    : nothing("All stand at their default."));
}
