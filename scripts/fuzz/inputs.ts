import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeSubmissionZip } from '../../src/core/export/competitionZip'
import { writeMaskGeotiff, writeProbabilityGeotiff } from '../../src/core/export/resultGeotiffs'
import { randomStream } from '../../src/core/foundation/random'
import type { Georeference } from '../../src/core/raster/rasterSource'
import { tinyHdf5 } from '../../src/core/raster/testing/tinyHdf5'
import { tinyCodestream, tinyJp2 } from '../../src/core/raster/testing/tinyJp2'
import { type TinyTiff, tinyTiff } from '../../src/core/raster/testing/tinyTiff'
import type { StoredTensor } from '../../src/engine'
import { packTrainingState } from '../../src/engine/training/trainingState'
import type { Gdal } from './gdal'
import type { ZipPart } from './mutations'

/** Sound files that mutants are made of. */
export interface Inputs {
  rasters: ZipPart[]
  jp2: ZipPart[]
  hdf5: ZipPart[]
  submission: Uint8Array
  models: Record<string, Uint8Array>[]
  checkpoint: Uint8Array
  archives: ZipPart[]
}

/** Larger ones make mutants slow and change nothing. */
const MOST_BYTES = 120_000

/** @param shared the folder of shared test data; files are taken from it where it is there. */
export async function soundInputs(root: string, shared: string, gdal: Gdal | null): Promise<Inputs> {
  const made = (await gdal?.made()) ?? []
  const isJp2 = ({ name }: ZipPart) => /\.j(p2|2k)$/.test(name)
  const jp2 = [
    { name: 'own.j2k', bytes: tinyCodestream() },
    { name: 'own-parts.jp2', bytes: tinyJp2(tinyCodestream({ parts: 2 })) },
    ...made.filter(isJp2),
  ]
  const rasters = [
    ...(await ownRasters()),
    ...made.filter(file => !isJp2(file)),
    ...sharedFiles(shared, 'tiff', /\.tiff?$/),
  ]
  const hdf5 = [...(await ownHdf5()), ...sharedFiles(shared, 'hdf5-foreign', /\.h/)]
  const models = ['starter-segformer', 'starter-efficientnetv2-unet'].map(name =>
    folderFiles(join(root, 'models', name)),
  )
  const mask = Uint8Array.from({ length: 128 * 128 }, (_, pixel) => Number(pixel % 7 === 0))
  const submission = await writeSubmissionZip(
    ['image_1', 'image_2', 'image_3'].map(name => ({ name, mask, width: 128, height: 128 })),
  )
  const archives = ['firstVersion', 'earlierVersion'].map(name => {
    const path = join(root, `src/storage/archive/${name}.scarp.zip`)
    return { name, bytes: fileBytes(path) }
  })
  return { rasters, jp2, hdf5, submission, models, checkpoint: checkpoint(), archives }
}

const fileBytes = (path: string) => new Uint8Array(readFileSync(path))

function folderFiles(folder: string): Record<string, Uint8Array> {
  return Object.fromEntries(readdirSync(folder).map(name => [name, fileBytes(join(folder, name))]))
}

