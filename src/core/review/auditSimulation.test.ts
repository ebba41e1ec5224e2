import { describe, expect, test } from 'vitest'
import { type Random, randomStream } from '../foundation/random'
import { accuracyOf } from './auditAccuracy'
import { AUDIT_STRATA, allocatePoints, noStratumPixels } from './auditDesign'
import { auditStrata, countStrata, drawPoints, placePoints } from './auditDraw'
import type { Accuracy, AuditFigure, AuditPoint, PointAuditRecord } from './pointAudit'

const AUDITS = 1000
const SIZES = [
  [256, 128],
  [200, 120],
  [160, 200],
  [64, 90],
] as const

interface KnownPatch {
  id: string
  width: number
  truth: Uint8Array
  mask: Uint8Array
  disagreement: Float32Array
}

/** What of the landslides a map finds, and where its networks contradict each other. */
interface MapFaults {
  /** Share of the event that is landslides. */
  landslides: number
  /** Share of the landslides that the map has, and of the map that is none. */
  found: number
  falseAlarms: number
  /** Share of the faults on which the networks disagree, and of what is right. */
  seen: number
  doubted: number
}

/** Round landslides of 2 to 8 pixels' radius, each found or missed whole, and false ones like them. */
function knownMap({ landslides, found, falseAlarms, seen, doubted }: MapFaults): KnownPatch[] {
  const random = randomStream(3, 'known-map')
  return SIZES.map(([width, height], index) => {
    const pixels = width * height
    const truth = new Uint8Array(pixels)
    const mask = new Uint8Array(pixels)
    const disagreement = new Float32Array(pixels)
    while (count(truth) < landslides * pixels) {
      const [kept, unsure] = [random.chance(found), random.chance(seen)]
      paint(random, width, height, pixel => {
        truth[pixel] = 1
        if (kept) mask[pixel] = 1
        if (!kept && unsure) disagreement[pixel] = 0.6
      })
    }
    const wrong = falseAlarms * count(mask)
    for (let painted = 0; painted < wrong; ) {
      const unsure = random.chance(seen)
      paint(random, width, height, pixel => {
        if (truth[pixel] === 1 || mask[pixel] === 1) return
        mask[pixel] = 1
        painted++
        if (unsure) disagreement[pixel] = 0.6
      })
    }
    for (let doubts = 0; doubts < doubted * pixels; ) {
      paint(random, width, height, pixel => {
        if (mask[pixel] !== truth[pixel] || disagreement[pixel] !== 0) return
        disagreement[pixel] = 0.6
        doubts++
      })
    }
    return { id: `patch-${index}`, width, truth, mask, disagreement }
  })
}

function paint(random: Random, width: number, height: number, put: (pixel: number) => void): void {
  const [x, y, radius] = [random.integer(0, width - 1), random.integer(0, height - 1), random.integer(2, 8)]
  for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++) {
    for (let column = Math.max(0, x - radius); column <= Math.min(width - 1, x + radius); column++) {
      if ((column - x) ** 2 + (row - y) ** 2 <= radius ** 2) put(row * width + column)
    }
  }
}

const count = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0)

/** The figures that the audits estimate. */
function truthOf(patches: readonly KnownPatch[]) {
  let [both, mapped, real, pixels] = [0, 0, 0, 0]
  for (const { truth, mask } of patches) {
    for (const [i, value] of truth.entries()) {
      both += value & mask[i]!
      mapped += mask[i]!
      real += value
    }
    pixels += truth.length
  }
  return {
    overall: 1 - (mapped + real - 2 * both) / pixels,
    users: both / mapped,
    producers: both / real,
    share: real / pixels,
  }
}

