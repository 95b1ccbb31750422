/** Calls to the sandbox's own server. Whatever goes wrong is a `Refusal` with one sentence to show. */

const PATIENCE_MS = 20_000;

/** A call that did not do what it should. The message is a sentence for people. */
export class Refusal extends Error {}

/** The door to everything below `base`. Each call answers the parsed body; `signal` ends it early. */
export function doorTo(base) {
  return {
    get: (path, options) => call("GET", base + path, undefined, options),
    post: (path, body = {}, options) => call("POST", base + path, body, options),
    patch: (path, body, options) => call("PATCH", base + path, body, options),
    remove: (path, options) => call("DELETE", base + path, undefined, options),
  };
}

async function call(method, url, body, { signal = null, patienceMs = PATIENCE_MS } = {}) {
  const ends = [AbortSignal.timeout(patienceMs), ...(signal ? [signal] : [])];
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  let response;
  let text;
  try {
    response = await fetch(url, { method, headers, body: JSON.stringify(body), signal: AbortSignal.any(ends) });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refusal(error.name === "TimeoutError" ? "The sandbox takes too long." : "The sandbox does not answer.");
  }
  return answerOf(response, text);
}

function answerOf(response, text) {
  const answer = parsed(text);
  if (response.ok && answer !== undefined) return answer;
  const said = typeof answer?.error === "string" && answer.error.trim();
  throw new Refusal(said ? sentence(said) : `The sandbox answered with an error (${response.status}).`);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sentence(said) {
  const begun = said[0].toUpperCase() + said.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
