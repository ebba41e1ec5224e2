import { basename, join } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import {
  BAND_SETS,
  type BandMapping,
  bandSetsOf,
  describeMapping,
  mapBands,
  readBandNames,
} from '../../core/patches/bandSets'
import { BAND_COUNT, BANDS } from '../../core/patches/bands'
import {
  DIALECT_NAMES,
  isModelId,
  type ModelManifest,
  type ModelManifestFields,
  modelIdOf,
  parseManifest,
} from '../../core/rounds/modelManifest'
import { FAMILIES, type NetworkFamily, type NetworkOptions } from '../../core/rounds/networks'
import type { CheckpointReport, StoredTensor } from '../../engine'
import { declareCommand, EXIT } from '../command'
import type { CommandIo } from '../node/commandIo'
import { readModelFolder } from '../node/modelFolders'
import { pathKind, readNamedFile, writeAtomically } from '../node/nodeFiles'
import { refuseExisting } from '../node/outFolder'
import { startCliEngine } from '../node/startCliEngine'
import { choice, flag, text, type ValuesOf, value, whole } from '../optionSpec'
import { BACKEND, FORCE, JSON_OUTPUT } from '../sharedOptions'

/** The input: a checkpoint's tensors, and the manifest where it is a model folder. */
interface Original {
  name: string
  tensors: ReadonlyMap<string, StoredTensor>
  manifest: ModelManifest | null
}

/** The network that the result belongs to. */
interface Wanted {
  family: NetworkFamily
  preset: string
  bands: number
  classes: number
  options: NetworkOptions
  /** The checkpoint has no decoder. */
  encoderOnly?: boolean
  /** How a first layer of other bands becomes one of `bands`. */
  adaptBands: 'by-position' | BandMapping
}

const MOST_BANDS = 1024

const BAND_SET_IDS = BAND_SETS.map(({ id }) => id).join(', ')

const OPTIONS = {
  out: text('<dir|file>', 'the model folder, or the .safetensors file, to write').required(),
  force: FORCE.describe('overwrite the file, or the files of the folder'),
  family: choice('<name>', 'family, with --preset, of a checkpoint that is not recognised', FAMILIES),
  preset: text('<name>', 'its preset; scarp models sizes lists them'),
  bands: value<number | string[]>(
    '<names>',
    "the checkpoint's bands in its order (B02,B03,...) or a known set of them: each of the 14 bands gets the weights of " +
      'its own name, since a place means another band in every checkpoint; what it lacks starts from zero. Or a number, ' +
      'where the names are unknown: bands of the result, repeated by position as timm does',
    {
      accepts: `sets: ${BAND_SET_IDS}`,
      allowed: `names of bands, a known set, or a number from 1 to ${MOST_BANDS}`,
      read(given) {
        if (!/^[-+.\d]/.test(given)) return readBandNames(given)
        const count = Number(given)
        return Number.isInteger(count) && count >= 1 && count <= MOST_BANDS ? count : undefined
      },
    },
  ).otherwise('as the checkpoint'),
  classes: whole(
    '<n>',
    'classes of the result; other than those of the checkpoint, --partial is needed',
    1,
    1024,
  ).otherwise('as the checkpoint'),
  partial: flag('continue where parameters are missing or have another shape: they start from their seeds'),
  affine: choice('<how>', "scale and shift of the two domains' normalisation", [
    'shared',
    'separate',
  ]).otherwise('as the checkpoint, else shared'),
  dialect: choice('<name>', 'key names to write to a file', DIALECT_NAMES),
  domain: choice('<name>', 'whose statistics a file has', ['source', 'target']).otherwise('source'),
  splitDomains: flag(
    "a file with both domains' statistics (running_mean, running_mean_target), as a folder always has them",
  ),
  id: value<string>('<name>', 'id of the model', {
    allowed: 'a name of letters, digits and _ . -',
    read: given => (isModelId(given) ? given : undefined),
  }).otherwise('the name of the folder'),
  json: JSON_OUTPUT,
  backend: BACKEND,
}

type ConvertOptions = ValuesOf<typeof OPTIONS>

