/** What somebody has begun and not sent, by person and place. */

const KEPT = "klapper-begun"; // in the browser's session storage, over a reload

/** A draft: {text, files, replyTo, command}; `at` names a person in a place. */
export class Drafts {
  constructor() {
    this.begun = new Map();
    this.forms = new Map();
  }

  put(at, draft) {
    this.begun.set(at, draft);
  }

  /** What was begun there; empty where nothing was. */
  get(at) {
    return this.begun.get(at) ?? {};
  }

  /** A form that was closed or not answered: whoever opens the command there again goes on with it. */
  keep(at, form) {
    this.forms.set(`${at} ${form.invocation.path}`, form);
  }

  /** The form that was kept, once. */
  reopen(at, invocation) {
    const key = `${at} ${invocation.path}`;
    const form = this.forms.get(key);
    this.forms.delete(key);
    return form;
  }

  /** A form is done: wherever it was put aside, it is no longer. */
  drop(form) {
    for (const draft of this.begun.values()) if (draft.command === form) draft.command = null;
  }
}

/** Keeps a text while the page begins anew. */
export function keepText(text) {
  sessionStorage.setItem(KEPT, text);
}

/** The text that was kept, once; null where none was. */
export function keptText() {
  const text = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  return text;
}
