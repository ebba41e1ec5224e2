import { createHash } from 'node:crypto'
import { validateSubmission } from '../../src/core/export/competitionZip'
import { AppError } from '../../src/core/foundation/appError'
import type { Random } from '../../src/core/foundation/random'
import { burnInventory, readInventory } from '../../src/core/inventory/inventoryFile'
import { parseBandExpression } from '../../src/core/patches/bandExpression'
import { readPatches } from '../../src/core/patches/importPatches'
import { readArchivedRecords } from '../../src/core/project/archivedRecords'
import { fromTypedJson, toTypedJson } from '../../src/core/project/archiveFormat'
import { openArchive } from '../../src/core/project/openArchive'
import { expandInputs } from '../../src/core/raster/expandInputs'
import { bytesInput, sniffFormat } from '../../src/core/raster/inputFile'
import { openRaster, parseWorldFile } from '../../src/core/raster/openRaster'
import { readZipDirectory, readZipMember } from '../../src/core/raster/zipArchive'
import { writeShapefile } from '../../src/core/scenes/testing/shapefile'
import { engineMemory, loadModelFolder, startEngine } from '../../src/engine'
import { unpackTrainingState } from '../../src/engine/training/trainingState'
import { writeArchivedFiles } from '../../src/storage/archive/writeArchivedFiles'
import type { ByteStore } from '../../src/storage/byteStore'
import { recogniseCheckpoint } from '../../src/worker/engine/models/recogniseCheckpoint'
import { compareDataset, compareRaster } from './compare'
import type { Gdal } from './gdal'
import { CHECKPOINT_RUN, type Inputs } from './inputs'
import {
  alterJson,
  damage,
  damageHdf5,
  damageJp2,
  damageSafetensors,
  damageText,
  damageTiff,
  packZip,
  type ZipPart,
} from './mutations'

/** What became of a mutant; anything else that is thrown is a fault. */
export type Outcome =
  | {
      is: 'opened'
      note?:
        | 'equal'
        | 'GDAL refuses it'
        | 'GDAL warns'
        | 'lossy'
        | 'damaged Zstandard'
        | 'GDAL stops early'
        | 'GDAL differs from itself'
        | 'not compared'
      why?: string
    }
  | { is: 'refused'; code: string; why?: string; note?: 'GDAL opens it' }
  /** Opened with other content than it holds. */
  | { is: 'wrong'; why: string }

export interface Mutant {
  /** Of the sound file or files that it was made of. */
  from: string
  /** For a person who looks at a failure. */
  bytes: Uint8Array
  /** Throws AppError where it is refused. */
  open(): Promise<Outcome>
  /** Asks GDAL, once our own reading is timed. */
  compare?(outcome: Outcome): Promise<Outcome>
}

export type Target = (random: Random) => Promise<Mutant>

/** A maker of mutants for each kind of file that is read from strangers. */
export async function targets(inputs: Inputs, gdal: Gdal | null): Promise<Record<string, Target>> {
  await startEngine({ prefer: 'cpu', purpose: 'inference' })
  const archives = await Promise.all(inputs.archives.map(unpacked))
  return {
    raster: async random => rasterMutant(inputs.rasters, gdal, random),
    jp2: async random => rasterMutant(inputs.jp2, gdal, random),
    hdf5: async random => hdf5Mutant(inputs, gdal, random),
    zip: async random => zipMutant(inputs, random),
    submission: async random => submissionMutant(inputs, random),
    model: async random => modelMutant(inputs, random),
    checkpoint: async random => checkpointMutant(inputs, random),
    archive: async random => archiveMutant(inputs, archives, random),
    text: async random => textMutant(random),
    polygons: async random => polygonMutant(random),
  }
}

const OPENED: Outcome = { is: 'opened' }

