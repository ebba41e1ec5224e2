import type { StudioStore } from '../studioState'
import type { Notice } from './slice'

const KEPT = 4

/**
 * Shows a message until it is dismissed (errors) or for a while (information, see `Notices`).
 *
 * @param retry the job that a button beside it runs again
 */
export function notify(
  store: StudioStore,
  tone: Notice['tone'],
  message: string,
  retry?: Notice['retry'],
): void {
  store.change(({ shell: { notices } }) => {
    // Ids rise, and those on screen all differ.
    const id = (notices.at(-1)?.id ?? 0) + 1
    return {
      shell: {
        notices: [
          ...notices.filter(other => other.message !== message),
          { id, tone, message, ...(retry && { retry }) },
        ].slice(-KEPT),
      },
    }
  })
}

export function dismissNotice(store: StudioStore, id: Notice['id']): void {
  store.change(state => ({ shell: { notices: state.shell.notices.filter(notice => notice.id !== id) } }))
}
