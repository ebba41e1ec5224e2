import type { Patch } from '../patches/patch'

/** What the method needs of a patch. Raw units of `BANDS`. */
export type PatchPixels = Pick<Patch, 'width' | 'height' | 'data' | 'valid' | 'label'>

/** Patches by id, loaded one at a time so that memory does not grow with the project. */
export interface PatchProvider {
  readonly ids: readonly string[]
  load(id: string): Promise<PatchPixels>
}
