/** When the state of a network is to be saved: so often that little is lost, so seldom that saving costs little. */
export interface SaveClock {
  due(): boolean
  /** Runs a save and starts the time anew when it is over. */
  around<T>(save: () => Promise<T>): Promise<T>
}

/** Saving takes at most a tenth of the time, unless that would leave more than this many seconds unsaved. */
const LONGEST_SECONDS = 45
const SHARE = 0.1

/**
 * @param seconds between two saves.
 * @param now a clock in milliseconds.
 */
export function createSaveClock(seconds: number, now: () => number): SaveClock {
  let last = now()
  let wait = seconds * 1000
  return {
    due: () => now() - last >= wait,
    async around(save) {
      const begin = now()
      try {
        return await save()
      } finally {
        last = now()
        const slow = (last - begin) / SHARE
        wait = Math.max(seconds * 1000, Math.min(slow, LONGEST_SECONDS * 1000))
      }
    },
  }
}
