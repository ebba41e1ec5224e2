import type { Layer } from '@deck.gl/core'
import type { Device, Texture } from '@luma.gl/core'
import { RAMP_STEPS } from '../../core/patches/colourRamps'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../core/review/records'
import { MOST_SURROUNDING, surroundingCells, surroundingPicture } from '../../state/accuracy/surroundings'
import { crosshairOf } from '../../state/edit/tools'
import { overlayKey } from '../../state/layers/overlays'
import { basePicture, contoursKey, pictureKey, shadePicture } from '../../state/layers/pictures'
import type { PaneId } from '../../state/layers/slice'
import { type PixelCache, probabilityKey } from '../../state/pixelCache'
import type { StudioState } from '../../state/studioState'
import {
  GAINED_COLOUR,
  isRampOverlay,
  LOST_COLOUR,
  MASK_COLOUR,
  OVERLAY_RAMPS,
  ROUND_COLOUR,
  rampPixels,
} from '../overlayColours'
import { BaseRasterLayer, DifferenceLayer, MaskLayer, RampLayer } from './gridLayers'
import { contourLayers, crosshairLayers } from './lineLayers'

type Format = 'rgba8unorm' | 'r8unorm' | 'r32float'

/** One texel a pixel and never a value between two pixels. */
const NEAREST = {
  minFilter: 'nearest',
  magFilter: 'nearest',
  mipmapFilter: 'none',
  addressModeU: 'clamp-to-edge',
  addressModeV: 'clamp-to-edge',
} as const

/** Textures by role; a role keeps its texture while size and format stay. */
export class RasterTextures {
  private readonly textures = new Map<string, { texture: Texture; key: string }>()

  /** Stands in where a layer has nothing to show. */
  readonly blank: Texture

  constructor(private readonly device: Device) {
    this.blank = this.upload('blank', 'r8unorm', 1, 1, new Uint8Array(1))
  }

  upload(
    role: string,
    format: Format,
    width: number,
    height: number,
    data: Uint8Array | Uint8ClampedArray | Float32Array,
  ): Texture {
    const key = `${format}/${width}/${height}`
    const held = this.textures.get(role)
    if (held?.key === key) {
      held.texture.writeData(data)
      return held.texture
    }
    held?.texture.destroy()
    const texture = this.device.createTexture({ format, width, height, data, mipLevels: 1, sampler: NEAREST })
    this.textures.set(role, { texture, key })
    return texture
  }

  /** Uploads only a window of a one-byte raster, straight from the whole one. */
  uploadWindow(role: string, rasterWidth: number, window: PixelWindow, data: Uint8Array): void {
    this.textures.get(role)?.texture.writeData(data, {
      x: window.column,
      y: window.row,
      width: window.width,
      height: window.height,
      byteOffset: window.row * rasterWidth + window.column,
      bytesPerRow: rasterWidth,
    })
  }

  get(role: string): Texture | null {
    return this.textures.get(role)?.texture ?? null
  }

  drop(role: string): void {
    this.textures.get(role)?.texture.destroy()
    this.textures.delete(role)
  }

  destroy(): void {
    for (const role of [...this.textures.keys()]) this.drop(role)
  }
}

/** A few textures that pictures take by turns: the one that was used longest ago is taken next. */
class Roles {
  private readonly held: { name: string; key: string }[]

  constructor(prefix: string, count: number) {
    this.held = Array.from({ length: count }, (_, i) => ({ name: `${prefix}-${i}`, key: '' }))
  }

  /** @returns the texture of a picture; `isFresh`: it has to be uploaded */
  take(key: string): { name: string; isFresh: boolean } {
    const at = Math.max(
      0,
      this.held.findIndex(role => role.key === key),
    )
    const [role] = this.held.splice(at, 1)
    const isFresh = role!.key !== key
    role!.key = key
    this.held.push(role!)
    return { name: role!.name, isFresh }
  }
}

const LINE_WIDTH = 1.75

const share = (colour: readonly number[]) => colour.map(value => value / 255)

