// The reply editor and the fields around it: what the agent is about to submit.

// `emit` hears of every change by the name that Zendesk gives it.
export function makeEditor(part, emit) {
  let known = { status: "", tags: [] };

  const isRich = () => part("rich").checked;
  const kind = () => document.querySelector("input[name=kind]:checked").value;
  const isNote = () => kind() === "internalNote";
  const tags = () => part("tags").value.split(/\s+/).filter(Boolean);
  const words = () => (isRich() ? part("html").innerText : part("text").value).trim();
  const text = () => (words() ? (isRich() ? part("html").innerHTML : part("text").value) : "");

  function changed() {
    emit("comment.text.changed", text());
  }

  function showKind() {
    part("editor").className = isNote() ? "note" : "";
    const label = isNote() ? "Internal note" : "Reply";
    ["html", "text"].forEach((id) => part(id).setAttribute("aria-label", label));
    emit("comment.type.changed", kind());
  }

  function showRich() {
    if (isRich()) part("html").innerText = part("text").value;
    else part("text").value = part("html").innerText;
    part("html").hidden = !isRich();
    part("text").hidden = isRich();
    changed();
  }

  function setTags(wanted) {
    part("tags").value = [...new Set(wanted)].join(" ");
    emit("ticket.tags.changed", tags());
  }

  function setStatus(status) {
    part("status").value = status;
    emit("ticket.status.changed", status);
  }

  function append(added) {
    const whole = words() ? `${words()}\n\n${added}` : added;
    if (isRich()) part("html").innerText = whole;
    else part("text").value = whole;
    changed();
  }

  part("html").addEventListener("input", changed);
  part("text").addEventListener("input", changed);
  part("rich").addEventListener("change", showRich);
  part("tags").addEventListener("change", () => setTags(tags()));
  part("status").addEventListener("change", () => setStatus(part("status").value));
  document.querySelectorAll("input[name=kind]").forEach((radio) => radio.addEventListener("change", showKind));

  const setters = {
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

  return {
    isRich,
    kind,
    tags,
    text,
    status: () => part("status").value,
    // Undefined where there is no such thing, as Zendesk says of what an app asks for.
    set: (path, value) => (setters[path] ? (setters[path](value) ?? value) : undefined),
    invoke: (name, args) => (actions[name] ? (actions[name](...args) ?? null) : undefined),

    // A prepared text goes into the editor, and its tags into the form.
    apply(macro) {
      if (!macro) return;
      append(macro.text);
      setTags([...tags(), ...macro.tags]);
    },

    // The ticket as the desk has it. What the agent has changed in the form stays.
    stored(ticket) {
      const status = ticket.status === "new" ? "open" : ticket.status;
      if (part("status").value === known.status || !known.status) part("status").value = status;
      if (tags().join() === known.tags.join()) part("tags").value = ticket.tags.join(" ");
      known = { status, tags: ticket.tags };
    },

    asSubmit: () => ({
      public: !isNote(),
      text: words(),
      html: isRich() && words() ? text() : null,
      status: part("status").value,
      add_tags: tags().filter((tag) => !known.tags.includes(tag)),
      remove_tags: known.tags.filter((tag) => !tags().includes(tag)),
      macro_id: part("macro").value || null,
    }),

    clear() {
      part("html").replaceChildren();
      part("text").value = "";
      part("macro").value = "";
      [known.status, known.tags] = [part("status").value, tags()];
    },
  };
}