function rasterMutant(rasters: readonly ZipPart[], gdal: Gdal | null, random: Random): Mutant {
  const { name, bytes } = random.pick(rasters)
  const other = random.pick(rasters).bytes
  const { format } = sniffFormat(bytes.subarray(0, 16), bytes.length)
  const isTiff = format === 'tiff' && random.chance(0.8)
  const mutant =
    format === 'jp2'
      ? damageJp2(bytes, random, other)
      : isTiff
        ? damageTiff(bytes, random, other)
        : damage(bytes, random, other)
  return { from: name, bytes: mutant, ...compareRaster(name, mutant, gdal) }
}

function hdf5Mutant({ hdf5 }: Inputs, gdal: Gdal | null, random: Random): Mutant {
  const { name, bytes } = random.pick(hdf5)
  const mutant = damageHdf5(bytes, random, random.pick(hdf5).bytes)
  return { from: name, bytes: mutant, ...compareDataset(name, mutant, gdal) }
}

/** A zip of rasters, some of them mutants; read to the end as an import would. */
function zipMutant({ rasters, hdf5 }: Inputs, random: Random): Mutant {
  const small = [...rasters.filter(({ bytes }) => bytes.length < 20_000), ...hdf5]
  const parts = Array.from({ length: random.integer(1, 4) }, (_, index) => {
    const { name, bytes } = random.pick(small)
    const content = random.chance(0.2) ? damage(bytes, random) : bytes
    if (random.chance(0.05)) return { name: 'inner.zip', bytes: packZip([{ name, bytes }], random) }
    return {
      name: random.chance(0.5)
        ? name
        : `${random.pick(['img/image', 'mask/mask'])}_${index}.${name.split('.').at(-1)}`,
      bytes: content,
    }
  })
  const sound = packZip(parts, random, 0.5)
  const bytes = random.chance(0.6) ? damage(sound, random) : sound
  const known = new Set(parts.map(part => digest(part.bytes)))
  return {
    from: parts.map(({ name }) => name).join(' + '),
    bytes,
    async open() {
      const files = []
      const zip = bytesInput('mutant.zip', bytes)
      let refused: AppError | null = null
      const onRefused = (_path: string, error: AppError) => {
        refused ??= error
      }
      for await (const file of expandInputs([zip], { onRefused })) files.push(file)
      for (const file of files) {
        const content = await file.slice(0, file.size).catch(thrown => {
          if (thrown instanceof AppError) return null
          throw thrown
        })
        // A member's checksum is of its content, and every content is known; a zip that is none any more is a file itself.
        if (content && file.path !== zip.path && !known.has(digest(content)))
          return { is: 'wrong', why: `"${file.path}" holds what none was packed with` }
      }
      for await (const step of readPatches(files, { domain: 'auto', open: openRaster })) {
        if (step.kind === 'refused') refused ??= new AppError(step.code, step.message)
      }
      if (files.length === 0 && refused) throw refused
      return OPENED
    },
  }
}

function submissionMutant({ submission }: Inputs, random: Random): Mutant {
  const bytes = damage(submission, random)
  return {
    from: 'submission.zip',
    bytes,
    async open() {
      const sound = await validateSubmission(bytesInput('sound.zip', submission))
      const report = await validateSubmission(bytesInput('mutant.zip', bytes))
      if (report.problems.length > 0) return { is: 'refused', code: 'not to be submitted' }
      const each = sound.landslidePixels / sound.masks
      if (report.landslidePixels === each * report.masks) return OPENED
      return {
        is: 'wrong',
        why: `${report.landslidePixels} landslide pixels in ${report.masks} masks may be submitted`,
      }
    },
  }
}

