// Elements of the page, made from text alone.

/** An element with what is inside it: elements, and text. Nothing is made of null, false and "". */
export function make(tag, attributes, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  const parts = inside.flat().filter((one) => ![null, undefined, false, ""].includes(one));
  node.append(...parts.map((one) => (one instanceof Node ? one : String(one))));
  return node;
}

/** Words for those who hear the page instead of seeing it. */
export function unseen(text) {
  return make("span", { class: "unseen" }, text);
}

/** Changes a text only if it is another: what did not change is not read out again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
