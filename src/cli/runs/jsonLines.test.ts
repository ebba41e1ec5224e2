import { expect, test } from 'vitest'
import { recordingIo } from '../commandIo.testing'
import { jsonLines } from './jsonLines'

test('notes and progress are lines of JSON that say of what they are, progress every ten seconds', () => {
  const { io, notes, outLines } = recordingIo()
  let now = 0
  const facts = { run: '/shared/Lauf 1', shard: 3 }
  const lines = jsonLines({ ...io, now: () => now }, facts, () => '2026-11-30T12:00:00.000Z')
  lines.note('Backend: wasm.')
  lines.note('Failed: prediction of "a" (file-malformed):\nit is damaged')
  for (let second = 0; second <= 25; second++) {
    now = second * 1000
    lines.progress.update({ label: 'Predicting a', done: second, total: 25 })
  }
  lines.progress.clear()
  lines.out('a result')
  const of = { at: '2026-11-30T12:00:00.000Z', ...facts }
  const progress = { ...of, level: 'progress', message: 'Predicting a', total: 25 }
  expect(notes.map(line => JSON.parse(line))).toEqual([
    { ...of, level: 'info', message: 'Backend: wasm.' },
    { ...of, level: 'error', message: 'Failed: prediction of "a" (file-malformed):\nit is damaged' },
    ...[0, 10, 20].map(done => ({ ...progress, done })),
  ])
  // One line each, whatever a message holds.
  expect(notes.filter(line => line.includes('\n'))).toEqual([])
  expect(outLines).toEqual(['a result'])
})
