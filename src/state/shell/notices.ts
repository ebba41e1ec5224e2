import type { StudioStore } from '../studioState'
import type { Notice } from './slice'

const KEPT = 4

/** Shows a message until it is dismissed (errors) or for a while (information, see `Notices`). */
export function notify(store: StudioStore, tone: Notice['tone'], message: string): void {
  store.change(({ shell: { notices } }) => {
    // Ids rise, and those on screen all differ.
    const id = (notices.at(-1)?.id ?? 0) + 1
    return {
      shell: {
        notices: [...notices.filter(other => other.message !== message), { id, tone, message }].slice(-KEPT),
      },
    }
  })
}

export function dismissNotice(store: StudioStore, id: Notice['id']): void {
  store.change(state => ({ shell: { notices: state.shell.notices.filter(notice => notice.id !== id) } }))
}
