import { AppError } from '../foundation/appError'
import { BANDS, namedBand, SLOPE_BAND } from './bands'

/** The bands that checkpoints of one origin take, in the order of their first layer. */
export interface BandSet {
  /** As it is written on the command line. */
  id: string
  title: string
  bands: readonly string[]
}

/** Bands that a checkpoint may know and a patch has not: the narrow near infrared, and Sentinel-1's two. */
const OTHER_BANDS = ['B8A', 'VV', 'VH'] as const

const BIGEARTHNET_0_2 = ['B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B8A', 'B11', 'B12']
const BIGEARTHNET_0_1 = ['B2', 'B3', 'B4', 'B8', 'B5', 'B6', 'B7', 'B11', 'B12', 'B8A']

/**
 * Band orders of published checkpoints, as their training code has them. Sets of one length may be confused, and nothing
 * in a checkpoint tells them apart: whoever brings one has to say which it is.
 *
 * - `rgb`: red, green, blue, as ImageNet's and as torchgeo's `SENTINEL2_RGB_*`, `_sentinel2_rgb_bands`
 *   (torchgeo/models/resnet.py at 65507dc); Scarp's B4, B3, B2.
 * - `satlas`: torchgeo's `SENTINEL2_*_MS_SATLAS`, `_satlas_sentinel2_bands` (torchgeo/models/swin.py at 65507dc).
 * - `bigearthnet-...`: BIFOLD-BigEarthNetv2-0/resnet50-s2-v0.2.0 and its like on Hugging Face, trained with ConfigILM's
 *   `STANDARD_BANDS[10]` (S2) or `[12]` (all: with Sentinel-1) of configilm/extra/BENv2_utils.py
 *   (github.com/lhackel-tub/ConfigILM). Commit bfe81ce ("fixing bandorder of BENv2 loading", version 0.7, 9 October 2024)
 *   changed both orders: weights v0.1.x have the older one, v0.2.x the newer.
 * - `sentinel2-l2a`: SSL4EO-S12's `ALL_BANDS_S2_L2A` (src/download_data/convert_rgb.py at 2156913 of
 *   github.com/zhu-xlab/SSL4EO-S12), and torchgeo's `SENTINEL2_ALL_SECO_ECO`.
 * - `sentinel2-l1c`: SSL4EO-S12's `ALL_BANDS_S2_L1C` (the same file), and torchgeo's `SENTINEL2_ALL_MOCO`, `_DINO`,
 *   `_DECUR`, `_SOFTCON` (`_sentinel2_toa_bands`, torchgeo/models/resnet.py at 65507dc).
 * - `eurosat`: networks trained on EuroSAT, whose files have B8A last (`all_band_names`, torchgeo/datasets/eurosat.py at
 *   65507dc).
 */
export const BAND_SETS: readonly BandSet[] = [
  { id: 'rgb', title: 'Red, green, blue (ImageNet, Sentinel-2 RGB)', bands: ['B4', 'B3', 'B2'] },
  {
    id: 'satlas',
    title: 'SatlasPretrain, Sentinel-2 multispectral',
    bands: ['B4', 'B3', 'B2', 'B5', 'B6', 'B7', 'B8', 'B11', 'B12'],
  },
  { id: 'bigearthnet-s2-v0.2', title: 'BigEarthNet v2, Sentinel-2, weights v0.2', bands: BIGEARTHNET_0_2 },
  { id: 'bigearthnet-s2-v0.1', title: 'BigEarthNet v2, Sentinel-2, weights v0.1', bands: BIGEARTHNET_0_1 },
  {
    id: 'bigearthnet-all-v0.2',
    title: 'BigEarthNet v2, Sentinel-1 and 2, weights v0.2',
    bands: ['VV', 'VH', ...BIGEARTHNET_0_2],
  },
  {
    id: 'bigearthnet-all-v0.1',
    title: 'BigEarthNet v2, Sentinel-1 and 2, weights v0.1',
    bands: [...BIGEARTHNET_0_1, 'VH', 'VV'],
  },
  {
    id: 'sentinel2-l2a',
    title: 'Sentinel-2 L2A, all bands (SSL4EO-S12, SeCo-Eco)',
    bands: ['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B8A', 'B9', 'B11', 'B12'],
  },
  {
    id: 'sentinel2-l1c',
    title: 'Sentinel-2 L1C, all bands (SSL4EO-S12, torchgeo)',
    bands: ['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B8A', 'B9', 'B10', 'B11', 'B12'],
  },
  {
    id: 'eurosat',
    title: 'EuroSAT, B8A last',
    bands: ['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B9', 'B10', 'B11', 'B12', 'B8A'],
  },
]

/** The known sets of so many bands. */
export function bandSetsOf(count: number): BandSet[] {
  return BAND_SETS.filter(({ bands }) => bands.length === count)
}

