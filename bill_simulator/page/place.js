// Where we are: organization, entity, search, page and document stand in the hash of the address, so that reload, back
// and a link to a colleague work.

const NAMES = ["organization", "entity", "text", "start", "id", "empty", "problems", "call"];

/** What the address says; what it does not say is an empty text. */
export function here() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const place = Object.fromEntries(NAMES.map((name) => [name, hash.get(name) ?? ""]));
  return { ...place, start: /^\d{1,9}$/.test(place.start) ? Number(place.start) : 0 };
}

/** The parts of a place that say something. */
export const query = (place) => new URLSearchParams(Object.entries(place).filter(([, value]) => value));

export const hashOf = (place) => `#${query(place)}`;

/** The address of this place with changes. */
export const to = (changes) => hashOf({ ...here(), ...changes });

/** The address of an object; the search is left when it is of another entity. */
export const toObject = (entity, id) => to({ entity, id, ...(entity === here().entity ? {} : { text: "", start: 0 }) });

/** Change the address without a step to go back to. */
export const stay = (changes) => history.replaceState(null, "", to(changes));