/** How a mask is drawn. @param onOverlay a tint would change the overlay's colours: the outline alone says where it is */
export function maskStyle({ layers }: Pick<StudioState, 'layers'>, onOverlay: boolean) {
  return {
    colour: share(MASK_COLOUR),
    tint: onOverlay ? 0 : layers.maskOpacity,
    strength: Math.min(1, layers.maskOpacity * 3),
    lineWidth: LINE_WIDTH,
  }
}

/** Makes the layers of the patch on screen from the store and the pixel cache, uploading only what changed. */
export class PatchLayers {
  private readonly textures: RasterTextures
  private readonly surrounding = new Roles('surrounding', MOST_SURROUNDING)
  private uploaded = { base: '', hillshade: '', overlay: '', ramp: '', mask: '' }
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
   * All layers from the start, hidden where they have nothing to show: programs are compiled once, with the first patch
   * (`GradualLayers`), and not in the middle of a review.
   */
  make(state: StudioState, patch: PatchRecord | null): Layer[] {
    const overlays = patch !== null && !state.layers.peeking
    const base = patch && this.baseTexture(state, patch)
    const shade = patch && base && this.hillshadeTexture(state, patch)
    const overlay = overlays && state.layers.showProbability ? this.overlayTexture(state, patch) : null
    const mask = overlays && state.layers.showMask ? this.maskTexture(state, patch) : null
    const contours =
      overlays && state.layers.showContours
        ? (this.pixels.contours.get(contoursKey(patch.id, state.layers.contourInterval)) ?? null)
        : null
    const crosshair = state.view.inspecting ? crosshairOf(state) : null
    const bounds: [number, number, number, number] = patch ? [0, patch.height, patch.width, 0] : [0, 1, 1, 0]
    const { blank } = this.textures
    const opacity = state.layers.probabilityOpacity
    /** What every grid layer has; nothing to show: hidden, with a stand-in. */
    const grid = (id: string, image: Texture | null) => ({
      id: `${this.pane}/${id}`,
      image: image ?? blank,
      visible: image !== null,
      bounds,
    })
    const shown = (kind: boolean) => (kind ? overlay : null)
    const ramp = isRampOverlay(state.layers.overlay) ? OVERLAY_RAMPS[state.layers.overlay] : null
    const isDifference =
      state.layers.overlay === 'round-difference' || state.layers.overlay === 'against-verdict'
    return [
      ...this.surroundings(state),
      new BaseRasterLayer({
        ...grid('base', base || null),
        uniforms: {
          hillshadeTexture: shade || base || blank,
          blend: shade ? state.layers.hillshadeBlend : 0,
        },
      }),
      new RampLayer({
        ...grid('ramp', shown(ramp !== null)),
        uniforms: {
          rampTexture: this.rampTexture(state),
          opacity,
          fadeFrom: ramp?.fade[0] ?? 0,
          fadeTo: ramp?.fade[1] ?? 1,
        },
      }),
      new DifferenceLayer({
        ...grid('difference', shown(isDifference)),
        uniforms: {
          gained: share(GAINED_COLOUR),
          lost: share(LOST_COLOUR),
          opacity,
          lineWidth: LINE_WIDTH / 2,
        },
      }),
      new MaskLayer({
        ...grid('round', shown(state.layers.overlay === 'round-mask')),
        uniforms: {
          colour: share(ROUND_COLOUR),
          tint: opacity / 2,
          strength: opacity,
          lineWidth: LINE_WIDTH,
        },
      }),
      ...contourLayers(`${this.pane}/`, contours),
      new MaskLayer({
        ...grid('mask', mask),
        uniforms: maskStyle(state, overlay !== null),
      }),
      ...crosshairLayers(`${this.pane}/`, crosshair, patch ?? { width: 1, height: 1 }),
    ]
  }

