import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import type { Domain } from '../../core/patches/patch'
import {
  DIALECT_NAMES,
  type ModelManifest,
  type ModelManifestFields,
  parseManifest,
} from '../../core/rounds/modelManifest'
import { FAMILIES, type NetworkFamily, type NetworkOptions } from '../../core/rounds/networks'
import type { CheckpointReport, StoredTensor } from '../../engine'
import { backendOption } from '../backendOption'
import { choiceOption, EXIT, numberOption, type ParsedOptions, textOption } from '../command'
import type { CommandIo } from '../node/commandIo'
import { readModelFolder } from '../node/modelFolders'
import { writeAtomically } from '../node/nodeFiles'
import { startCliEngine } from '../node/startCliEngine'

/** What is converted: a checkpoint's tensors, and its manifest where it is a model folder. */
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
}

/** `models convert`: key names, bands and domains, to a model folder or to a peer's checkpoint. */
export async function convertModel(path: string, options: ParsedOptions, io: CommandIo): Promise<number> {
  const out = textOption(options, 'out')
  const toFile = out.endsWith('.safetensors')
  if (!toFile) refuseFileOptions(options)
  const original = await readOriginal(path)
  const wanted = await wantedNetwork(original, options)
  const { declareNetwork, fitCheckpoint, fitsWholly } = await import('../../engine')
  const { registry } = declareNetwork(wanted.family, wanted.preset, { ...wanted, seed: null })
  const { values, report } = fitCheckpoint(
    registry.parameters.map(({ spec }) => spec),
    original.tensors,
    { adaptBands: true },
  )
  const fits = values.size > 0 && (fitsWholly(report) || options.values.partial === true)
  if (fits && toFile) await writeAtomically(out, await checkpointOf(values, wanted, options, io))
  else if (fits) await writeFolder(out, original, wanted, options, io)
  await print(out, wanted, report, fits, options, io)
  return fits ? EXIT.ok : EXIT.failed
}

function refuseFileOptions({ values }: ParsedOptions): void {
  const given = ['dialect', 'domain'].find(name => values[name] !== undefined)
  if (!given) return
  throw new AppError(
    'bad-argument',
    `--${given} is for files: a model folder keeps its own key names and both domains. Name a .safetensors file in --out.`,
  )
}

async function readOriginal(path: string): Promise<Original> {
  const { readSafetensors } = await import('../../engine')
  const found = await stat(path).catch((cause: unknown) => {
    throw new AppError('bad-argument', `There is no file or folder "${path}".`, { cause })
  })
  if (!found.isDirectory()) {
    const { tensors } = readSafetensors(await readFile(path))
    return { name: basename(path), tensors, manifest: null }
  }
  const { id, files } = await readModelFolder(path)
  const [manifest, weights] = [files['manifest.json'], files['weights.safetensors']]
  if (!manifest || !weights) {
    throw new AppError('model-invalid', `"${path}" is no model folder: it has no manifest or no weights.`)
  }
  return { name: id, tensors: readSafetensors(weights).tensors, manifest: parseManifest(manifest) }
}

async function wantedNetwork({ tensors, manifest, name }: Original, options: ParsedOptions): Promise<Wanted> {
  const { identifyNetwork } = await import('../../engine')
  const affine = options.values.affine
    ? { affine: choiceOption(options, 'affine', ['shared', 'separate'] as const) }
    : {}
  const count = (option: string, fallback: number) =>
    numberOption(options, option, { fallback, low: 1, high: 1024, whole: true })
  const sized = (known: Wanted): Wanted => ({
    ...known,
    bands: count('bands', known.bands),
    classes: count('classes', known.classes),
    options: { ...known.options, ...affine },
  })
  if (options.values.family === undefined && options.values.preset === undefined && manifest) {
    return sized(manifest)
  }
  const found = identifyNetwork(tensors)
  if (options.values.family === undefined && options.values.preset === undefined) {
    if (found.identity) return sized(found.identity)
    throw new AppError(
      'weights-mismatch',
      `"${name}" is not recognised. ${found.reason} Or name it by --family and --preset.`,
    )
  }
  return sized({
    family: choiceOption(options, 'family', FAMILIES),
    preset: textOption(options, 'preset'),
    bands: found.identity?.bands ?? 14,
    classes: found.identity?.classes ?? 2,
    options: found.identity?.options ?? {},
  })
}

