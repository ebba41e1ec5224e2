import { describe, expect, test } from 'vitest'
import type { Readout } from '../map/cursorReadout'
import { bandsText, formatValue, placeText, spokenReadout, terrainText } from './format'

describe('readout text', () => {
  const readout: Readout = {
    column: 3,
    row: 7,
    place: null,
    valid: true,
    reflectance: Array.from({ length: 12 }, (_, band) => ({ name: `B${band + 1}`, value: (band + 1) / 100 })),
    elevation: 1250.4,
    slope: 33.6,
    probability: 0.8,
    probabilities: [{ id: 'ensemble', title: 'Ensemble', value: 0.834 }],
    disagreement: 0.21,
    entropy: 0.6,
    mask: 'landslide',
  }

  test('says what is judged first, then what it is judged by', () => {
    expect(spokenReadout(readout)).toBe(
      'Column 3, row 7. Mask: landslide, ensemble 83 percent, networks 21 percent apart. ' +
        'Slope 34 degrees, elevation 1250 metres. Red 0.04, near infrared 0.08, short-wave infrared 0.12.',
    )
    expect(spokenReadout({ ...readout, valid: false })).toBe('Column 3, row 7. No data.')
    const bare = { ...readout, mask: null, probabilities: [], disagreement: null, elevation: Number.NaN }
    expect(spokenReadout(bare)).toBe(
      'Column 3, row 7. Red 0.04, near infrared 0.08, short-wave infrared 0.12.',
    )
  })

  test('writes metres and degrees with the digits that they need', () => {
    expect(placeText(readout)).toBe('')
    expect(placeText({ ...readout, place: { x: 500_025, y: 3_999_985, crs: 'EPSG:32633' } })).toBe(
      '500025.0, 3999985.0 EPSG:32633',
    )
    expect(placeText({ ...readout, place: { x: 13.123456, y: 47.5, crs: 'EPSG:4326' } })).toBe(
      '13.12346, 47.50000 EPSG:4326',
    )
    expect(terrainText(readout)).toBe('1250 m   34°')
    expect(bandsText(readout, ['B4', 'B12'])).toBe('B4 0.040   B12 0.120')
  })
})

describe('format value', () => {
  test('values have the digits that their span asks for, and their unit', () => {
    expect(formatValue(0.12345, 0.2, 'reflectance')).toBe('0.123')
    expect(formatValue(34.4, 60, 'degree')).toBe('34.4°')
    expect(formatValue(1250.4, 900, 'metre')).toBe('1250 m')
    expect(formatValue(-0.5, 2, '')).toBe('-0.50')
    expect(formatValue(5, 0, '')).toBe('5.00')
  })
})
