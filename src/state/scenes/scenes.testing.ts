import type { FoundScene, SceneBand, TerrainFile } from '../../core/scenes/scene'
import type { SceneDrop } from '../../worker/protocol'

const INSTRUMENT = ['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B8A', 'B9', 'B10', 'B11', 'B12']

const SIDE = 1000

function sceneBand(name: string, path: string): SceneBand {
  return { name, path, band: 0, width: SIDE, height: SIDE, resolution: 10 }
}

/** A product of all bands at 10 m, of which everything is known. */
export function foundScene(name: string, change: Partial<FoundScene> = {}): FoundScene {
  return {
    name,
    kind: 'safe',
    level: 'L1C',
    baseline: '02.09',
    tile: 'T33TVM',
    sensed: '2020-07-04T09:50:51Z',
    quantification: { value: 10_000, evidence: 'metadata' },
    offset: { value: 0, byBand: {}, evidence: 'name' },
    bands: Object.fromEntries(INSTRUMENT.map(band => [band, sceneBand(band, `${name}/${band}.jp2`)])),
    naming: 'name',
    grid: { crs: 'EPSG:32633', transform: [400_000, 10, 0, 5_100_000, 0, -10], width: SIDE, height: SIDE },
    remarks: [],
    ...change,
  }
}

export function terrain(path: string, kind: TerrainFile['kind'] = 'elevation'): TerrainFile {
  return {
    path,
    kind,
    evidence: 'name',
    width: 3600,
    height: 3600,
    crs: 'EPSG:4326',
    transform: [13, 1 / 3600, 0, 47, 0, -1 / 3600],
    remarks: [],
  }
}

export function sceneDrop(scenes: FoundScene[], change: Partial<SceneDrop> = {}): SceneDrop {
  return { id: 'drop', scenes, elevation: [terrain('dem.tif')], slopes: [], areas: [], ...change }
}
