import type { Studio } from '../studio'

/** Folds a side panel to its heading, or opens it again; remembered. */
export function foldPanel({ store }: Pick<Studio, 'store'>, title: string, folded: boolean): void {
  store.change(state => ({
    shell: {
      foldedPanels: [
        ...state.shell.foldedPanels.filter(other => other !== title),
        ...(folded ? [title] : []),
      ],
    },
  }))
}

/** Shows a step of the tour. */
export function showTourStep({ store }: Pick<Studio, 'store'>, step: number): void {
  store.change({ shell: { tourStep: step } })
}

/** Finishes or skips the tour: it does not offer itself again. */
export function endTour({ store }: Pick<Studio, 'store'>): void {
  store.change({ shell: { tourStep: null, tourSeen: true } })
}