function modelMutant({ models }: Inputs, random: Random): Mutant {
  const files = { ...random.pick(models) }
  const manifest = JSON.parse(new TextDecoder().decode(files['manifest.json']))
  const what = random.pick(['manifest', 'manifest', 'weights', 'weights', 'golden', 'bare'])
  let text = JSON.stringify(manifest)
  if (what === 'manifest') {
    text = random.chance(0.8) ? JSON.stringify(alterJson(manifest, random)) : damageText(text, random)
  } else {
    const name = what === 'golden' ? 'golden' : 'weights'
    const damaged = damageSafetensors(files[`${name}.safetensors`]!, random)
    files[`${name}.safetensors`] = damaged
    const isRepaired = random.chance(0.8)
    if (isRepaired)
      text = JSON.stringify({ ...manifest, [name]: { ...manifest[name], sha256: digest(damaged) } })
  }
  files['manifest.json'] = new TextEncoder().encode(text)
  const shown =
    what === 'manifest'
      ? files['manifest.json']
      : files[what === 'golden' ? 'golden.safetensors' : 'weights.safetensors']!
  const held = engineMemory().tensors
  return {
    from: `${manifest.id}, ${what}`,
    bytes: shown,
    async open() {
      if (what === 'bare') {
        const weights = new Blob([files['weights.safetensors'] as Uint8Array<ArrayBuffer>])
        await recogniseCheckpoint({
          path: 'a.safetensors',
          kind: 'checkpoint',
          files: { 'a.safetensors': weights },
        })
      } else {
        const { network } = await loadModelFolder(files)
        network.dispose()
      }
      return OPENED
    },
    async compare(outcome) {
      const left = engineMemory().tensors - held
      return left > 0 ? { is: 'wrong', why: `${left} tensors of the model stay behind` } : outcome
    },
  }
}

function checkpointMutant({ checkpoint }: Inputs, random: Random): Mutant {
  const bytes = damageSafetensors(checkpoint, random)
  return {
    from: 'training.checkpoint',
    bytes,
    async open() {
      unpackTrainingState(bytes, CHECKPOINT_RUN)
      return OPENED
    },
  }
}

const MANIFEST = 'scarp-project.json'

async function unpacked({ name, bytes }: ZipPart): Promise<ZipPart[]> {
  const file = bytesInput(name, bytes)
  const parts: ZipPart[] = []
  for (const member of await readZipDirectory(file, 1000)) {
    parts.push({ name: member.name, bytes: await readZipMember(file, member, member.name) })
  }
  return parts
}

/** A project archive with a damaged record or file; its manifest is mostly put right, so that the content is looked at. */
function archiveMutant({ archives }: Inputs, contents: readonly ZipPart[][], random: Random): Mutant {
  const index = random.integer(0, archives.length - 1)
  const parts = contents[index]!.map(part => ({ ...part }))
  const encode = (text: string) => new TextEncoder().encode(text)
  const changeJson = (part: ZipPart) => {
    const text = new TextDecoder().decode(part.bytes)
    part.bytes = encode(
      random.chance(0.85) ? toTypedJson(alterJson(fromTypedJson(text), random)) : damageText(text, random),
    )
  }
  const manifest = parts.find(part => part.name === MANIFEST)!
  const records = parts.filter(part => part !== manifest && part.bytes.length > 2)
  if (random.chance(0.8)) {
    const part = random.pick(records)
    if (part.name.startsWith('records/')) changeJson(part)
    else part.bytes = damage(part.bytes.length < 16 ? new Uint8Array(16) : part.bytes, random)
    const listed = JSON.parse(new TextDecoder().decode(manifest.bytes))
    for (const entry of listed.entries) {
      const content = parts.find(each => each.name === entry.name)
      if (content) Object.assign(entry, { bytes: content.bytes.length, sha256: digest(content.bytes) })
    }
    manifest.bytes = encode(JSON.stringify(listed))
  }
  if (random.chance(0.25)) changeJson(manifest)
  const packed = packZip(parts, random, 0.1)
  const bytes = random.chance(0.2) ? damage(packed, random) : packed
  return {
    from: archives[index]!.name,
    bytes,
    async open() {
      const archive = await openArchive(bytesInput('mutant.zip', bytes))
      if (!archive) return { is: 'refused', code: 'no archive' }
      const { records, leftOut } = await readArchivedRecords('mutant.zip', archive)
      await writeArchivedFiles('mutant.zip', archive, { patches: records.patches, leftOut }, NOWHERE, {})
      return OPENED
    },
  }
}

