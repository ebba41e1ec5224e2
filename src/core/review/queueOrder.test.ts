import { expect, test } from 'vitest'
import { auditSample, type QueuePatch, queueReason, sortQueue } from './queueOrder'

const patch = (order: number, disagreement?: number, hasLabel = false): QueuePatch => ({
  id: `p${order}`,
  name: `image_${order}`,
  order,
  hasLabel,
  ...(disagreement !== undefined && {
    scores: { disagreement, entropy: 1 - disagreement, confidence: disagreement },
  }),
})
const plan = { auditSeed: 1, auditSize: 2 }
const patches = [patch(4), patch(2, 0.5), patch(3, 0.5), patch(1, 0.1), patch(5, 0.9, true), patch(6, 0.8)]

test('the highest score comes first, ties and the unscored in file order, labelled ones last', () => {
  expect(sortQueue(patches, 'disagreement', plan)).toEqual(['p6', 'p2', 'p3', 'p1', 'p4', 'p5'])
  expect(sortQueue(patches, 'entropy', plan)).toEqual(['p1', 'p2', 'p3', 'p6', 'p4', 'p5'])
  expect(sortQueue(patches, 'file', plan)).toEqual(['p1', 'p2', 'p3', 'p4', 'p5', 'p6'])
})

test('by name numbers count as numbers, and equal names stay in file order', () => {
  const named = (order: number, name: string) => ({ ...patch(order), name })
  const some = [named(1, 'image_10'), named(2, 'image_2'), named(3, 'b'), named(4, 'image_2')]
  expect(sortQueue(some, 'name', plan)).toEqual(['p3', 'p2', 'p4', 'p1'])
})

test('random order begins with the audit sample, then the rest', () => {
  const queue = sortQueue(patches, 'random', plan)
  const sample = auditSample(patches, plan)
  expect(queue.slice(0, 2)).toEqual(sample)
  expect(queue.at(-1)).toBe('p5')
  const rest = queue.slice(2, -1)
  expect(rest).toEqual([...rest].sort())
})

test('every patch to review has the same chance of the audit, its score none', () => {
  const hits = new Map<string, number>()
  const draws = 3000
  for (let auditSeed = 0; auditSeed < draws; auditSeed++) {
    for (const id of auditSample(patches, { auditSeed, auditSize: 2 })) hits.set(id, (hits.get(id) ?? 0) + 1)
  }
  expect(hits.has('p5')).toBe(false)
  // 2 of 5: five standard deviations of a binomial are 134.
  for (const id of ['p1', 'p2', 'p3', 'p4', 'p6']) {
    expect(Math.abs(hits.get(id)! - draws * 0.4)).toBeLessThan(134)
  }
})

test('a sample is the same again, and patches added later do not change the order of the others', () => {
  const many = Array.from({ length: 40 }, (_, index) => patch(index))
  const before = auditSample(many, { auditSeed: 7, auditSize: 10 })
  expect(auditSample([...many].reverse(), { auditSeed: 7, auditSize: 10 })).toEqual(before)
  const after = auditSample([...many, patch(40), patch(41)], { auditSeed: 7, auditSize: 10 })
  const old = after.filter(id => id !== 'p40' && id !== 'p41')
  expect(old.length).toBeGreaterThanOrEqual(8)
  expect(old).toEqual(before.slice(0, old.length))
})

test('says why', () => {
  const about = { ...plan, networks: 3, place: -1 }
  expect(queueReason(patch(1, 0.82), 'disagreement', about)).toBe('Networks differ by 0.82 in its worst 1 %')
  expect(queueReason(patch(1, 0), 'disagreement', { ...about, networks: 1 })).toContain('One network')
  expect(queueReason(patch(1), 'disagreement', about)).toContain('No prediction yet')
  expect(queueReason(patch(1, 0.1), 'disagreement', { ...about, networks: 2 })).toContain('differ by 0.10')
  expect(queueReason(patch(1, 0.25), 'entropy', about)).toBe(
    'The ensemble is 0.75 bit unsure in its worst 1 %',
  )
  expect(queueReason(patch(1), 'file', about)).toBe('File order')
  expect(queueReason(patch(1), 'name', about)).toBe('By name')
  expect(queueReason(patch(1, 0.25), 'random', { ...about, place: 0 })).toContain(
    '1 of 2: drawn at random (seed 1)',
  )
  expect(queueReason(patch(1, 0.25), 'random', about)).toBe('Behind the audit sample, in file order')
  expect(queueReason(patch(1, 0.25, true), 'file', about)).toContain('Label')
})
