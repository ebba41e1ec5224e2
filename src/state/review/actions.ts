import type { Studio } from '../studio'
import { reviewPreferences } from './slice'

type Holder = Pick<Studio, 'store'>

/** Whether a verdict is followed by the next patch. */
export function setAutoAdvance({ store }: Holder, autoAdvance: boolean): void {
  store.change({ review: reviewPreferences.sound({ autoAdvance }) })
}

export function openNote({ store }: Holder): void {
  store.change({ review: { noteOpen: true } })
}

export function closeNote({ store }: Holder): void {
  store.change({ review: { noteOpen: false } })
}
