// The reply editor and the fields around it: what the agent is about to submit.

const part = (id) => document.getElementById(id);

let emit = () => {};
let known = { status: "", tags: [] };
let chosenRecipient;

// `listener` is told of every change by the name that Zendesk gives it.
export function onChange(listener) {
  emit = listener;
}

export const isRich = () => part("rich").checked;
export const kind = () => document.querySelector("input[name=kind]:checked").value;
export const tags = () => part("tags").value.split(/\s+/).filter(Boolean);
export const status = () => part("status").value;
export const recipient = () => chosenRecipient;

// HTML where the text is rich, as Zendesk hands it to apps.
export function text() {
  if (!words()) return "";
  return isRich() ? part("html").innerHTML : part("text").value;
}

// Undefined where there is no such thing, as Zendesk says of what an app asks for.
export const set = (path, value) => (setters[path] ? (setters[path](value) ?? value) : undefined);
export const invoke = (name, args) => (actions[name] ? (actions[name](...args) ?? null) : undefined);

// A prepared text goes into the editor, and its tags into the form.
export function apply(macro) {
  if (!macro) return;
  append(macro.text);
  setTags([...tags(), ...macro.tags]);
}

// The ticket as the desk has it. What the agent has changed in the form stays.
export function stored(ticket) {
  const standing = ticket.status === "new" ? "open" : ticket.status;
  if (status() === known.status || !known.status) part("status").value = standing;
  if (tags().join() === known.tags.join()) part("tags").value = ticket.tags.join(" ");
  known = { status: standing, tags: ticket.tags };
}

export function asSubmit() {
  return {
    public: !isNote(),
    text: words(),
    html: isRich() && words() ? text() : null,
    status: status(),
    add_tags: tags().filter((tag) => !known.tags.includes(tag)),
    remove_tags: known.tags.filter((tag) => !tags().includes(tag)),
    macro_id: part("macro").value || null,
  };
}

export function clear() {
  part("html").replaceChildren();
  part("text").value = "";
  part("macro").value = "";
  known = { status: status(), tags: tags() };
}

const setters = {
  "ticket.recipient": (value) => {
    chosenRecipient = value;
  },
  "ticket.status": setStatus,
  "ticket.tags": setTags,
  "comment.text": (value) => {
    part("text").value = value;
    part("html").innerHTML = value;
    changed();
  },
  "comment.type": (value) => {
    document.querySelector(`input[name=kind][value=${value}]`).checked = true;
    showKind();
  },
};
const actions = {
  "comment.appendText": append,
  "ticket.editor.insert": append,
  "ticket.tags.add": (tag) => setTags([...tags(), ...[tag].flat()]),
  "ticket.tags.remove": (tag) => setTags(tags().filter((one) => ![tag].flat().includes(one))),
};

part("html").addEventListener("input", changed);
part("text").addEventListener("input", changed);
part("rich").addEventListener("change", showRich);
part("tags").addEventListener("change", () => setTags(tags()));
part("status").addEventListener("change", () => setStatus(status()));
document.querySelectorAll("input[name=kind]").forEach((radio) => radio.addEventListener("change", showKind));

function isNote() {
  return kind() === "internalNote";
}

function words() {
  return (isRich() ? part("html").innerText : part("text").value).trim();
}

function write(whole) {
  if (isRich()) part("html").innerText = whole;
  else part("text").value = whole;
  changed();
}

function append(added) {
  write(words() ? `${words()}\n\n${added}` : added);
}

function changed() {
  emit("comment.text.changed", text());
}

function showKind() {
  part("editor").className = isNote() ? "note" : "";
  const label = isNote() ? "Internal note" : "Reply";
  ["html", "text"].forEach((id) => part(id).setAttribute("aria-label", label));
  emit("comment.type.changed", kind());
}

// What was written is carried over, without its markup.
function showRich() {
  const whole = isRich() ? part("text").value : part("html").innerText;
  part("html").hidden = !isRich();
  part("text").hidden = isRich();
  write(whole);
}

function setTags(wanted) {
  part("tags").value = [...new Set(wanted)].join(" ");
  emit("ticket.tags.changed", tags());
}

function setStatus(wanted) {
  part("status").value = wanted;
  emit("ticket.status.changed", wanted);
}
