import type { Patch, PatchPixels } from '../patches/patch'

/** What training needs of a patch. Raw units of `BANDS`. */
export type LabelledPixels = PatchPixels & Pick<Patch, 'label'>

/** Patches by id, loaded one at a time so that memory does not grow with the project. */
export interface PatchProvider {
  readonly ids: readonly string[]
  load(id: string): Promise<LabelledPixels>
}
