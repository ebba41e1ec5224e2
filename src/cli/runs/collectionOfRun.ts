import { join } from 'node:path'
import { COG_TYPE, footprintOf, isDateTime, PLANES } from '../../core/export/evidenceBundle'
import { type CollectedItem, stacCollection } from '../../core/export/stacCollection'
import { MODEL_ROLE, type StacFile, type StacModel, stacItem } from '../../core/export/stacItem'
import { throwIfAborted } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import { uniqueNames } from '../../core/foundation/uniqueNames'
import { parseManifest } from '../../core/rounds/modelManifest'
import { FAMILY_TITLES } from '../../core/rounds/networks'
import type { CommandIo } from '../node/commandIo'
import { readModelFolders } from '../node/modelFolders'
import { writeJson } from '../node/nodeFiles'
import { fileHash, modelsFolder, PLACES, type Run, workOf } from './manifest'
import type { RunResult } from './results'

const GEOPACKAGE_TYPE = 'application/geopackage+sqlite3'

/** A file of `merged`, as the collection lists it. */
export type MergedFile = Pick<StacFile, 'key' | 'path' | 'title' | 'mediaType' | 'roles'>

/**
 * Writes `collection.json` and an item for each result in `items`: what catalogues read. Nothing of it depends on
 * clocks, workers, shards or the order of the work.
 *
 * @param merged the folder of what was merged
 * @param files in it, written already
 * @throws AppError `aborted`, and as writing does
 */
export async function writeCollection(
  run: Run,
  merged: string,
  results: readonly RunResult[],
  files: readonly MergedFile[],
  io: CommandIo,
): Promise<void> {
  const { manifest } = run
  const id = `scarp-run-${workOf(run).slice(0, 16)}`
  const models = await modelsOf(run)
  const software = { Scarp: manifest.scarp }
  const lineage = `Predicted by ${plural(models.length, 'network')} in round ${manifest.round}. Masks were not reviewed. Polygons follow pixel edges exactly.`
  const report = await fileHash(join(merged, 'report.json'))
  const ids = uniqueNames(results.map(({ output }) => output.name.replace(/[^\w-]+/g, '-')))
  const items: CollectedItem[] = []
  for (const [index, result] of results.entries()) {
    throwIfAborted(io.signal)
    io.progress.update({ label: 'Writing the catalogue', done: index, total: results.length })
    const { input, output, width, height, georeference } = result
    const footprint = await footprintOf([{ name: output.name, width, height, georeference, area: null }])
    const sensed = input.sensed !== null && isDateTime(input.sensed) ? input.sensed : null
    const landslides = output.vectors?.landslides ?? 0
    const item = stacItem({
      id: ids[index]!,
      title: output.name,
      description:
        `${plural(landslides, 'landslide')} as networks see them, not reviewed.` +
        (sensed === null ? ' When the image was taken is not known: its time is made up.' : ''),
      at: null,
      software,
      footprint,
      sensed: sensed === null ? [] : [sensed],
      counts: [{ name: 'predicted', count: landslides }],
      lineage,
      sources: input.sources.map(path => path.split(/[\\/]/).at(-1)!),
      methods: ['automatic'],
      models,
      files: [
        ...filesOf(result),
        {
          key: 'report',
          path: '../report.json',
          title:
            'Report of the run: networks with the SHA-256 of their weights, what was merged and what failed',
          mediaType: 'application/json',
          roles: [MODEL_ROLE, 'metadata'],
          ...report,
        },
      ],
      collection: { id, href: '../collection.json' },
    })
    await writeJson(join(merged, 'items', `${ids[index]}.json`), item)
    items.push({ id: ids[index]!, href: `./items/${ids[index]}.json`, footprint, sensed })
  }
  io.progress.clear()
  const listed: StacFile[] = []
  for (const file of files) listed.push({ ...file, ...(await fileHash(join(merged, file.path))) })
  const distinct = (values: readonly (string | null)[]) => [...new Set(values)].flatMap(v => v ?? []).sort()
  const collection = stacCollection({
    id,
    title: `Landslides of a run of ${plural(manifest.inputs.length, 'input')}, round ${manifest.round}`,
    description:
      `Masks, probabilities and landslides of ${plural(results.length, 'result')}, as networks see them: nobody reviewed them. ` +
      'What overlapping results show is once in landslides.gpkg.',
    keywords: ['landslide', 'inventory', 'segmentation'],
    items,
    summaries: {
      'proj:code': distinct(results.map(({ georeference }) => georeference?.crs ?? null)),
      'label:methods': ['automatic'],
      'scarp:models': manifest.models.ids.map(model => model.id),
      'scarp:architectures': distinct(models.map(({ architecture }) => architecture)),
      'processing:lineage': [lineage],
    },
    files: listed,
  })
  await writeJson(join(merged, 'collection.json'), collection)
}

/** Networks of the plan; those whose folder is gone by now are known by their id alone. */
async function modelsOf(run: Run): Promise<StacModel[]> {
  const folders = await readModelFolders(modelsFolder(run)).catch(() => [])
  const families = new Map(
    folders.map(({ id, files }) => [id, parseManifest(files['manifest.json'] ?? new Uint8Array()).family]),
  )
  return run.manifest.models.ids.map(({ id }) => {
    const family = families.get(id)
    return { id, architecture: family ? FAMILY_TITLES[family] : 'not recorded' }
  })
}

/** Files of a result, from where its item lies. */
function filesOf({ input, done, output, width, height, georeference }: RunResult): StacFile[] {
  const grid = { crs: georeference?.crs ?? null, transform: georeference?.transform ?? null, width, height }
  const raster = { mediaType: COG_TYPE, roles: ['data'], grid }
  const { mask, probability, disagreement, vectors } = output
  const files: (Omit<StacFile, 'path' | 'bytes' | 'sha256'> & { file: string | undefined })[] = [
    { key: 'mask', file: mask, ...PLANES.mask, ...raster },
    { key: 'prob', file: probability, ...PLANES.prob, ...raster },
    { key: 'disagreement', file: disagreement, ...PLANES.disagreement, ...raster },
    {
      ...{ key: 'landslides', file: vectors?.file, title: 'Landslides with their attributes' },
      ...{ mediaType: GEOPACKAGE_TYPE, roles: ['data', 'labels'] },
    },
  ]
  return files.flatMap(({ file, ...facts }) => {
    const written = done.outputs.find(one => one.file === file)
    if (!written) return []
    const { bytes, sha256 } = written
    return [{ ...facts, path: `../../${PLACES.results}/${input.name}/${written.file}`, bytes, sha256 }]
  })
}