function sharedFiles(shared: string, folder: string, ending: RegExp): ZipPart[] {
  const path = join(shared, 'data', folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter(name => ending.test(name) && statSync(join(path, name)).size <= MOST_BYTES)
    .sort()
    .map(name => ({ name, bytes: fileBytes(join(path, name)) }))
}

async function ownRasters(): Promise<ZipPart[]> {
  const random = randomStream(1, 'fuzz', 'rasters')
  const [width, height] = [37, 29]
  const band = (most: number) => Array.from({ length: width * height }, () => random.integer(0, most))
  const layouts: Partial<TinyTiff>[] = [
    {},
    { littleEndian: false, rowsPerStrip: 8 },
    { planar: true, tile: 16, deflate: true },
    { tile: 32, deflate: true, littleEndian: false },
  ]
  const files: ZipPart[] = []
  for (const [index, layout] of layouts.entries()) {
    for (const [bits, format] of [
      [1, 1],
      [4, 1],
      [8, 1],
      [12, 1],
      [16, 1],
      [16, 2],
      [32, 1],
      [32, 3],
      [64, 3],
    ] as const) {
      const most = format === 1 ? Math.min(2 ** bits, 2 ** 16) - 1 : 1000
      const predictor = layout.deflate && (bits === 8 || bits === 16) ? 2 : undefined
      const image: TinyTiff = {
        width,
        height,
        bands: [band(most), band(most)],
        bits,
        format,
        predictor,
        ...layout,
      }
      files.push({ name: `own-${index}-${bits}-${format}.tif`, bytes: tinyTiff(image) })
    }
  }
  // Fourteen bands, as patches have them: digital numbers, a slope and an elevation.
  const bands = Array.from({ length: 14 }, (_, index) =>
    Array.from({ length: width * height }, () =>
      index < 12 ? random.integer(400, 3000) : random.integer(1, 45),
    ),
  )
  files.push({
    name: 'own-patch.tif',
    bytes: tinyTiff({ width, height, bands, bits: 16, deflate: true, tile: 16 }),
  })
  const place: Georeference = { crs: 'EPSG:32633', transform: [5e5, 10, 0, 5e6, 0, -10], geoKeys: null }
  const about = { name: 'patch', width: 70, height: 60, georeference: place, metadata: {} }
  const mask = Uint8Array.from({ length: 70 * 60 }, () => random.pick([0, 1, 255]))
  const probability = Float32Array.from({ length: 70 * 60 }, () => random.uniform())
  files.push({ name: 'own-mask.tif', bytes: await writeMaskGeotiff({ ...about, mask }) })
  files.push({ name: 'own-probability.tif', bytes: await writeProbabilityGeotiff({ ...about, probability }) })
  return files
}

async function ownHdf5(): Promise<ZipPart[]> {
  const random = randomStream(1, 'fuzz', 'hdf5')
  const [height, width] = [24, 20]
  const image = Float64Array.from({ length: height * width * 14 }, () => random.integer(1, 9999) / 3)
  const mask = Uint8Array.from({ length: height * width }, () => random.integer(0, 1))
  const shape = [height, width, 14]
  const sets: [string, Parameters<typeof tinyHdf5>[0]][] = [
    ['image_1', [{ name: 'img', data: image, shape }]],
    [
      'image_2',
      [{ name: 'img', data: Float32Array.from(image), shape, chunks: [8, 10, 14], compression: 6 }],
    ],
    ['image_3', [{ name: 'img', data: Uint16Array.from(image), shape, chunks: [24, 20, 1], compression: 1 }]],
    ['mask_1', [{ name: 'mask', data: mask, shape: [height, width] }]],
    ['mask_2', [{ name: 'mask', data: mask, shape: [height, width], chunks: [5, 7], compression: 9 }]],
    [
      'both',
      [
        { name: 'img', data: image, shape },
        { name: 'mask', data: mask, shape: [height, width] },
      ],
    ],
  ]
  const files: ZipPart[] = []
  for (const [name, datasets] of sets) files.push({ name: `${name}.h5`, bytes: await tinyHdf5(datasets) })
  return files
}

/** Of the run that `checkpointRun` names. */
function checkpoint(): Uint8Array {
  const tensor = (length: number) => ({
    shape: [length],
    data: Float32Array.from({ length }, (_, at) => at / 7),
  })
  return packTrainingState({
    progress: {
      run: CHECKPOINT_RUN,
      step: 12,
      joined: true,
      drawn: { source: 48, target: 24 },
      averaged: 9,
      best: null,
    },
    tensors: new Map<string, StoredTensor>([
      ...['network', 'average', 'best'].map(folder => [`${folder}/head.weight`, tensor(64)] as const),
      ['moments/head.weight.exp_avg', tensor(64)],
      ['losses', { shape: [12, 2], data: new Float64Array(24) }],
    ]),
  })
}

export const CHECKPOINT_RUN = 'a run'
