import type { StoreApi } from 'zustand/vanilla'
import type { StudioState } from '../studioState'
import type { Notice } from './slice'

const KEPT = 4

/** Shows a message until it is dismissed (errors) or for a while (information, see `Notices`). */
export function notify(store: StoreApi<StudioState>, tone: Notice['tone'], message: string): void {
  store.setState(({ notices }) => {
    // Ids rise, and those on screen all differ.
    const id = (notices.at(-1)?.id ?? 0) + 1
    return {
      notices: [...notices.filter(other => other.message !== message), { id, tone, message }].slice(-KEPT),
    }
  })
}

export function dismissNotice(store: StoreApi<StudioState>, id: Notice['id']): void {
  store.setState(state => ({ notices: state.notices.filter(notice => notice.id !== id) }))
}