export const convertCommand = declareCommand({
  name: 'convert',
  summary: "Convert a checkpoint to a model folder, or to another peer's key names",
  details:
    "Makes a model folder of a checkpoint, or a checkpoint under a peer's key names, and reports what became of every " +
    'key. Family and preset are recognised by key names and shapes.',
  words: ['<checkpoint>', 'a .safetensors file, or a model folder'],
  options: OPTIONS,
  exits: { failed: 'the checkpoint does not fit, and nothing was written' },
  async run({ words, options }, io) {
    const { out } = options
    const toFile = out.endsWith('.safetensors')
    if (!toFile) refuseFileOptions(options)
    const original = await readOriginal(words[0]!)
    const wanted = await wantedNetwork(original, options)
    await refuseExisting(out, options.force)
    const { declareNetwork, fitCheckpoint, fitsWholly } = await import('../../engine')
    const { registry } = declareNetwork(wanted.family, wanted.preset, { ...wanted, seed: null })
    const { values, report } = fitCheckpoint(
      registry.parameters.map(({ spec }) => spec),
      original.tensors,
      { adaptBands: wanted.adaptBands },
    )
    noteBands(report, io)
    const fits = values.size > 0 && (fitsWholly(report) || options.partial)
    if (fits && toFile) await writeAtomically(out, await checkpointOf(values, wanted, options, io))
    else if (fits) await writeFolder(original, wanted, options, io)
    await print(wanted, report, fits, options, io)
    return fits ? EXIT.ok : EXIT.failed
  },
})

function refuseFileOptions({ dialect, domain }: ConvertOptions): void {
  if (dialect === undefined && domain === undefined) return
  throw new AppError(
    'bad-argument',
    `--${dialect === undefined ? 'domain' : 'dialect'} is for files: a model folder keeps its own key names and both domains. Name a .safetensors file in --out.`,
  )
}

async function readOriginal(path: string): Promise<Original> {
  const { readSafetensors } = await import('../../engine')
  const kind = await pathKind(path)
  if (kind !== 'folder') {
    const { tensors } = readSafetensors(await readNamedFile(path))
    return { name: basename(path), tensors, manifest: null }
  }
  const { id, files } = await readModelFolder(path)
  const [manifest, weights] = [files['manifest.json'], files['weights.safetensors']]
  if (!manifest || !weights) {
    throw new AppError('model-invalid', `"${path}" is not a model folder: it has no manifest or no weights.`)
  }
  return { name: id, tensors: readSafetensors(weights).tensors, manifest: parseManifest(manifest) }
}

async function wantedNetwork(
  { tensors, manifest, name }: Original,
  options: ConvertOptions,
): Promise<Wanted> {
  const { identifyNetwork } = await import('../../engine')
  const { family, preset, affine } = options
  const adaptBands = howToAdapt(options.bands, manifest)
  const sized = (known: Omit<Wanted, 'adaptBands'>): Wanted => ({
    ...known,
    adaptBands,
    bands: adaptBands === 'by-position' ? (bandCount(options.bands) ?? known.bands) : BAND_COUNT,
    classes: options.classes ?? known.classes,
    options: { ...known.options, ...(affine && { affine }) },
  })
  const named = family !== undefined || preset !== undefined
  if (!named && manifest) return sized(manifest)
  const found = identifyNetwork(tensors)
  if (!named) {
    if (found.identity) return sized(found.identity)
    throw new AppError(
      'weights-mismatch',
      `"${name}" is not recognised. ${found.reason} Or name it by --family and --preset.`,
    )
  }
  if (!family || !preset) {
    throw new AppError('bad-argument', `--${family ? 'preset' : 'family'} is missing: give both.`)
  }
  return sized({
    family,
    preset,
    bands: found.identity?.bands ?? 14,
    classes: found.identity?.classes ?? 2,
    options: found.identity?.options ?? {},
  })
}

function bandCount(bands: ConvertOptions['bands']): number | undefined {
  return typeof bands === 'number' ? bands : undefined
}

/** By the names that were given; else, towards the 14 bands, by those in the model's manifest if all are known. */
function howToAdapt(bands: ConvertOptions['bands'], manifest: ModelManifest | null): Wanted['adaptBands'] {
  if (Array.isArray(bands)) return mapBands(bands)
  const bandNames = manifest?.bands === BAND_COUNT ? null : manifest?.bandNames
  if (bands !== BAND_COUNT || !bandNames) return 'by-position'
  try {
    return mapBands(readBandNames(bandNames.join(',')))
  } catch (thrown) {
    // Of another sensor: its names say nothing about ours.
    if (thrown instanceof AppError && thrown.code === 'bad-argument') return 'by-position'
    throw thrown
  }
}