async function checkpointOf(
  values: ReadonlyMap<string, StoredTensor>,
  { family }: Wanted,
  options: ParsedOptions,
  io: CommandIo,
): Promise<Uint8Array> {
  const { forPeer, writeSafetensors } = await import('../../engine')
  const both = options.values['split-domains'] === true
  if (both && options.values.domain) {
    throw new AppError('bad-argument', 'Choose --domain or --split-domains, not both.')
  }
  const domain: Domain = choiceOption(options, 'domain', ['source', 'target'] as const, 'source')
  if (!both && !options.values.domain) {
    io.note('The file has the source’s statistics. --domain target or --split-domains write the target’s.')
  }
  const tensors = forPeer(values, {
    ...(both ? {} : { domain }),
    ...(options.values.dialect
      ? { dialect: { family, name: choiceOption(options, 'dialect', DIALECT_NAMES) } }
      : {}),
  })
  return writeSafetensors(tensors, { format: 'pt' })
}

async function writeFolder(
  out: string,
  { name, tensors, manifest }: Original,
  wanted: Wanted,
  options: ParsedOptions,
  io: CommandIo,
): Promise<void> {
  const { createNetwork, loadCheckpoint, saveModelFolder } = await import('../../engine')
  await startCliEngine(backendOption(options), 'inference', io)
  const seed = options.values.partial ? 0 : null
  const network = createNetwork(wanted.family, wanted.preset, { ...wanted, seed })
  try {
    const partial = options.values.partial === true
    loadCheckpoint(network.parameters, tensors, { partial, adaptBands: true })
    const id = textOption(options, 'id', basename(out))
    const files = await saveModelFolder(network, { id, ...provenance(name, manifest, wanted) })
    // The manifest comes last: a folder that has one is whole.
    for (const [file, bytes] of Object.entries(files)) await writeAtomically(join(out, file), bytes)
  } finally {
    network.dispose()
  }
}

function provenance(
  name: string,
  manifest: ModelManifest | null,
  { bands, classes }: Wanted,
): Omit<ModelManifestFields, 'id'> {
  if (!manifest) return { training: { data: [`Not recorded: converted from ${name}, trained elsewhere.`] } }
  const { title, statistics, training, limits } = manifest
  const notes = [...training.notes, `Converted from the model ${manifest.id}.`]
  // Scores are of the model that was scored.
  const fields = { title, limits, training: { ...training, heldOut: null, notes } }
  return {
    ...fields,
    ...(bands === manifest.bands ? { statistics, bandNames: manifest.bandNames } : {}),
    ...(classes === manifest.classes ? { classNames: manifest.classNames } : {}),
  }
}

async function print(
  out: string,
  wanted: Wanted,
  report: CheckpointReport,
  fits: boolean,
  options: ParsedOptions,
  io: CommandIo,
): Promise<void> {
  if (options.values.json) {
    io.out(JSON.stringify({ out: fits ? out : null, fits, network: wanted, report }, null, 2))
    return
  }
  const { reportLines, summarise } = await import('../../engine')
  const { family, preset, bands, classes } = wanted
  io.out(`${family} ${preset}, ${bands} bands, ${classes} classes; key names: ${report.dialect ?? 'unknown'}`)
  for (const line of reportLines(report)) io.out(line)
  io.out(summarise(report))
  if (fits) io.out(`written to ${out}`)
  else io.note('Nothing was written: the checkpoint does not fit. --partial goes on with what fits.')
}