/** Takes files as a disk would, and keeps none. */
const NOWHERE = {
  name: 'nowhere',
  async write(_path: unknown, parts: () => unknown) {
    await parts()
  },
} as unknown as ByteStore

const EXPRESSIONS = [
  '(B8 - B4) / (B8 + B4)',
  'clamp(B12 / B8, 0, 2)',
  'min(B2, B3, 1e-3) * -log(max(slope, 0.5)) ^ 2',
  'sqrt(abs(dem)) + exp(-B11)',
]
const WORDS = [
  ...[
    'B4',
    'B13',
    'slope',
    '(',
    ')',
    '+',
    '-',
    '/',
    '^',
    ',',
    'min(',
    'clamp(',
    'log',
    '0.5',
    '1e308',
    '1e',
    '.',
  ],
  ...['__proto__', 'constructor', ' ', '\n', '(('.repeat(40), 'é', '\ud800', '-'.repeat(150)],
]
const WORLD_FILE = ['10', '0', '0', '-10', '500005', '4199995']
const NUMBERS = ['-10', '0', '1e999', 'x', '0x10', '', '1e308']

/** What a person or a small file hands over as text: band arithmetic and world files. */
function textMutant(random: Random): Mutant {
  const isWorldFile = random.chance(0.3)
  let text = isWorldFile
    ? WORLD_FILE.map(number => (random.chance(0.2) ? random.pick(NUMBERS) : number)).join('\n')
    : random.pick(EXPRESSIONS)
  for (let left = random.integer(0, 3); left > 0 && !isWorldFile; left--) {
    const at = random.integer(0, text.length)
    text = text.slice(0, at) + random.pick(WORDS) + text.slice(at + random.integer(0, 2))
  }
  return {
    from: isWorldFile ? 'world file' : 'band expression',
    bytes: new TextEncoder().encode(text),
    async open() {
      const isTaken = isWorldFile
        ? parseWorldFile(text) !== null
        : parseBandExpression(text).expression !== null
      return isTaken ? OPENED : { is: 'refused', code: 'not understood' }
    },
  }
}

const RING = [465000, 5080000, 465100, 5080000, 465100, 5079900, 465000, 5079900, 465000, 5080000]
const CORNERS = RING.flatMap((x, i) => (i % 2 === 0 ? [[x, RING[i + 1]!]] : []))
const UTM_33 = 'PROJCS["WGS_1984_UTM_Zone_33N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]]'

/** An inventory as Shapefile or GeoJSON, alone or in a zip, burnt onto a small grid. */
function polygonMutant(random: Random): Mutant {
  const text = (content: string) => new TextEncoder().encode(content)
  const crs = { type: 'name', properties: { name: 'EPSG:32633' } }
  const [name, sound] = random.pick([
    ['slides.shp', writeShapefile([[RING], [RING, RING.map(value => value + 20)]])],
    ['slides.geojson', text(JSON.stringify({ type: 'MultiPolygon', coordinates: [[CORNERS]], crs }))],
  ] as const)
  const mutant = damage(sound, random)
  const prj = random.chance(0.3) ? damage(text(UTM_33), random) : text(UTM_33)
  const parts = [
    { name, bytes: mutant },
    { name: 'slides.prj', bytes: prj },
  ]
  const zip = random.chance(0.3) ? packZip(parts, random) : null
  const files = zip ? [bytesInput('mutant.zip', zip)] : parts.map(part => bytesInput(part.name, part.bytes))
  const grid = { crs: 'EPSG:32633', geoKeys: null, width: 32, height: 32 }
  return {
    from: name,
    bytes: zip ?? mutant,
    async open() {
      const inventory = await readInventory(files)
      await burnInventory(inventory, { ...grid, transform: [465000, 10, 0, 5080000, 0, -10] }, 'The grid')
      return OPENED
    },
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
