import type { Layer } from '@deck.gl/core'
import { BitmapLayer } from '@deck.gl/layers'
import { toAppError } from '../../core/foundation/appError'
import { basePicture, pictureReady } from '../../state/layers/pictures'
import type { Studio } from '../../state/studio'
import type { StudioState } from '../../state/studioState'
import type { MapSpace } from '../geo/placement'
import type { PlacedScene } from './placedScenes'
import { SightLoader, type Wanted } from './sightLoader'
import { tileBounds } from './tileBounds'
import { overviewStep, type TilePlace, tileName, tilesOf, tilesToDraw, tileWindow } from './tileGrid'

/** What of a scene is in sight. */
export interface SceneSight {
  scene: PlacedScene
  /** Tiles with cells in them, those nearest the middle of the screen first. */
  tiles: readonly TilePlace[]
}

interface GroundTile extends Wanted {
  scene: PlacedScene
  tile: TilePlace
}

/** 96 MB of RGBA: the tiles of seven screens. */
const BUDGET = 96 * 2 ** 20

/** Asked of the files worker at once. */
const AT_ONCE = 6

/** The ground of scenes in tiles that the files worker draws, as the layers panel has it. */
export class SceneGround {
  private readonly loader: SightLoader<GroundTile, ImageData>

  constructor(
    private readonly studio: Studio,
    onReady: () => void,
  ) {
    this.loader = new SightLoader<GroundTile, ImageData>({
      load: (item, signal) => this.load(item, signal),
      budget: BUDGET,
      bytesOf: ({ data }) => data.byteLength,
      atOnce: AT_ONCE,
      onReady,
      onFailed: thrown => {
        studio.jobs.report('pictures', toAppError(thrown), async () => {
          this.loader.retry()
          pictureReady(studio)
        })
      },
    })
  }

  destroy(): void {
    this.loader.destroy()
  }

  draw(sights: readonly SceneSight[], space: MapSpace): Layer[] {
    const style = styleOf(this.studio.store.getState())
    const item = (scene: PlacedScene, tile: TilePlace): GroundTile => ({
      place: `${scene.id}/${tileName(tile)}`,
      version: `${scene.under(tile).length}/${style}`,
      scene,
      tile,
    })
    const inSight = sights.flatMap(({ scene, tiles }) => tiles.map(tile => item(scene, tile)))
    // Of the whole scene something is there whichever way the view moves.
    const overviews = sights.flatMap(({ scene }) =>
      tilesOf(scene.bounds, overviewStep(scene.bounds))
        .filter(tile => scene.under(tile).length > 0)
        .map(tile => item(scene, tile)),
    )
    this.loader.want([...inSight, ...overviews])
    return sights.flatMap(({ scene, tiles }) => {
      const imageOf = (tile: TilePlace) => {
        const wanted = item(scene, tile)
        return this.loader.get(wanted) ?? this.loader.last(wanted.place)
      }
      return tilesToDraw(tiles, tile => imageOf(tile) !== undefined).map(
        tile =>
          new BitmapLayer({
            id: `ground/${scene.id}/${tileName(tile)}`,
            image: imageOf(tile) as never,
            bounds: tileBounds(tileWindow(tile), scene.transform, space) as never,
            // Single pixels are seen as such; a coarser tile is a picture of them.
            textureParameters: { magFilter: tile.step === 1 ? 'nearest' : 'linear', minFilter: 'linear' },
          }),
      )
    })
  }

  private async load({ scene, tile }: GroundTile, signal: AbortSignal): Promise<ImageData> {
    const state = this.studio.store.getState()
    const { layer, ...options } = basePicture(state)
    const shade = shadeOf(state)
    const request = {
      sceneId: scene.id,
      window: tileWindow(tile),
      step: tile.step,
      layer,
      cells: scene.cells.length,
      ...options,
      ...(shade && { shade }),
    }
    const { rgba, width, height } = await this.studio.files.call('sceneTile', request, { signal })
    return new ImageData(rgba as Uint8ClampedArray<ArrayBuffer>, width, height)
  }
}

function shadeOf({ layers }: StudioState) {
  if (layers.hillshadeBlend === 0 || layers.baseLayer === 'hillshade') return null
  return { blend: layers.hillshadeBlend, sun: { azimuth: layers.sunAzimuth, altitude: layers.sunAltitude } }
}

/** Names how the ground is drawn. */
function styleOf(state: StudioState): string {
  return JSON.stringify([basePicture(state), shadeOf(state)])
}
