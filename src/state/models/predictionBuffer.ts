import type { PatchRecord } from '../../core/review/records'
import type { PixelCache } from '../pixelCache'
import { frozenPatchIds } from '../review/selectors'
import type { Timers } from '../scheduling'
import type { StudioStore } from '../studioState'

/** Patches that come sooner after one another are shown together: each change of thousands of records is felt. */
const GATHER_MS = 200

const TIMER = 'predictions'

/** By patch, what made its map; its scores stay where there are no new ones. */
type Predicted = Map<string, Pick<PatchRecord, 'prediction' | 'scores'>>

/** What was predicted and is not shown yet. */
export class PredictionBuffer {
  private waiting: { modelIds: readonly string[]; predicted: Predicted } | null = null

  constructor(private readonly studio: { store: StudioStore; pixels: PixelCache; timers: Timers }) {}

  /** Shows the first patch and the one on screen at once, the others with what comes meanwhile. */
  add(
    patchId: string,
    { prediction, scores }: Pick<PatchRecord, 'prediction' | 'scores'>,
    modelIds: readonly string[],
  ): void {
    const made = { prediction, scores }
    if (this.waiting && this.waiting.modelIds.join() !== modelIds.join()) this.flush()
    if (this.waiting) {
      this.waiting.predicted.set(patchId, made)
      if (this.studio.store.getState().view.selectedId === patchId) this.flush()
      return
    }
    this.waiting = { modelIds, predicted: new Map() }
    this.studio.timers.start(TIMER, GATHER_MS, () => this.flush())
    this.show(new Map([[patchId, made]]), modelIds)
  }

  /** Shows what waits; call it before anything else changes the patches' models. */
  flush(): void {
    const { waiting } = this
    if (!waiting) return
    this.waiting = null
    this.studio.timers.stop(TIMER)
    this.show(waiting.predicted, waiting.modelIds)
  }

  /** Has the state say that these patches were predicted by these models; their maps are read when next looked at. */
  show(predicted: Readonly<Predicted>, modelIds: readonly string[]): void {
    if (predicted.size === 0) return
    const { store, pixels } = this.studio
    for (const id of predicted.keys()) pixels.probabilities.deleteUnder(`${id}/`)
    store.change(state => {
      const frozen = frozenPatchIds(state)
      const shares = { ...state.review.shares }
      const probabilityRevision = { ...state.review.probabilityRevision }
      const patches = state.patches.list.map(patch => {
        if (!predicted.has(patch.id)) return patch
        const { prediction, scores } = predicted.get(patch.id) ?? {}
        if (!patch.hasLabel && !frozen.has(patch.id)) {
          pixels.masks.delete(patch.id)
          delete shares[patch.id]
        }
        probabilityRevision[patch.id] = (probabilityRevision[patch.id] ?? 0) + 1
        return { ...patch, predictedBy: [...modelIds], prediction, ...(scores && { scores }) }
      })
      return { patches: { list: patches }, review: { shares, probabilityRevision } }
    })
  }
}
