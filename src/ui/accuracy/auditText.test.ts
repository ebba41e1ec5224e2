import { expect, test } from 'vitest'
import { accuracyOf } from '../../core/review/auditAccuracy'
import { pointAuditFixture } from '../../core/review/records.testing'
import { areaText, auditAsText, landslideArea, mappedText, percentText } from './auditText'

test('areas and shares come with their intervals, in one unit and with the same digits', () => {
  expect(areaText({ value: 211_580_000, halfWidth: 61_580_000 })).toBe('212 ± 62 km²')
  expect(areaText({ value: 230_000, halfWidth: 231_000 })).toBe('23.0 ± 23.1 ha')
  expect(areaText({ value: 20_200, halfWidth: null })).toBe('20,200 m²')
  expect(areaText({ value: 20_200, halfWidth: null }, 230_000)).toBe('2.0 ha')
  expect(percentText({ value: 0.947, halfWidth: 0.018 })).toBe('94.7 % ± 1.8 %')
  expect(percentText({ value: 1, halfWidth: null })).toBe('100.0 %')
  expect(percentText(null)).toBe('–')
})

/** Ten points, of which the map has two wrong. */
const audit = (area: number | null) =>
  pointAuditFixture({
    strata: [
      { stratum: 'landslide', pixels: 100, area: area && area / 10 },
      { stratum: 'not-landslide', pixels: 900, area: area && (9 * area) / 10 },
    ],
    mapped: { pixels: 100, area: area && area / 10 },
    points: Array.from({ length: 10 }, (_, index) => ({
      ...{ number: index + 1, patchId: 'p', column: index, row: 0 },
      stratum: index < 5 ? ('landslide' as const) : ('not-landslide' as const),
      mapped: index < 5,
    })),
    answers: Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [
        index + 1,
        { answer: index < 4 || index === 9 ? 'landslide' : 'not-landslide', at: '2026' } as const,
      ]),
    ),
  })

const judged = (record: ReturnType<typeof audit>) =>
  accuracyOf(record, { classAt: ({ number }) => (number <= 5 ? 1 : 0), mappedArea: null })

test('the area of landslides is in metres where pixels have a size, else in pixels', () => {
  const [sized, bare] = [audit(1_000_000), audit(null)]
  // 0.1 x 4/5 + 0.9 x 1/5 of what was audited.
  expect(landslideArea(sized, judged(sized))).toMatch(/^26\.0 ± \d\d\.\d ha$/)
  expect(mappedText(sized, judged(sized))).toBe('10.0 ha')
  expect(landslideArea(bare, judged(bare))).toMatch(/^260 ± \d+ px$/)
  expect(mappedText(bare, judged(bare))).toBe('100 px')
})

test('an audit as text says what was drawn, what was answered and what came of it', () => {
  const record = audit(1_000_000)
  const matrix = [
    { map: 1 as const, landslide: 4, notLandslide: 1, cannotTell: 0 },
    { map: 0 as const, landslide: 1, notLandslide: 4, cannotTell: 0 },
  ]
  const text = auditAsText(record, judged(record), matrix)
  expect(text).toContain('First audit: accuracy of a landslide map by 10 random points')
  expect(text).toContain('Reviewer A. Reviewer, drawn ')
  expect(text).toContain('seed 7')
  expect(text).toMatch(/Area of landslides: 26\.0 ± [\d.]+ ha \(26\.0 % ± [\d.]+ % of what was audited\)/)
  expect(text).toContain('landslide: 4 / 1 / 0\nnot landslide: 1 / 4 / 0')
  expect(text).toContain('Mapped as not landslide: 900, 5')
})