/** Where bands were matched by position, how to do better. */
function noteBands({ adapted }: CheckpointReport, io: CommandIo): void {
  const [first] = adapted
  if (!first || first.bands || first.to !== BAND_COUNT) return
  const sets = bandSetsOf(first.from).map(({ id }) => `--bands ${id}`)
  const example = sets.length > 0 ? sets.join(' or ') : '--bands B02,B03,...'
  io.note(
    `The ${first.from} bands were repeated by position, whatever they are. If you know them, name them: ${example}.`,
  )
}

async function checkpointOf(
  values: ReadonlyMap<string, StoredTensor>,
  { family }: Wanted,
  options: ConvertOptions,
  io: CommandIo,
): Promise<Uint8Array> {
  const { forPeer, writeSafetensors } = await import('../../engine')
  const { splitDomains: both, domain, dialect } = options
  if (both && domain) {
    throw new AppError('bad-argument', 'Choose --domain or --split-domains, not both.')
  }
  if (!both && !domain) {
    io.note('The file has the source’s statistics. --domain target or --split-domains writes the target’s.')
  }
  const tensors = forPeer(values, {
    ...(both ? {} : { domain: domain ?? 'source' }),
    ...(dialect && { dialect: { family, name: dialect } }),
  })
  return writeSafetensors(tensors, { format: 'pt' })
}

async function writeFolder(
  { name, tensors, manifest }: Original,
  wanted: Wanted,
  options: ConvertOptions,
  io: CommandIo,
): Promise<void> {
  const { createNetwork, loadCheckpoint, saveModelFolder } = await import('../../engine')
  const { out, partial, backend } = options
  await startCliEngine(backend, 'inference', io)
  const seed = partial ? 0 : null
  const network = createNetwork(wanted.family, wanted.preset, { ...wanted, seed })
  try {
    loadCheckpoint(network.parameters, tensors, { partial, adaptBands: wanted.adaptBands })
    const folder = basename(out)
    const id = options.id ?? (isModelId(folder) ? folder : modelIdOf(folder))
    const files = await saveModelFolder(network, { id, ...provenance(name, manifest, wanted) })
    // The manifest comes last: a folder that has one is complete.
    for (const [file, bytes] of Object.entries(files)) await writeAtomically(join(out, file), bytes)
  } finally {
    network.dispose()
  }
}

function provenance(
  name: string,
  manifest: ModelManifest | null,
  { bands, classes, adaptBands }: Wanted,
): Omit<ModelManifestFields, 'id'> {
  const byName = adaptBands === 'by-position' ? null : adaptBands
  const bandNames = byName ? BANDS.map(band => band.name) : (manifest?.bandNames ?? null)
  const bandNotes = byName ? [`First layer by band names: ${describeMapping(byName)}`] : []
  if (!manifest) {
    const data = [`Not recorded: converted from ${name}, trained elsewhere.`]
    return { bandNames, training: { data, notes: bandNotes } }
  }
  const { title, statistics, training, limits } = manifest
  const notes = [...training.notes, `Converted from the model ${manifest.id}.`, ...bandNotes]
  const hasItsBands = !byName && bands === manifest.bands
  // The scores belong to the original model.
  return {
    title,
    limits,
    training: { ...training, heldOut: null, notes },
    ...(hasItsBands ? { statistics } : {}),
    ...(hasItsBands || byName ? { bandNames } : {}),
    ...(classes === manifest.classes ? { classNames: manifest.classNames } : {}),
  }
}

async function print(
  wanted: Wanted,
  report: CheckpointReport,
  fits: boolean,
  options: ConvertOptions,
  io: CommandIo,
): Promise<void> {
  const { out, json } = options
  if (json) {
    const { adaptBands: _, ...network } = wanted
    io.out(JSON.stringify({ out: fits ? out : null, fits, network, report }, null, 2))
    return
  }
  const { reportLines, summarise } = await import('../../engine')
  const { family, preset, bands, classes, encoderOnly } = wanted
  io.out(`${family} ${preset}, ${bands} bands, ${classes} classes; key names: ${report.dialect ?? 'unknown'}`)
  for (const line of reportLines(report)) io.out(line)
  io.out(summarise(report))
  if (fits) io.out(`written to ${out}`)
  else if (encoderOnly)
    io.note('Nothing was written: this is an encoder alone. With --partial the decoder starts from its seed.')
  else io.note('Nothing was written: the checkpoint does not fit. --partial keeps what fits.')
}
