import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { VALUE_SCALES } from '../../core/patches/patch'
import { emptyStatistics, mergeStatistics } from '../../core/patches/statistics'
import { type FoundScenes, findScenes } from '../../core/scenes/findScenes'
import { declareCommand, EXIT } from '../command'
import { type InspectEntry, inspectPaths } from '../inspectPaths'
import {
  compareWithModels,
  type ModelComparison,
  modelStatistics,
  type TrainedStatistics,
} from '../modelStatistics'
import type { CommandIo } from '../node/commandIo'
import { MemberSpool } from '../node/memberSpool'
import { pathKind } from '../node/nodeFiles'
import { CHOOSE_SCALE } from '../node/patchSpool'
import { describePassedOver } from '../node/walkFiles'
import { text } from '../optionSpec'
import { describeStack, readSceneFiles } from '../sceneInputs'
import { JSON_OUTPUT, VALUE_SCALE } from '../sharedOptions'

export const inspectCommand = declareCommand({
  name: 'inspect',
  summary: 'Say what raster files are, or why they cannot be used',
  details:
    'Opens every file by its content (Landslide4Sense HDF5, GeoTIFF, JPEG 2000, zip archives of them), decodes its ' +
    'pixels and reports size, bands, type, coordinate system, transform, no-data value, value scale and problems. Folders are ' +
    'searched with their subfolders, in order of name; world files and notes in them are passed over. Of very large ' +
    'rasters a window in the middle is decoded. Images with 14 bands are compared with what the models were trained ' +
    'with: which bands differ, and by how much; single images that differ a lot are named, then all of them are taken ' +
    'together. Files that make a Sentinel-2 scene together are listed as such, band by band (docs/scenes.md).',
  words: ['<paths...>', 'files and folders to inspect'],
  options: {
    models: text('<dir>', 'model folders to compare with').otherwise("the checkout's models"),
    valueScale: VALUE_SCALE,
    json: JSON_OUTPUT,
  },
  remarks: [
    '--json prints an entry per file: path, ok, kind, width, height, bands, dtype, crs, transform, nodata, scale,',
    'problems, distribution; or path, ok: false, code, message.',
    'A scene is an entry of kind "scene" after them: path (its name), level, baseline, tile, sensed, quantification, offset, bands, grid,',
    'remarks.',
    '  transform     six coefficients of pixel corners, as GDAL has them',
    '  nodata        a number, "nan", "inf" or "-inf"',
    `  scale         ${VALUE_SCALES.join(', ')}, or null where there are not 14 bands or it is unclear`,
    '  distribution  for each training set models, level (ok, shifted, far), bands (meanShift in standard deviations,',
    '                deviationRatio), message, suspectsScale',
    '',
  ].join('\n'),
  exits: { ok: 'all were opened', failed: 'some were refused' },
  async run({ words, options }, io) {
    const shipped = join(io.root, 'models')
    const folder = options.models ?? shipped
    const trained =
      folder === shipped && !existsSync(shipped)
        ? []
        : await modelStatistics(folder, (path, message) => io.note(`Left out ${path}: ${message}`))
    const entries = await inspectPaths(words, options.valueScale, {
      signal: io.signal,
      open: io.openRaster,
      onHidden: (path, { message }) => io.note(`${path}: ${message}`),
      onPassedOver: found => describePassedOver(found).forEach(io.note),
      onFile: (label, done, total) => io.progress.update({ label, done, total }),
    })
    io.progress.clear()
    const inspected = entries.map(entry => withDistribution(entry, trained))
    const { scenes, refused: unfit } = await scenesIn(words, io)
    if (options.json) {
      const found = scenes.map(({ name, ...scene }) => ({ path: name, ok: true, ...scene, kind: 'scene' }))
      io.out(JSON.stringify([...inspected, ...found], null, 2))
    } else {
      for (const entry of inspected) io.out(describe(entry))
      for (const scene of scenes) io.out(describeStack(scene).join('\n'))
    }
    // A file may be sound and have no place in a scene: a band of another tile or day.
    const said = new Set(entries.flatMap(({ ok, path }) => (ok ? [] : [path])))
    for (const { path, message } of unfit) if (!said.has(path)) io.note(`Part of no scene: ${message}`)
    noteWhole(entries, trained, io)
    const refused = entries.filter(entry => !entry.ok).length
    io.note(`${entries.length - refused} opened, ${refused} refused.`)
    return refused > 0 ? EXIT.failed : EXIT.ok
  },
})

/** Sentinel-2 scenes that the files make together, and the files that looked like parts of one. */
async function scenesIn(
  paths: readonly string[],
  io: CommandIo,
): Promise<Pick<FoundScenes, 'scenes' | 'refused'>> {
  const members = new MemberSpool()
  // What was passed over or refused was said of the files one by one.
  const quiet = { ...io, note: () => {} }
  try {
    const there: string[] = []
    for (const path of paths) if ((await pathKind(path)) !== null) there.push(path)
    const { files } = await readSceneFiles(there, quiet, members)
    return await findScenes(files, { open: io.openRaster, signal: io.signal })
  } finally {
    await members.remove()
  }
}

type Refused = Extract<InspectEntry, { ok: false }>
type Opened = Omit<Extract<InspectEntry, { ok: true }>, 'statistics'> & { distribution: ModelComparison[] }

function withDistribution(entry: InspectEntry, trained: readonly TrainedStatistics[]): Refused | Opened {
  if (!entry.ok) return entry
  const { statistics, ...shown } = entry
  return { ...shown, distribution: statistics ? compareWithModels(statistics, trained) : [] }
}

/** Images are normalised by the statistics of their set, so a shift of the whole set says more than that of one image. */
function noteWhole(entries: readonly InspectEntry[], trained: readonly TrainedStatistics[], io: CommandIo) {
  const images = entries.flatMap(entry => (entry.ok && entry.statistics ? [entry.statistics] : []))
  if (images.length === 0) return
  const whole = images.reduce(mergeStatistics, emptyStatistics())
  const what = images.length === 1 ? 'The image' : `All ${images.length} images with 14 bands together`
  for (const { models, message, suspectsScale } of compareWithModels(whole, trained)) {
    io.note(`${what} against ${models.join(', ')}: ${message}${suspectsScale ? ` ${CHOOSE_SCALE}` : ''}`)
  }
}

function describe(entry: Refused | Opened): string {
  if (!entry.ok) return `${entry.path}: REFUSED (${entry.code}) ${entry.message}`
  const size = `${entry.width} x ${entry.height} x ${entry.bands} ${entry.dtype}`
  const scale = entry.scale ? `, scale ${entry.scale}` : ''
  const nodata = entry.nodata === null ? '' : `, no data ${entry.nodata}`
  const far = entry.distribution.filter(({ level }) => level === 'far')
  const remarks = far.map(({ models, message }) => `Against ${models.join(', ')}: ${message}`)
  const problems = [...entry.problems, ...remarks].map(problem => `\n  ${problem}`).join('')
  return `${entry.path}: ${entry.kind}, ${size}, ${entry.crs ?? 'no CRS'}${scale}${nodata}${problems}`
}
