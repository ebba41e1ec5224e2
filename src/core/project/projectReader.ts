import type { PixelWindow } from '../raster/rasterSource'
import type { AuditEntry } from '../review/auditLog'
import type { PointAuditRecord } from '../review/pointAudit'
import type { HistoryRecord, PatchRecord } from '../review/records'
import type { RoundRecord } from '../rounds/round'
import type { BoxSums } from '../scenes/boxSums'
import type { SceneRecord } from '../scenes/sceneRecord'
import type { ProjectRecord } from './projectRecords'

/** What can be read of a project, wherever it lies: in the browser's storage, or in the archive that was saved of it. */
export interface ProjectReader {
  project(): Promise<ProjectRecord>
  /** Those of the project, without the removed ones and the margins of scenes. */
  patches(): Promise<PatchRecord[]>
  /** @throws AppError `bad-argument` if there is none of this id. */
  patch(id: string): Promise<PatchRecord>
  /** `label` counts where the record has `hasLabel`: one whose attaching was undone still lies there. */
  readPixels(id: string): Promise<{ data: Float32Array; valid: Uint8Array | null; label: Uint8Array | null }>
  /**
   * A window of a patch's pixels, of which no more is read than its rows.
   *
   * @param bands to read, all 14 by default, in the order given
   * @returns [bands, height, width] raw units
   * @throws AppError `bad-argument` for a window that leaves the patch
   */
  readPixelWindow(
    id: string,
    window: PixelWindow,
    bands?: readonly number[],
  ): Promise<{ data: Float32Array; valid: Uint8Array | null }>
  /**
   * A small copy of a cell: sums of bands over boxes of 8 x 8 pixels of its scene (`core/scenes/boxSums.ts`), made with the
   * cell, or now where it has none yet.
   *
   * @param window the cell's pixels in its scene
   * @param bands to read, at least one, in the order given
   */
  readReduced(id: string, window: PixelWindow, bands: readonly number[]): Promise<BoxSums[]>

  /** In the order in which they were added; incomplete ones, too. */
  scenes(): Promise<SceneRecord[]>

  /**
   * Working mask of the review (0, 1, 255) with every stroke on record, also those that were recorded after it was
   * written; null while there is none.
   */
  readMask(patchId: string): Promise<Uint8Array | null>
  /** Probability of landslide, 0..1; `modelId` "ensemble" for the mean. null while there is none. */
  readProbability(patchId: string, modelId: string): Promise<Float32Array | null>

  /** Strokes and verdicts as steps. The only record of verdicts: `currentVerdicts` says which ones stand. */
  history(): Promise<HistoryRecord[]>
  /** Everything that was done to the project, in the order in which it was. */
  auditLog(): Promise<AuditEntry[]>
  /** In the order in which they were begun. */
  pointAudits(): Promise<PointAuditRecord[]>
  rounds(): Promise<RoundRecord[]>
}
