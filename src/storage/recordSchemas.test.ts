import { expect, test } from 'vitest'
import { patchRecordFixture } from '../core/review/records.testing'
import { checkRecord, patchSchema } from './recordSchemas'

const notesOf = (problems: unknown[]) =>
  checkRecord(patchSchema, 'patch', { ...patchRecordFixture(), problems }).problems

test('notes that an earlier version kept as sentences get their reasons', () => {
  const sentences = [
    'Taken as raw values (reflectance x 10000): the median of B8 is 2400.',
    'Taken as reflectance 0..1, as chosen, though it looks like reflectance x 1000.',
    '12 of 16384 pixels have no data.',
    'The file has ground control points only and no transform; rectify it (gdalwarp) to place it on a map.',
    'Something else.',
  ]
  expect(notesOf(sentences)).toEqual([
    { reason: 'value-scale', message: sentences[0] },
    { reason: 'scale-in-doubt', message: sentences[1] },
    { reason: 'missing-pixels', message: sentences[2] },
    { reason: 'position', message: sentences[3] },
    { reason: 'unsorted', message: sentences[4] },
  ])
})

test('a reason that only a later version knows keeps its sentence', () => {
  expect(notesOf([{ reason: 'snow', message: 'Snow lies on it.' }])).toEqual([
    { reason: 'unsorted', message: 'Snow lies on it.' },
  ])
})
