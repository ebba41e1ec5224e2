import type { Layer } from '@deck.gl/core'
import type { Device, Texture } from '@luma.gl/core'
import { toAppError } from '../../core/foundation/appError'
import { RAMP_STEPS } from '../../core/patches/colourRamps'
import type { PatchRecord } from '../../core/review/records'
import { overlayKey } from '../../state/layers/overlays'
import { probabilityKey } from '../../state/pixelCache'
import { peekMask } from '../../state/review/masks'
import { frozenPatchIds } from '../../state/review/selectors'
import type { Studio } from '../../state/studio'
import type { StudioState } from '../../state/studioState'
import type { MapSpace } from '../geo/placement'
import { isRampOverlay, MASK_COLOUR, OVERLAY_RAMPS, rampPixels } from '../overlayColours'
import { MaskLayer, RampLayer } from '../patch/gridLayers'
import {
  type CellPyramid,
  COARSE_STEP,
  emptyLike,
  makePyramid,
  type PyramidLevel,
  putLevel,
  pyramidBytes,
} from './cellPyramid'
import type { PlacedCell } from './placedScenes'
import type { SceneSight } from './sceneGround'
import { SightLoader, type Wanted } from './sightLoader'
import { tileBounds } from './tileBounds'
import { TILE_SIDE, type TilePlace, tileName, tileWindow } from './tileGrid'

interface CellValues extends Wanted {
  cell: PlacedCell
  from: number
}

/** Of each kind, masks and maps of probability: those of a few screens at full detail, or of a whole scene. */
const BUDGET = 64 * 2 ** 20

const AT_ONCE = 4

const LINE_WIDTH = 1.75

interface HeldTexture {
  texture: Texture
  key: string
}

/**
 * One kind of raster of the cells in sight, put together tile by tile at the tile's step. A tile is put together again
 * when that of one of its cells changed; until it is there the former stays.
 */
class CellTiles<V extends Uint8Array | Float32Array> {
  private readonly loader: SightLoader<CellValues, CellPyramid<V>>
  private readonly textures = new Map<string, HeldTexture>()

  constructor(
    private readonly options: {
      empty: V
      format: 'r8unorm' | 'r32float'
      read: (patch: PatchRecord) => Promise<V | null>
      onReady: () => void
    },
  ) {
    this.loader = new SightLoader<CellValues, CellPyramid<V>>({
      load: async ({ cell, from }) => {
        const values = await options.read(cell.patch)
        return values ? makePyramid(values, cell.window, from) : new Map()
      },
      budget: BUDGET,
      bytesOf: pyramidBytes,
      atOnce: AT_ONCE,
      onReady: options.onReady,
      // The ground stays; opening the patch reports what is wrong with it.
      onFailed: thrown => console.warn(`A mask could not be shown: ${toAppError(thrown).message}`),
    })
  }

  destroy(): void {
    this.loader.destroy()
    for (const { texture } of this.textures.values()) texture.destroy()
    this.textures.clear()
  }

  /**
   * @param versionOf what a cell's raster is of now; null: it has none
   * @returns the textures of the tiles in sight, those without any value left out
   */
  textureTiles(
    device: Device,
    sights: readonly SceneSight[],
    versionOf: (patch: PatchRecord) => string | null,
  ): { sight: SceneSight; tile: TilePlace; texture: Texture }[] {
    const wanted = new Map<string, CellValues>()
    for (const { scene, tiles } of sights) {
      for (const tile of tiles) {
        for (const cell of scene.under(tile)) {
          const version = versionOf(cell.patch)
          if (version === null || wanted.has(cell.patch.id)) continue
          const fine = { place: `${cell.patch.id}/1`, version, cell, from: 1 }
          const coarse = { place: `${cell.patch.id}/${COARSE_STEP}`, version, cell, from: COARSE_STEP }
          const isCoarse = tile.step >= COARSE_STEP && !this.loader.get(fine)
          wanted.set(cell.patch.id, isCoarse ? coarse : fine)
        }
      }
    }
    this.loader.want([...wanted.values()])
    const inSight = new Set<string>()
    const found: { sight: SceneSight; tile: TilePlace; texture: Texture }[] = []
    for (const sight of sights) {
      for (const tile of sight.tiles) {
        const name = `${sight.scene.id}/${tileName(tile)}`
        inSight.add(name)
        const texture = this.textureOf(device, name, tile, sight, wanted)
        if (texture) found.push({ sight, tile, texture })
      }
    }
    for (const [name, { texture }] of this.textures) {
      if (inSight.has(name)) continue
      texture.destroy()
      this.textures.delete(name)
    }
    return found
  }

  private textureOf(
    device: Device,
    name: string,
    tile: TilePlace,
    { scene }: SceneSight,
    wanted: ReadonlyMap<string, CellValues>,
  ): Texture | null {
    const levels: PyramidLevel<V>[] = []
    const parts: string[] = []
    for (const { patch } of scene.under(tile)) {
      const item = wanted.get(patch.id)
      if (!item) continue
      const exact = this.loader.get(item)
      const level = exact ? exact.get(tile.step) : this.former(patch.id, tile.step)
      if (!level) continue
      levels.push(level)
      parts.push(`${patch.id}:${exact ? item.version : 'former'}`)
    }
    const key = parts.join()
    const held = this.textures.get(name)
    if (held?.key === key) return levels.length > 0 ? held.texture : null
    if (levels.length === 0) return null
    const { column, row } = tile
    const raster = {
      column: column * TILE_SIDE,
      row: row * TILE_SIDE,
      width: TILE_SIDE,
      height: TILE_SIDE,
      values: emptyLike(this.options.empty, TILE_SIDE * TILE_SIDE),
    }
    for (const level of levels) putLevel(level, raster)
    const texture = held?.texture ?? device.createTexture({ ...TEXTURE, format: this.options.format })
    texture.writeData(raster.values)
    this.textures.set(name, { texture, key })
    return texture
  }

