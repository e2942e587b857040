// What a finding rests on: quotations from the draft with the places marked.

import { make, unseen } from "./elements.js";

const AROUND = 60;
const MOST_QUOTES = 4;

/** The places in the draft, marked, with a little of what stands around them; near ones in one quotation. */
export function evidenceOf(finding, draft, texts) {
  const letters = Array.from(draft);
  const places = Array.isArray(finding.evidence) ? finding.evidence.filter((place) => place?.text) : [];
  const found = places.filter((place) => isAt(place, letters)).sort((one, other) => one.start - other.start);
  const lost = places.filter((place) => !isAt(place, letters)).map((place) => [marked(place.text, texts)]);
  const quotes = [...grouped(found).map((group) => quoted(group, letters, texts)), ...lost];
  return quotes.slice(0, MOST_QUOTES).map((parts) => make("blockquote", {}, ...parts.flat()));
}

/** The service tells what stands in a quotation without its marks. */
function bare(text) {
  return text.replace(/\n> /g, "\n  ");
}

/** Whether a place is where it says. Offsets count characters, not JavaScript's halves of them. */
function isAt({ text, start, end }, letters) {
  return Number.isInteger(start) && bare(letters.slice(start, end).join("")) === bare(text);
}

function grouped(places) {
  const groups = [];
  for (const place of places) {
    const last = groups.at(-1)?.at(-1);
    if (last && place.start < last.end) continue;
    if (last && place.start - last.end <= AROUND) groups.at(-1).push(place);
    else groups.push([place]);
  }
  return groups;
}

function quoted(group, letters, texts) {
  const words = (from, to) => letters.slice(from, to).join("").replace(/\n+/g, "\n");
  const [from, to] = [Math.max(0, group[0].start - AROUND), Math.min(letters.length, group.at(-1).end + AROUND)];
  const before = words(from, group[0].start);
  const after = words(group.at(-1).end, to);
  const between = group.map(({ text, end }, index) => [
    marked(text, texts),
    index + 1 < group.length && words(end, group[index + 1].start),
  ]);
  return [
    from ? `…${before.replace(/^\S*\s/, "")}` : before,
    ...between.flat(),
    to < letters.length ? `${after.replace(/\s\S*$/, "")}…` : after,
  ];
}

/** Screen readers pass over a mark in silence, so its ends are told as well. */
function marked(text, texts) {
  return [unseen(texts.mark_begins), make("mark", {}, text), unseen(texts.mark_ends)];
}