  /** The image of neighbouring cells around an audited point: nothing of their maps. */
  private surroundings(state: StudioState): Layer[] {
    const cells = surroundingCells(state)
    const picture = cells.length > 0 ? surroundingPicture(state, this.pixels) : null
    if (!picture) return []
    return cells.flatMap(({ patch: { id, width, height }, column, row }) => {
      const key = pictureKey(id, picture)
      const rendered = this.pixels.renders.get(key)
      if (!rendered) return []
      const role = this.surrounding.take(key)
      if (role.isFresh) this.textures.upload(role.name, 'rgba8unorm', width, height, rendered.rgba)
      return new BaseRasterLayer({
        id: `${this.pane}/${role.name}`,
        image: this.textures.get(role.name)!,
        bounds: [column, row + height, column + width, row],
        uniforms: { hillshadeTexture: this.textures.blank, blend: 0 },
      })
    })
  }

  private baseTexture(state: StudioState, patch: PatchRecord): Texture | null {
    const key = pictureKey(patch.id, basePicture(state))
    const picture = this.pixels.renders.get(key)
    if (picture && this.uploaded.base !== key) {
      this.textures.upload('base', 'rgba8unorm', picture.width, picture.height, picture.rgba)
      this.uploaded.base = key
    }
    // While the next picture is made the last one of this patch stays; another patch's is never shown.
    return this.uploaded.base.startsWith(`${patch.id}/`) ? this.textures.get('base') : null
  }

  private hillshadeTexture(state: StudioState, patch: PatchRecord): Texture | null {
    if (state.layers.hillshadeBlend === 0 || state.layers.baseLayer === 'hillshade') return null
    const key = pictureKey(patch.id, shadePicture(state))
    const picture = this.pixels.renders.get(key)
    if (picture && this.uploaded.hillshade !== key) {
      this.textures.upload('hillshade', 'rgba8unorm', picture.width, picture.height, picture.rgba)
      this.uploaded.hillshade = key
    }
    return this.uploaded.hillshade.startsWith(`${patch.id}/`) ? this.textures.get('hillshade') : null
  }

  private overlayTexture(state: StudioState, patch: PatchRecord): Texture | null {
    const probability = state.layers.overlay === 'probability'
    const key = probability
      ? `${overlayKey(state, patch.id)}/${state.review.probabilityRevision[patch.id] ?? 0}`
      : overlayKey(state, patch.id)
    const values = probability
      ? this.pixels.probabilities.get(probabilityKey(patch.id, state.layers.probabilityModel))
      : this.pixels.overlays.get(key)
    if (values && this.uploaded.overlay !== key) {
      const format = values instanceof Float32Array ? 'r32float' : 'r8unorm'
      this.textures.upload('overlay', format, patch.width, patch.height, values)
      this.uploaded.overlay = key
    }
    // Known to be absent: the last one would be a lie. Not known yet: one of the same kind may stay until it is.
    if (values === null) return null
    const same = this.uploaded.overlay.startsWith(`${patch.id}/${state.layers.overlay}/`)
    return same ? this.textures.get('overlay') : null
  }

  private rampTexture(state: StudioState): Texture {
    const kind = isRampOverlay(state.layers.overlay) ? state.layers.overlay : 'probability'
    if (this.uploaded.ramp !== kind) {
      this.textures.upload('ramp', 'rgba8unorm', RAMP_STEPS, 1, rampPixels(OVERLAY_RAMPS[kind].colours))
      this.uploaded.ramp = kind
    }
    return this.textures.get('ramp') ?? this.textures.blank
  }

  private maskTexture(state: StudioState, patch: PatchRecord): Texture | null {
    const mask = this.pixels.masks.get(patch.id)
    if (!mask) return null
    const key = `${patch.id}/${state.review.maskRevision[patch.id] ?? 0}`
    if (this.uploaded.mask !== key && !this.painting) {
      this.textures.upload('mask', 'r8unorm', patch.width, patch.height, mask)
      this.uploaded.mask = key
    }
    return this.uploaded.mask.startsWith(`${patch.id}/`) ? this.textures.get('mask') : null
  }
}
