import type { Layer } from '@deck.gl/core'
import type { Device, Texture } from '@luma.gl/core'
import type { PixelWindow } from '../core/raster/rasterSource'
import { HILLSHADE_PERCENTILE, renderKey } from '../state/actions/renderBase'
import { type PixelCache, probabilityKey } from '../state/pixelCache'
import type { PaneId } from '../state/slices/viewModeSlice'
import type { StudioState } from '../state/studioState'
import type { PatchRecord } from '../storage/projectStore'
import { BaseRasterLayer } from './layers/baseLayer'
import { MaskLayer } from './layers/maskLayer'
import { ProbabilityLayer } from './layers/probabilityLayer'
import { RasterTextures } from './rasterTextures'

/** Outline and tint of the mask, sRGB 0..1: bright cyan, apart from soil, vegetation and every ramp used here. */
const MASK_COLOUR = [0.16, 0.9, 0.98]
const LINE_WIDTH = 1.75

/** Makes the layers of the patch on screen from the store and the pixel cache, uploading only what changed. */
export class PatchLayers {
  private readonly textures: RasterTextures
  private uploaded = { base: '', hillshade: '', probability: '', mask: '' }
  /** True from a stroke's first pixel to its last: the mask's texture is then written by `paintMask` alone. */
  private painting = false

  constructor(
    device: Device,
    private readonly pixels: PixelCache,
    /** The pane that these layers are drawn in: every id begins with its name and a slash. */
    private readonly pane: PaneId = 'first',
  ) {
    this.textures = new RasterTextures(device)
  }

  destroy(): void {
    this.textures.destroy()
  }

  /** Puts the whole mask of a beginning stroke up; a patch never predicted gets its first mask so. */
  beginPainting(patch: PatchRecord, mask: Uint8Array): void {
    this.textures.upload('mask', 'r8unorm', patch.width, patch.height, mask)
    this.uploaded.mask = `${patch.id}/painting`
    this.painting = true
  }

  paintMask(patch: PatchRecord, window: PixelWindow, mask: Uint8Array): void {
    this.textures.uploadWindow('mask', patch.width, window, mask)
  }

  /** @param revision of the mask that the texture shows already: it is not uploaded again. */
  endPainting(patch: PatchRecord, revision?: number): void {
    this.painting = false
    if (revision !== undefined) this.uploaded.mask = `${patch.id}/${revision}`
  }

  /**
   * All three layers from the start, hidden where they have nothing to show: programs are compiled once, while the
   * studio opens, and not in the middle of a review.
   */
  make(state: StudioState, patch: PatchRecord | null): Layer[] {
    const overlays = patch !== null && !state.peeking
    const base = patch && this.baseTexture(state, patch)
    const shade = patch && base && this.hillshadeTexture(state, patch)
    const probability = overlays && state.showProbability && this.probabilityTexture(state, patch)
    const mask = overlays && state.showMask && this.maskTexture(state, patch)
    const bounds: [number, number, number, number] = patch ? [0, patch.height, patch.width, 0] : [0, 1, 1, 0]
    const { blank } = this.textures
    return [
      new BaseRasterLayer({
        id: `${this.pane}/base`,
        image: base || blank,
        visible: Boolean(base),
        bounds,
        uniforms: { hillshadeTexture: shade || base || blank, blend: shade ? state.hillshadeBlend : 0 },
      }),
      new ProbabilityLayer({
        id: `${this.pane}/probability`,
        image: probability || blank,
        visible: Boolean(probability),
        bounds,
        uniforms: { opacity: state.probabilityOpacity },
      }),
      new MaskLayer({
        id: `${this.pane}/mask`,
        image: mask || blank,
        visible: Boolean(mask),
        bounds,
        uniforms: {
          colour: MASK_COLOUR,
          // A tint over the probability would change its colours: the outline alone says where the mask is.
          tint: probability ? 0 : state.maskOpacity,
          strength: Math.min(1, state.maskOpacity * 3),
          lineWidth: LINE_WIDTH,
        },
      }),
    ]
  }

  private baseTexture(state: StudioState, patch: PatchRecord): Texture | null {
    const key = renderKey(patch.id, state.baseLayer, state.percentile)
    const picture = this.pixels.renders.get(key)
    if (picture && this.uploaded.base !== key) {
      this.textures.upload('base', 'rgba8unorm', picture.width, picture.height, picture.rgba)
      this.uploaded.base = key
    }
    // While the next picture is made the last one of this patch stays; another patch's is never shown.
    return this.uploaded.base.startsWith(`${patch.id}/`) ? this.textures.get('base') : null
  }

  private hillshadeTexture(state: StudioState, patch: PatchRecord): Texture | null {
    if (state.hillshadeBlend === 0 || state.baseLayer === 'hillshade') return null
    const key = renderKey(patch.id, 'hillshade', HILLSHADE_PERCENTILE)
    const picture = this.pixels.renders.get(key)
    if (!picture) return null
    if (this.uploaded.hillshade !== key) {
      this.textures.upload('hillshade', 'rgba8unorm', picture.width, picture.height, picture.rgba)
      this.uploaded.hillshade = key
    }
    return this.textures.get('hillshade')
  }

  private probabilityTexture(state: StudioState, patch: PatchRecord): Texture | null {
    const values = this.pixels.probabilities.get(probabilityKey(patch.id, state.probabilityModel))
    if (!values) return null
    const key = `${patch.id}/${state.probabilityModel}/${state.probabilityRevision[patch.id] ?? 0}`
    if (this.uploaded.probability !== key) {
      this.textures.upload('probability', 'r32float', patch.width, patch.height, values)
      this.uploaded.probability = key
    }
    return this.textures.get('probability')
  }

  private maskTexture(state: StudioState, patch: PatchRecord): Texture | null {
    const mask = this.pixels.masks.get(patch.id)
    if (!mask) return null
    const key = `${patch.id}/${state.maskRevision[patch.id] ?? 0}`
    if (this.uploaded.mask !== key && !this.painting) {
      this.textures.upload('mask', 'r8unorm', patch.width, patch.height, mask)
      this.uploaded.mask = key
    }
    return this.uploaded.mask.startsWith(`${patch.id}/`) ? this.textures.get('mask') : null
  }
}
