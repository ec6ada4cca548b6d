/** Moments as people read them, in the time zone of this machine, and running time as a stop watch shows it. */

/** `2025-11-21 11:40`. */
export function dateTime(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${timeOfDay(ms)}`;
}

/** `11:40`. */
export function timeOfDay(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `11:40:07`. */
export function timeWithSeconds(ms: number): string {
  return `${timeOfDay(ms)}:${two(new Date(ms).getSeconds())}`;
}

/** `2:03`, `1:02:03`: the same width from one second to the next. */
export function stopWatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
