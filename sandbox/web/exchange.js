/** A newer version of something in place of the older one, without taking anything out of its reader's hands. */

const COPIED = ["alt", "title", "aria-label", "width", "height"];

/**
 * Puts `row` where `old` was. Clips play on, pictures are not loaded again, opened details stay open, what was uncovered
 * stays so, and the focus stays on the same thing, or on the row's menu where that is gone. Both are on the page for a
 * moment: what moves from one to the other never leaves it.
 */
export function exchange(old, row) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const find = focused && finder(focused, old);
  old.before(row);
  keep(old, row);
  uncover(old, row);
  old.remove();
  if (focused && document.activeElement !== focused) refocus(find, row);
}

function keep(old, row) {
  for (const fresh of row.querySelectorAll("[data-keep]")) {
    const same = [...old.querySelectorAll("[data-keep]")].find(
      (one) => one.dataset.keep === fresh.dataset.keep && one.tagName === fresh.tagName,
    );
    if (!same) continue;
    COPIED.forEach((name) => copy(name, fresh, same));
    move(same, fresh);
    fresh.removeAttribute("src"); // before the browser begins to load it
  }
}

function copy(name, from, to) {
  if (from.hasAttribute(name)) to.setAttribute(name, from.getAttribute(name));
  else to.removeAttribute(name);
}

/** `moveBefore` keeps a clip in full screen, too; not every browser has it. */
function move(same, fresh) {
  if (!fresh.parentNode.moveBefore) {
    fresh.replaceWith(same);
    return;
  }
  fresh.parentNode.moveBefore(same, fresh);
  fresh.remove();
}

/** Spoilers in texts are known by what they hide. */
function uncover(old, row) {
  const before = [...old.querySelectorAll(".spoiler")];
  for (const one of row.querySelectorAll(".spoiler")) {
    const at = before.findIndex((other) => other.textContent === one.textContent);
    const [same] = at < 0 ? [] : before.splice(at, 1);
    if (same?.classList.contains("is-shown") && !one.classList.contains("is-shown")) one.click();
  }
}

/** Finds in a row what `focused` was in another: by its key, else as the same one of those that are called the same. */
function finder(focused, old) {
  const { focus } = focused.dataset;
  if (focus) return (row) => row.querySelector(`[data-focus="${CSS.escape(focus)}"]`);
  const name = nameOf(focused);
  const called = (row) => [...row.querySelectorAll(focused.localName)].filter((one) => nameOf(one) === name);
  const index = called(old).indexOf(focused);
  return (row) => called(row)[index];
}

function nameOf(node) {
  return node.getAttribute("aria-label") ?? node.textContent;
}

function refocus(find, row) {
  const wanted = find(row);
  wanted?.focus({ preventScroll: true });
  if (document.activeElement !== wanted) row.querySelector(".message-more")?.focus({ preventScroll: true });
}
