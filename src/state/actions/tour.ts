import type { Studio } from '../studio'

/** Shows a step of the tour. */
export function showTourStep({ store }: Pick<Studio, 'store'>, step: number): void {
  store.setState({ tourStep: step })
}

/** Finishes or skips the tour: it does not offer itself again. */
export function endTour({ store }: Pick<Studio, 'store'>): void {
  store.setState({ tourStep: null, tourSeen: true })
}