/** Audits the map again and again with other seeds, every point answered as the truth is. */
function simulate(patches: readonly KnownPatch[], size: number, disagreementFrom: number | null): Accuracy[] {
  const strata = new Map(
    patches.map(patch => [patch.id, auditStrata({ ...patch, valid: null }, disagreementFrom)]),
  )
  const counts = new Map([...strata].map(([id, codes]) => [id, countStrata(codes)]))
  const pixels = noStratumPixels()
  for (const patch of counts.values()) for (const stratum of AUDIT_STRATA) pixels[stratum] += patch[stratum]
  const points = allocatePoints(pixels, size)
  const byId = new Map(patches.map(patch => [patch.id, patch]))
  const at = ({ patchId, column, row }: AuditPoint, layer: 'mask' | 'truth') => {
    const patch = byId.get(patchId)!
    return patch[layer][row * patch.width + column]! as 0 | 1
  }
  return Array.from({ length: AUDITS }, (_, seed) => {
    const drawn = [...drawPoints(counts, points, seed)].flatMap(([id, some]) =>
      placePoints(id, some, strata.get(id)!, byId.get(id)!.width),
    )
    const record: PointAuditRecord = {
      id: 'audit',
      at: '2026-01-01T00:00:00Z',
      name: 'Audit',
      reviewer: null,
      seed,
      precision: 0.02,
      disagreementFrom,
      strata: AUDIT_STRATA.map(stratum => ({ stratum, pixels: pixels[stratum], area: null })),
      points: drawn,
      answers: Object.fromEntries(
        drawn.map(point => [
          point.number,
          { answer: at(point, 'truth') === 1 ? ('landslide' as const) : ('not-landslide' as const), at: '' },
        ]),
      ),
    }
    return accuracyOf(record, { classAt: point => at(point, 'mask'), mappedArea: null })
  })
}

type Figure = 'overall' | 'users' | 'producers' | 'share'
const FIGURES: readonly Figure[] = ['overall', 'users', 'producers', 'share']

/** Share of the audits whose 95 % interval holds the truth, mean of the estimates, and of half the width over the truth. */
function summary(audits: readonly Accuracy[], figure: Figure, truth: number) {
  const figures = audits.map(audit => audit[figure]).filter((value): value is AuditFigure => value !== null)
  const covered = figures.filter(
    ({ value, halfWidth }) => halfWidth !== null && Math.abs(value - truth) <= halfWidth,
  ).length
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    coverage: covered / audits.length,
    bias: mean(figures.map(({ value }) => value)) / truth - 1,
    width: mean(figures.map(({ halfWidth }) => halfWidth ?? 0)) / truth,
  }
}

function report(name: string, audits: readonly Accuracy[], truth: Record<Figure, number>) {
  const found = Object.fromEntries(FIGURES.map(figure => [figure, summary(audits, figure, truth[figure])]))
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`
  console.info(
    name,
    FIGURES.map(figure => {
      const { coverage, width } = found[figure]!
      return `${figure} ${percent(truth[figure])} ±${percent(width)} of it, covered ${percent(coverage)}`
    }).join('; '),
  )
  return found as Record<Figure, ReturnType<typeof summary>>
}

describe(`${AUDITS} audits of a map that is known`, () => {
  test.each([null, 0.5])(
    'with 800 points and 10 in 100 landslides, 95 in 100 intervals hold the truth; third stratum from %s',
    from => {
      const patches = knownMap({ landslides: 0.1, found: 0.7, falseAlarms: 0.3, seen: 0.7, doubted: 0.06 })
      const truth = truthOf(patches)
      const found = report(`10 % landslides, 800 points, from ${from}:`, simulate(patches, 800, from), truth)
      for (const figure of FIGURES) {
        expect(found[figure].coverage).toBeGreaterThanOrEqual(0.93)
        expect(found[figure].coverage).toBeLessThanOrEqual(0.97)
        expect(Math.abs(found[figure].bias)).toBeLessThan(0.01)
      }
    },
  )

  test('500 points, 2 % landslides: the third stratum narrows the area and finds what the map left out', () => {
    const patches = knownMap({ landslides: 0.02, found: 0.7, falseAlarms: 0.3, seen: 0.7, doubted: 0.03 })
    const truth = truthOf(patches)
    const plain = report('2 % landslides, two strata:', simulate(patches, 500, null), truth)
    const third = report('2 % landslides, third stratum:', simulate(patches, 500, 0.5), truth)
    expect(third.share.width).toBeLessThan(0.85 * plain.share.width)
    // A handful of omitted points is no normal distribution: FEW_OMISSIONS says so to the reader.
    for (const { share } of [plain, third]) {
      expect(share.coverage).toBeGreaterThan(0.86)
      expect(Math.abs(share.bias)).toBeLessThan(0.02)
    }
  })
})
