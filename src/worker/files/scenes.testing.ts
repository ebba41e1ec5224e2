import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRaster } from '../../core/raster/openRaster'
import type { OpenRaster } from '../../core/raster/rasterThread'
import type { PatchRecord } from '../../core/review/records'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import type { ProjectStore } from '../../storage/projectStore'
import type { ImportEvent, SceneChoices, SceneDrop } from '../protocol'
import type { CallContext } from '../rpc/serveApi'
import { importDrop } from './importDrop'
import { SceneDrops } from './sceneDrops'

const folder = join(process.env.SCARP_SHARED ?? '../shared', 'data/scenes')

export const hasScenes = existsSync(folder)
if (!hasScenes) console.warn(`Scenes are not at ${folder}: tests on them are left out.`)

export const pathOfReal = (name: string) => join(folder, name)

/** A real file as it is dropped. */
export function realFile(name: string, path = name): { path: string; file: Blob } {
  return { path, file: new Blob([readFileSync(pathOfReal(name)) as Uint8Array<ArrayBuffer>]) }
}

type Pixels = Parameters<ProjectStore['putPatch']>[1]

/** What scenes need of a project, in memory. */
export function memoryProject() {
  const patches = new Map<string, PatchRecord>()
  const pixels = new Map<string, Pixels>()
  const scenes = new Map<string, SceneRecord>()
  const store: Partial<ProjectStore> = {
    patches: async () => [...patches.values()].filter(({ removed, cell }) => !removed && !cell?.margin),
    removedPatches: async () => [...patches.values()].filter(({ removed, cell }) => removed && !cell?.margin),
    async putPatch(record, stored) {
      patches.set(record.id, structuredClone(record))
      pixels.set(record.id, structuredClone(stored))
    },
    updatePatches: async () => undefined,
    history: async () => [],
    unfinishedRound: async () => null,
    inspectArchive: async () => null,
    estimate: async () => ({ usage: 0, quota: 2 ** 40 }),
    scenes: async () => [...scenes.values()],
    putScene: async scene => void scenes.set(scene.id, structuredClone(scene)),
    scenePieces: async id =>
      [...patches.values()]
        .filter(({ cell }) => cell?.sceneId === id)
        .sort((a, b) => a.cell!.row - b.cell!.row || a.cell!.column - b.cell!.column),
    async removeScene(id) {
      scenes.delete(id)
      for (const [key, { cell }] of patches) if (cell?.sceneId === id) patches.delete(key)
    },
  }
  return { store: store as ProjectStore, patches, pixels, scenes }
}

/** A call's context that notes what it hears. */
export function hearing(
  signal = new AbortController().signal,
  onEvent: (event: ImportEvent) => void = () => {},
) {
  const events: ImportEvent[] = []
  const context: CallContext<ImportEvent> = {
    signal,
    onProgress: () => undefined,
    onEvent(event) {
      events.push(event)
      onEvent(event)
    },
  }
  return { context, events }
}

/** Drops files into a project, and gives what was heard of them. */
export async function dropFiles(
  files: { path: string; file: Blob }[],
  {
    store = memoryProject().store,
    drops = new SceneDrops(openRaster, () => null),
    open = openRaster,
    joins,
  }: { store?: ProjectStore; drops?: SceneDrops; open?: OpenRaster; joins?: string } = {},
) {
  const { context, events } = hearing()
  const { added } = await importDrop(store, open, drops, { files, domain: 'auto', drop: joins }, context)
  const found = events.flatMap(event => (event.kind === 'scenes' ? [event.drop] : []))
  const refused = events.flatMap(event => (event.kind === 'refused' ? [event] : []))
  return { drop: found[0] as SceneDrop, found, refused, added, events, drops, store }
}

/** All as it was found. */
export function choicesOf(
  { scenes, elevation }: SceneDrop,
  changes: Partial<SceneChoices> = {},
): SceneChoices {
  return {
    scene: scenes[0]?.name ?? '',
    bands: {},
    quantification: null,
    offset: null,
    resampling: 'nearest',
    elevation: elevation.map(({ path }) => path),
    slope: null,
    area: null,
    ...changes,
  }
}

/** [14] as models have them; no test may depend on which. */
export const MEANS = Array.from({ length: 14 }, (_, band) => 100 + band)
