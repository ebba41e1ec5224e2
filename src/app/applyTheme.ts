import type { Studio } from '../state/studio'

/** Puts the chosen theme on the page, now and whenever it changes; tokens.css does the rest. */
export function applyTheme(page: HTMLElement, { store }: Pick<Studio, 'store'>): void {
  page.dataset.theme = store.getState().theme
  store.subscribe((state, before) => {
    if (state.theme !== before.theme) page.dataset.theme = state.theme
  })
}
