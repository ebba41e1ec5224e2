import type { Studio } from '../studio'
import { LONGEST_NAME, reviewPreferences } from './slice'

type Holder = Pick<Studio, 'store'>

/** Whether a verdict is followed by the next patch. */
export function setAutoAdvance({ store }: Holder, autoAdvance: boolean): void {
  store.change({ review: reviewPreferences.sound({ autoAdvance }) })
}

/** Names who judges from now on; empty: nobody is named. Verdicts that were given keep theirs. */
export function setReviewer({ store }: Holder, name: string): void {
  store.change({ review: reviewPreferences.sound({ reviewer: name.trim().slice(0, LONGEST_NAME) }) })
}

export function openNote({ store }: Holder): void {
  store.change({ review: { noteOpen: true } })
}

export function closeNote({ store }: Holder): void {
  store.change({ review: { noteOpen: false } })
}
