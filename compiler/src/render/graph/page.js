
"use strict";
const search = document.getElementById("search");
const problems = document.getElementById("problems");
const count = document.getElementById("count");
const boxes = [...document.querySelectorAll("main div")];
const texts = new Map(boxes.map((box) => [box, box.textContent.toLowerCase()]));
const top_items = [...document.querySelectorAll("main > ul > li")];

// Keeps what fits, what leads there, and all that it leads to.
function filter(item, words, above) {
  const box = item.firstElementChild;
  const list = box.nextElementSibling;
  const is_asked = words.length > 0 || problems.checked;
  const hit = is_asked && words.every((word) => texts.get(box).includes(word)) &&
    (!problems.checked || box.classList.contains("bad"));
  box.classList.toggle("hit", hit);
  let below = false;
  let last = null;
  for (const child of list ? list.children : []) {
    const shown = filter(child, words, above || hit);
    below = shown || below;
    child.classList.remove("last");
    if (shown) last = child;
  }
  if (last) last.classList.add("last");
  const shown = !is_asked || hit || above || below;
  item.hidden = !shown;
  // Where nothing below is shown there is no line to it.
  if (list) list.hidden = last === null;
  return shown;
}

function update() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of top_items) filter(item, words, false);
  const hits = document.querySelectorAll(".hit").length;
  const is_asked = words.length > 0 || problems.checked;
  count.textContent = is_asked ? (hits === 1 ? "1 found" : hits + " found") : "";
}

// The same backend or route wherever it stands.
function mark(event) {
  const box = event.target.closest("main div");
  for (const other of document.querySelectorAll(".same")) other.classList.remove("same");
  if (!box) return;
  const same = boxes.filter((other) => other.dataset.node === box.dataset.node);
  if (same.length > 1) for (const other of same) other.classList.add("same");
}

search.addEventListener("input", update);
problems.addEventListener("input", update);
document.addEventListener("pointerover", mark);
document.addEventListener("focusin", mark);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
});
update();
