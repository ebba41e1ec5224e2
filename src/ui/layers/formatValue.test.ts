import { expect, test } from 'vitest'
import { formatValue } from './formatValue'

test('values have the digits that their span asks for, and their unit', () => {
  expect(formatValue(0.12345, 0.2, 'reflectance')).toBe('0.123')
  expect(formatValue(34.4, 60, 'degree')).toBe('34.4°')
  expect(formatValue(1250.4, 900, 'metre')).toBe('1250 m')
  expect(formatValue(-0.5, 2, '')).toBe('-0.50')
  expect(formatValue(5, 0, '')).toBe('5.00')
})