/**
 * The bands of a list such as "B02,B03,B04,B8A" or of a known set's id ("rgb"), under our names: "B2", "B8A", "Slope".
 * Case does not matter, and "B02" is B2.
 *
 * @throws AppError `bad-argument` naming the band that is unknown or comes twice.
 */
export function readBandNames(text: string): string[] {
  const set = BAND_SETS.find(({ id }) => id === text.trim().toLowerCase())
  if (set) return [...set.bands]
  const names = text.split(',').map(part => part.trim())
  const bands: string[] = []
  for (const name of names) {
    const band = knownBand(name)
    if (band === null) throw new AppError('bad-argument', whyUnknown(name, names.length === 1))
    if (bands.includes(band)) {
      throw new AppError('bad-argument', `${band} is in the list of bands twice. Name each band once.`)
    }
    bands.push(band)
  }
  return bands
}

function whyUnknown(name: string, isAlone: boolean): string {
  const known = 'Known bands: B1 to B12, B8A, slope, DEM, VV, VH.'
  if (isAlone) {
    const sets = BAND_SETS.map(({ id }) => id).join(', ')
    return `"${name}" is neither a band nor a set of bands. ${known} Known sets: ${sets}.`
  }
  return name === '' ? 'The list of bands has an empty place.' : `"${name}" is not a band. ${known}`
}

function knownBand(name: string): string | null {
  const ours = namedBand(name)
  if (ours) return BANDS[ours.band]!.name
  return OTHER_BANDS.find(other => other === name.toUpperCase().replace(/^B08A$/, 'B8A')) ?? null
}

/** Which of a checkpoint's bands each of the 14 takes its weights from. */
export interface BandMapping {
  /** The checkpoint's bands in the order of its first layer. */
  checkpoint: string[]
  /** The 14 in their order, and where each stands in the checkpoint, from 0; null: nowhere, it starts from zero. */
  ours: { band: string; from: number | null }[]
  /** Bands of the checkpoint that a patch does not have. */
  dropped: string[]
}

/**
 * Maps a checkpoint's bands to the 14 by their names.
 *
 * A band that the checkpoint lacks starts from zero, spectral ones too. With a near band's weights instead (B8's for B9)
 * the network would count that band twice, or, with the weights shared out, no longer compute what it learned; with zeros
 * its first layer gives what it gave for the bands it knows, and the missing one's weights grow as soon as it is trained.
 *
 * @param names as `readBandNames` gives them.
 * @throws AppError `bad-argument` where none of them is one of the 14.
 */
export function mapBands(names: readonly string[]): BandMapping {
  const ours = BANDS.map(({ name }) => {
    const from = names.indexOf(name)
    return { band: name, from: from === -1 ? null : from }
  })
  if (ours.every(({ from }) => from === null)) {
    throw new AppError('bad-argument', `A patch has none of the bands ${names.join(', ')}.`)
  }
  const dropped = names.filter(name => !BANDS.some(band => band.name === name))
  return { checkpoint: [...names], ours, dropped }
}

/** "B2 to B8, B11 and B12 keep their weights. B8A is dropped. B1, B9, B10, slope and elevation start from zero." */
export function describeMapping({ ours, dropped }: BandMapping): string {
  const places = (isTaken: boolean) =>
    ours.flatMap(({ from }, band) => ((from !== null) === isTaken ? [band] : []))
  const [taken, zero] = [places(true), places(false)]
  const sentences = [
    `${inWords(ranges(taken))} ${taken.length === 1 ? 'keeps its' : 'keep their'} weights.`,
    ...(dropped.length > 0 ? [`${inWords(dropped)} ${dropped.length === 1 ? 'is' : 'are'} dropped.`] : []),
    ...(zero.length > 0
      ? [`${inWords(ranges(zero))} ${zero.length === 1 ? 'starts' : 'start'} from zero.`]
      : []),
  ]
  return sentences.map(sentence => sentence.charAt(0).toUpperCase() + sentence.slice(1)).join(' ')
}

/** Bands of the 14 in words, three or more spectral neighbours as "B2 to B8". */
function ranges(bands: readonly number[]): string[] {
  const runs: number[][] = []
  for (const band of bands) {
    const run = runs.at(-1)
    if (run?.at(-1) === band - 1 && band < SLOPE_BAND) run.push(band)
    else runs.push([band])
  }
  const nameOf = (band: number) => (band < SLOPE_BAND ? BANDS[band]!.name : BANDS[band]!.title.toLowerCase())
  return runs.flatMap(run =>
    run.length > 2 ? [`${nameOf(run[0]!)} to ${nameOf(run.at(-1)!)}`] : run.map(nameOf),
  )
}

function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${last}` : last
}
