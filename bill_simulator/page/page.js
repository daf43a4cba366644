// The page of bill-simulator: asks the endpoints of routes.py every two seconds while it is looked at, and changes only
// what has changed. Whatever comes from the books goes in as text, never as HTML.

import { drawActivity, drawCall } from "./activity.js";
import { ROWS, drawDocument, drawEntities, drawRows } from "./books.js";
import { make, morph, setText } from "./dom.js";
import { here, query, stay, to } from "./place.js";
import { amount, instant, whole } from "./values.js";

const REFRESH_EVERY_MS = 2000;
const SEARCH_AFTER_MS = 200;

const byId = (id) => document.getElementById(id);

// ---- asking

/** The simulator's own words about what was wrong with a request. */
class WrongRequest extends Error {}

async function get(path, parameters, signal) {
  const reply = await fetch(`/_simulator/page/${path}?${query(parameters)}`, { signal, cache: "no-store" });
  const body = await reply.json();
  if (!reply.ok) throw new WrongRequest(body.error);
  return body;
}

let timer;
let asking = new AbortController();

/** Ask and draw, now and every two seconds from now on; what was asked before is not waited for any more. */
async function refresh() {
  clearTimeout(timer);
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  try {
    const [overview, contents] = await state(signal);
    if (signal.aborted) return;
    draw(overview, contents);
    tell("");
  } catch (error) {
    if (signal.aborted) return;
    tell(error instanceof WrongRequest ? error.message : "The simulator does not answer. Trying again.", error);
  }
  if (!document.hidden) timer = setTimeout(refresh, REFRESH_EVERY_MS);
}

async function state(signal) {
  const { organization, problems } = here();
  const overview = get("overview", { organization, problems }, signal);
  if (!here().entity && !here().id && !here().call) {
    const { entities } = await overview;
    stay({ entity: entities.reduce((most, each) => (each.count > most.count ? each : most)).name });
  }
  const { entity, text, start, id, call } = here();
  if (call) return Promise.all([overview, get("call", { number: call }, signal)]);
  const contents = id
    ? get("object", { organization, id }, signal)
    : get("rows", { organization, entity, text, start, max: ROWS }, signal);
  return Promise.all([overview, contents]);
}

function tell(text, error) {
  const isTheirs = error instanceof WrongRequest;
  const box = byId("trouble");
  morph(box, make("p", {}, text, isTheirs && make("a", { href: "#" }, "Start over")));
  box.hidden = !text;
  byId("health").className = text && !isTheirs ? "bad" : "good";
  setText(byId("health"), text && !isTheirs ? "not connected" : "connected");
}

// ---- drawing

let isAnswerDue = false;

function draw(overview, contents) {
  const place = here();
  drawHeader(overview);
  const shown = place.call ? "call" : place.id ? "document" : "list";
  for (const each of ["list", "document", "call"]) byId(each).hidden = each !== shown;
  drawEntities(overview, place, shown === "document" ? contents.entity : place.entity);
  if (shown === "call") drawCall(contents, place);
  else if (shown === "document") drawDocument(contents, place);
  else drawRows(contents, place);
  drawActivity(overview, place);
  document.title = `${titleOf(shown, contents, place)} - BILL simulator`;
  if (isAnswerDue && shown === "list") setText(byId("said"), `${whole(contents.matches)} found`); // once, not at every refresh
  isAnswerDue = false;
}

function titleOf(shown, contents, place) {
  if (shown === "call") return `Call ${place.call}`;
  return `${shown === "document" ? `${contents.name ?? "nothing"}, ` : ""}${contents.entity ?? place.entity}`;
}

function drawHeader({ now, offset_s: offset, organization, organizations, connection }) {
  setText(byId("connection"), Object.entries(connection).map(([name, value]) => `${name}=${value}\n`).join(""));
  const select = byId("organization");
  morph(select, make("select", {}, ...organizations.map(({ id, name }) => make("option", { value: id }, `${name} - ${id}`))));
  if (select.value !== organization) select.value = organization;
  const moved = Number(offset) === 0 ? "real time" : `${amount(offset)} s from real time`;
  morph(byId("clock"), make("p", {}, "Clock ", instant(now), " UTC, ", moved));
}

// ---- what people do

let last = here();
let typing;

/** Read on where the new view begins: at its title, or at the object that was looked at. */
function moveFocus(was, is) {
  if (is.call !== was.call && is.call) byId("call-title")?.focus();
  else if (was.call && !is.call) document.querySelector(`#request-table [data-key="${CSS.escape(was.call)}"] a`)?.focus();
  else if (is.id !== was.id && is.id) byId("document-title")?.focus();
  else if (was.id && !is.id) document.querySelector(`#object-table [data-key="${CSS.escape(was.id)}"] a`)?.focus();
  else if (is.entity !== was.entity || is.start !== was.start) byId("list-title").focus();
}

addEventListener("hashchange", async () => {
  const [was, is] = [last, here()];
  last = is;
  clearTimeout(typing);
  byId("text").value = is.text;
  await refresh();
  if (location.hash.length > 1 && query(is).toString() === query(here()).toString()) moveFocus(was, is);
});

byId("text").addEventListener("input", ({ target }) => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    stay({ text: target.value.trim(), start: 0 });
    last = here();
    isAnswerDue = true;
    setText(byId("matches"), "Searching...");
    refresh();
  }, SEARCH_AFTER_MS);
});

byId("organization").addEventListener("change", ({ target }) => {
  location.hash = to({ organization: target.value, text: "", start: 0, id: "" });
});

byId("copy").addEventListener("click", async () => {
  const text = byId("connection");
  getSelection().selectAllChildren(text); // a browser that lets no page copy leaves that to people
  try {
    await navigator.clipboard.writeText(text.textContent);
    setText(byId("copied"), "Copied.");
  } catch {
    setText(byId("copied"), "Selected: copy it with Ctrl-C.");
  }
});

byId("skip").addEventListener("click", () => byId("main").focus());

addEventListener("keydown", (event) => {
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey || byId("list").hidden) return;
  event.preventDefault();
  byId("text").focus();
});

document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : refresh()));

byId("text").value = last.text;
refresh();
