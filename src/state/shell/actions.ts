import type { Studio } from '../studio'

/** Folds a side panel to its heading, or opens it again; remembered. */
export function foldPanel({ store }: Pick<Studio, 'store'>, title: string, folded: boolean): void {
  store.setState(state => ({
    foldedPanels: [...state.foldedPanels.filter(other => other !== title), ...(folded ? [title] : [])],
  }))
}

/** Shows a step of the tour. */
export function showTourStep({ store }: Pick<Studio, 'store'>, step: number): void {
  store.setState({ tourStep: step })
}

/** Finishes or skips the tour: it does not offer itself again. */
export function endTour({ store }: Pick<Studio, 'store'>): void {
  store.setState({ tourStep: null, tourSeen: true })
}
