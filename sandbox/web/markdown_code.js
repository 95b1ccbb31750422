/** Where code stands in a text: between backticks, nothing else of Discord's markdown counts. Pure. */

const FENCE = "```";
const LANGUAGE = /([a-z0-9_+\-.#]+)\n/iy;

/**
 * The code of one text.
 *
 * Keeps: each place is looked at once, so a text of nothing but backticks costs no more than one of letters.
 */
export class Code {
  #text;
  #runs = new Map(); // length -> where runs of so many backticks begin, in order
  #known = new Map();

  constructor(text) {
    this.#text = text;
    for (const { 0: run, index } of text.matchAll(/`+/g)) {
      if (!this.#runs.has(run.length)) this.#runs.set(run.length, []);
      this.#runs.get(run.length).push(index);
    }
  }

  /** What begins with the backtick at `at`: a node and where it ends, or null where nothing closes it. */
  at(at) {
    if (!this.#known.has(at)) this.#known.set(at, this.#fenced(at) ?? this.#inline(at));
    return this.#known.get(at);
  }

  /** The end of the run of backticks at `at`. */
  runEnd(at) {
    let end = at;
    while (this.#text[end] === "`") end += 1;
    return end;
  }

  #fenced(at) {
    if (!this.#text.startsWith(FENCE, at)) return null;
    const start = at + FENCE.length;
    LANGUAGE.lastIndex = start;
    const named = LANGUAGE.exec(this.#text);
    return (named && this.#block(named[1], start + named[0].length)) ?? this.#block(null, start);
  }

  /** The lines up to the next fence, without the empty ones around them; null when that is nothing. */
  #block(language, from) {
    let start = from;
    while (this.#text[start] === "\n") start += 1;
    const close = this.#text.lastIndexOf(FENCE) > start ? this.#text.indexOf(FENCE, start) : -1;
    if (close <= start) return null;
    let end = close;
    while (this.#text[end - 1] === "\n") end -= 1;
    return { node: { type: "pre", language, text: this.#text.slice(start, end) }, end: close + FENCE.length };
  }

  #inline(at) {
    const start = this.runEnd(at);
    const close = this.#runs.get(start - at)?.find((index) => index >= start);
    if (close === undefined) return null;
    const text = this.#text.slice(start, close);
    if (!/\S/.test(text)) return null;
    // A blank keeps a backtick of the code apart from those around it.
    const shown = text.replace(/^ (?=`)|(?<=`) $/g, "");
    return { node: { type: "code", text: shown }, end: close + start - at };
  }
}
