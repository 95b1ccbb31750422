/** How money, times and counts are written in the drawer. */

const dollars = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  minimumFractionDigits: 2,
  maximumFractionDigits: 4,
});
const whole = new Intl.NumberFormat("en-US");

/** `$1.40`; fractions of a cent where there are some. */
export function usd(amount) {
  return dollars.format(amount);
}

/** `12,345`. */
export function number(count) {
  return whole.format(count);
}

/** `1 job`, `2 jobs`. */
export function counted(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `8 s`, `3 min`, `2 h`, `4 days`: rounded down, never below zero. */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** `1 min 12 s`: a run time, to the second. */
export function runTime(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
