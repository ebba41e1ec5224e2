import type { StoreApi } from 'zustand/vanilla'
import type { Notice } from './slices/jobSlice'
import type { StudioState } from './studioState'

const KEPT = 4
let count = 0

/** Shows a message until it is dismissed (errors) or for a while (information, see `Notices`). */
export function notify(store: StoreApi<StudioState>, tone: Notice['tone'], message: string): void {
  count++
  const notice: Notice = { id: `notice-${count}`, tone, message }
  store.setState(state => ({
    notices: [...state.notices.filter(other => other.message !== message), notice].slice(-KEPT),
  }))
}

export function dismissNotice(store: StoreApi<StudioState>, id: string): void {
  store.setState(state => ({ notices: state.notices.filter(notice => notice.id !== id) }))
}
