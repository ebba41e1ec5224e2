/** Lets the event loop turn once, so that aborts, time limits and messages are heard in the middle of long work. */
export function yieldToEvents(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve))
}