  /** Of a cell whose newest raster is on its way: the one before, at full detail or coarse. */
  private former(id: string, step: number): PyramidLevel<V> | undefined {
    const at = (from: number) => this.loader.last(`${id}/${from}`)?.get(step)
    return at(COARSE_STEP) ?? at(1)
  }
}

const TEXTURE = {
  width: TILE_SIDE,
  height: TILE_SIDE,
  mipLevels: 1,
  sampler: {
    minFilter: 'nearest',
    magFilter: 'nearest',
    mipmapFilter: 'none',
    addressModeU: 'clamp-to-edge',
    addressModeV: 'clamp-to-edge',
  },
} as const

/** Masks and what the networks say, over the ground of scenes. */
export class SceneOverlays {
  private readonly masks: CellTiles<Uint8Array>
  private readonly ramps: CellTiles<Float32Array>
  private device: Device | null = null
  private ramp: { kind: string; texture: Texture } | null = null

  constructor(
    private readonly studio: Studio,
    onReady: () => void,
  ) {
    this.masks = new CellTiles<Uint8Array>({
      empty: new Uint8Array(),
      format: 'r8unorm',
      read: patch => peekMask(studio, patch),
      onReady,
    })
    this.ramps = new CellTiles<Float32Array>({
      empty: new Float32Array(),
      format: 'r32float',
      read: patch => readRamp(studio, patch.id),
      onReady,
    })
  }

  deviceReady(device: Device): void {
    this.device = device
  }

  destroy(): void {
    this.masks.destroy()
    this.ramps.destroy()
    this.ramp?.texture.destroy()
  }

  /** @param drawn of the patches whose mask, or overlay, something else draws */
  draw(
    sights: readonly SceneSight[],
    space: MapSpace,
    drawn: { mask: ReadonlySet<string>; ramp: ReadonlySet<string> },
  ): Layer[] {
    const { device } = this
    const state = this.studio.store.getState()
    if (!device) return []
    const { layers } = state
    const seen = layers.peeking ? [] : sights
    const bounds = ({ sight, tile }: { sight: SceneSight; tile: TilePlace }) =>
      tileBounds(tileWindow(tile), sight.scene.transform, space) as never
    const rampShown = layers.showProbability && isRampOverlay(layers.overlay)
    const ramps = this.ramps.textureTiles(device, rampShown ? seen : [], ({ id }) =>
      drawn.ramp.has(id) ? null : rampVersion(state, id),
    )
    const frozen = frozenPatchIds(state)
    const masks = this.masks.textureTiles(device, layers.showMask ? seen : [], patch =>
      drawn.mask.has(patch.id) ? null : maskVersion(state, patch, frozen),
    )
    const overlay = isRampOverlay(layers.overlay) ? OVERLAY_RAMPS[layers.overlay] : OVERLAY_RAMPS.probability
    return [
      ...ramps.map(
        one =>
          new RampLayer({
            id: `scene-ramp/${one.sight.scene.id}/${tileName(one.tile)}`,
            image: one.texture,
            bounds: bounds(one),
            uniforms: {
              rampTexture: this.rampTexture(device, state),
              opacity: layers.probabilityOpacity,
              fadeFrom: overlay.fade[0],
              fadeTo: overlay.fade[1],
            },
          }),
      ),
      ...masks.map(
        one =>
          new MaskLayer({
            id: `scene-mask/${one.sight.scene.id}/${tileName(one.tile)}`,
            image: one.texture,
            bounds: bounds(one),
            uniforms: {
              colour: MASK_COLOUR.map(value => value / 255),
              // A tint over an overlay would change its colours: the outline alone says where the mask is.
              tint: rampShown ? 0 : layers.maskOpacity,
              strength: Math.min(1, layers.maskOpacity * 3),
              lineWidth: LINE_WIDTH,
            },
          }),
      ),
    ]
  }

  private rampTexture(device: Device, { layers }: StudioState): Texture {
    const kind = isRampOverlay(layers.overlay) ? layers.overlay : 'probability'
    if (this.ramp?.kind !== kind) {
      this.ramp?.texture.destroy()
      const data = rampPixels(OVERLAY_RAMPS[kind].colours)
      const texture = device.createTexture({
        ...TEXTURE,
        width: RAMP_STEPS,
        height: 1,
        format: 'rgba8unorm',
        data,
      })
      this.ramp = { kind, texture }
    }
    return this.ramp.texture
  }
}

/** Names the mask that is shown of a patch now; the threshold moves those that nobody judged or painted. */
function maskVersion({ review }: StudioState, patch: PatchRecord, frozen: ReadonlySet<string>): string {
  const revision = review.maskRevision[patch.id] ?? 0
  if (frozen.has(patch.id) || patch.hasLabel) return String(revision)
  return `${revision}/${review.threshold}/${patch.predictedBy?.join() ?? ''}`
}

function rampVersion(state: StudioState, id: string): string {
  return `${overlayKey(state, id)}/${state.review.probabilityRevision[id] ?? 0}`
}

/** What a ramp is drawn of, without room in the caches: those are for the patch that is worked on. */
async function readRamp(studio: Studio, patchId: string): Promise<Float32Array | null> {
  const { overlay, probabilityModel } = studio.store.getState().layers
  if (overlay === 'disagreement' || overlay === 'entropy') {
    return studio.files.call('uncertainty', { patchId, kind: overlay })
  }
  const held = studio.pixels.probabilities.get(probabilityKey(patchId, probabilityModel))
  return held === undefined ? studio.storage.readProbability(patchId, probabilityModel) : held
}
