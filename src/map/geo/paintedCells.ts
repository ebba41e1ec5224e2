import type { Layer } from '@deck.gl/core'
import type { Device } from '@luma.gl/core'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../core/review/records'
import { patchById } from '../../state/patches/selectors'
import type { Studio } from '../../state/studio'
import { MaskLayer } from '../patch/gridLayers'
import { maskStyle, RasterTextures } from '../patch/patchLayers'
import { type MapSpace, placementOf } from './placement'

/** Masks that are drawn by themselves, the last that were painted: 64 MB of textures at most. */
const MOST = 16

const PREFIX = 'painted/'

/** The patch whose mask a layer shows; null: it is none of these layers. */
export function paintedId(layerId: string): string | null {
  return layerId.startsWith(PREFIX) ? layerId.slice(PREFIX.length) : null
}

/**
 * Cells beside the one on screen that an edit reached: their masks are drawn on their own grid from then on, since the
 * map's pictures of them follow a stroke too late.
 */
export class PaintedCells {
  private readonly textures: RasterTextures
  /** Revision of the mask that is up, by patch; null: being painted. The last painted is the last. */
  private readonly up = new Map<string, number | null>()

  constructor(
    device: Device,
    private readonly studio: Studio,
  ) {
    this.textures = new RasterTextures(device)
  }

  destroy(): void {
    this.textures.destroy()
  }

  has(id: string): boolean {
    return this.up.has(id)
  }

  begin({ id, width, height }: PatchRecord, mask: Uint8Array): void {
    this.textures.upload(id, 'r8unorm', width, height, mask)
    this.up.delete(id)
    this.up.set(id, null)
    for (const other of this.up.keys()) {
      if (this.up.size <= MOST) break
      this.drop(other)
    }
  }

  paint({ id, width }: PatchRecord, window: PixelWindow, mask: Uint8Array): void {
    this.textures.uploadWindow(id, width, window, mask)
  }

  /** @param revision of the mask that is up already; absent: it is uploaded again. */
  end({ id }: PatchRecord, revision = -1): void {
    if (this.up.has(id)) this.up.set(id, revision)
  }

  /** @param selectedId is drawn by its own layers */
  draw(space: MapSpace, selectedId: string | null): Layer[] {
    const state = this.studio.store.getState()
    const shown = state.layers.showMask && !state.layers.peeking
    const { groups } = placementOf(state.patches.list)
    return [...this.up.keys()].flatMap(id => {
      const patch = patchById(state, id)
      const placed = groups.flatMap(group => group.placed).find(one => one.patch.id === id)
      if (!patch || !placed || id === selectedId || !this.refresh(patch)) {
        this.drop(id)
        return []
      }
      return new MaskLayer({
        id: `${PREFIX}${id}`,
        image: this.textures.get(id) ?? this.textures.blank,
        visible: shown,
        bounds: [0, patch.height, patch.width, 0],
        uniforms: maskStyle(state, false),
        modelMatrix: space.rasterMatrix(placed.transform) as never,
      })
    })
  }

  /** @returns false: its mask is not in memory any more */
  private refresh({ id, width, height }: PatchRecord): boolean {
    const revision = this.studio.store.getState().review.maskRevision[id] ?? 0
    const up = this.up.get(id)
    if (up === null || up === revision) return true
    const mask = this.studio.pixels.masks.get(id)
    if (!mask) return false
    this.textures.upload(id, 'r8unorm', width, height, mask)
    this.up.set(id, revision)
    return true
  }

  private drop(id: string): void {
    this.up.delete(id)
    this.textures.drop(id)
  }
}
