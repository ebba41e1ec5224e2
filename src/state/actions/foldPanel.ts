import type { Studio } from '../studio'

/** Folds a side panel to its heading, or opens it again; remembered. */
export function foldPanel({ store }: Pick<Studio, 'store'>, title: string, folded: boolean): void {
  store.setState(state => ({
    foldedPanels: [...state.foldedPanels.filter(other => other !== title), ...(folded ? [title] : [])],
  }))
}
